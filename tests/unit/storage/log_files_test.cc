#include "core/storage/log_files.h"

#include <doctest/doctest.h>

#include <algorithm>

namespace ringlet {
namespace {

constexpr uint64_t kBytes = 1000;
constexpr SegmentId kFirst{1}, kSecond{2}, kThird{3}, kFourth{4};

struct Fixture {
  LogFiles files{kBytes, 100 * kBytes};
  Fixture() {
    for (const SegmentId id : {kFirst, kSecond, kThird, kFourth}) files.add(id, kBytes, {});
  }
  bool counts(SegmentId id) const { return files.needed().contains(id); }
};

TEST_SUITE("log_files") {
  TEST_CASE_FIXTURE(Fixture, "a segment that says how a batch ended stays while the batch's beginning does") {
    files.uses.add(kFirst, TableId{}, ShardId{}, 5);
    files.outlive(kThird, kFirst);
    files.free_unused(kFourth);
    CHECK(counts(kFirst));
    CHECK_FALSE(counts(kSecond));
    CHECK(counts(kThird));
    files.uses.take_away(kFirst, TableId{}, ShardId{}, 5);
    files.free_unused(kFourth);
    CHECK_FALSE(counts(kFirst));
    CHECK_FALSE(counts(kThird));  // both leave the list in one transaction
  }

  TEST_CASE_FIXTURE(Fixture, "and while a segment that took the beginning over after a failed sync does") {
    LogFiles moved(kBytes, 100 * kBytes);
    moved.add(kFirst, kBytes, {});
    moved.add(kSecond, kBytes, kFirst);
    moved.add(kThird, kBytes, {});
    moved.add(kFourth, kBytes, {});
    moved.outlive(kThird, kFirst);
    moved.uses.add(kSecond, TableId{}, ShardId{}, 5);
    moved.free_unused(kFourth);
    CHECK_FALSE(moved.needed().contains(kFirst));
    CHECK(moved.needed().contains(kThird));
  }

  TEST_CASE_FIXTURE(Fixture, "the file of a released segment goes before those of all that were written after it") {
    files.free_unused({});
    for (const SegmentId next : {kFirst, kSecond, kThird, kFourth}) CHECK(files.order(kBytes).recycle == next);
    LogFiles few(kBytes, 2 * kBytes);
    few.add(kFirst, kBytes, {});
    few.add(kSecond, kBytes, {});
    few.add(kThird, 3 * kBytes, {});
    few.add(kFourth, kBytes, {});
    few.free_unused(kFourth);  // the third is none that can be used again
    CHECK(few.order(kBytes).unlink == std::vector{kFirst, kSecond, kThird});
  }

  TEST_CASE_FIXTURE(Fixture, "what an order that failed should have removed is removed by the next one") {
    files.free_unused(kFourth);
    LogSegmentOrder order = files.order(kBytes);
    REQUIRE(order.recycle);
    const SegmentId gone = *order.recycle;
    files.order_ended(false);
    order = files.order(2 * kBytes);
    CHECK(std::ranges::count(order.unlink, gone) == 1);
    files.order_ended(true);
    CHECK(files.order(2 * kBytes).unlink.empty());
  }

  TEST_CASE_FIXTURE(Fixture, "an order names the segments that count, and no other") {
    files.uses.add(kSecond, TableId{}, ShardId{}, 5);
    files.free_unused(kFourth);
    const LogList expected{{kSecond, {kBytes, 0}}, {kFourth, {kBytes, 0}}};
    CHECK(files.order(kBytes).needed == expected);
  }
}

}  // namespace
}  // namespace ringlet
