#include "core/storage/merge_backlog.h"

#include <doctest/doctest.h>

#include "core/base/limits.h"

namespace ringlet {
namespace {

constexpr Instant at(int64_t s) { return Instant{} + seconds(s); }

}  // namespace

TEST_SUITE("merge_backlog") {
  TEST_CASE("writes are free until many files wait, then slower with each, and held at the bound until a merge ends") {
    MergeBacklog backlog;
    backlog.found(kBacklogSlow - 1, at(1));
    CHECK_FALSE(backlog.behind());
    uint64_t last = UINT64_MAX;
    for (size_t files = kBacklogSlow; files < kBacklogMost; ++files) {
      backlog.found(files, at(1));
      REQUIRE(backlog.behind());
      CHECK_LT(backlog.pace(at(1)), last);
      CHECK_GT(backlog.pace(at(1)), 0);
      last = backlog.pace(at(1));
    }
    backlog.found(kBacklogMost, at(2));
    CHECK_EQ(backlog.pace(at(2)), 0);
    backlog.found(kBacklogMost + 5, at(20));
    CHECK_EQ(backlog.pace(at(20)), 0);
    backlog.merged(kBacklogMost - 10, at(21));
    CHECK_GT(backlog.pace(at(21)), last);
    backlog.merged(3, at(22));
    CHECK_FALSE(backlog.behind());
  }

  TEST_CASE("nobody is held for good: without a merge that ends, writes go on slowly after a while") {
    MergeBacklog backlog;
    backlog.found(kBacklogMost + 20, at(100));
    CHECK_EQ(backlog.pace(at(100 + kNoMergeSecondsMax - 1)), 0);
    const uint64_t slow = backlog.pace(at(100 + kNoMergeSecondsMax));
    CHECK_GT(slow, 0);
    CHECK_LE(slow, 1u << 20);
    backlog.found(kBacklogMost + 21, at(100 + kNoMergeSecondsMax));
    CHECK_EQ(backlog.pace(at(100 + kNoMergeSecondsMax)), slow);
    backlog.merged(kBacklogMost + 9, at(140));  // merges do work: they are waited for again
    CHECK_EQ(backlog.pace(at(141)), 0);
  }

  TEST_CASE("files that a start or a restore brought are not held against writers, what these add is") {
    MergeBacklog backlog;
    backlog.brought(300);
    CHECK_EQ(backlog.files(), 300);
    CHECK_FALSE(backlog.behind());
    backlog.found(300 + kBacklogMost, at(1));
    CHECK_EQ(backlog.pace(at(1)), 0);
    backlog.brought(500 + kBacklogMost);  // two hundred more
    CHECK_EQ(backlog.held_against_writers(), kBacklogMost);
    backlog.merged(100, at(2));
    CHECK_FALSE(backlog.behind());
    backlog.merged(10, at(3));
    backlog.found(10 + kBacklogSlow, at(4));
    CHECK(backlog.behind());
  }

  TEST_CASE("those who are paced go one after the other, each for its bytes") {
    MergeBacklog backlog;
    backlog.found(kBacklogSlow, at(1));
    CHECK_EQ(backlog.turn(at(1)), at(1));
    backlog.take(kHeldBackBytesPerSecond, at(1));
    CHECK_EQ(backlog.turn(at(1)), at(2));
    backlog.take(kHeldBackBytesPerSecond / 2, at(1));
    CHECK_EQ(backlog.turn(at(1)), at(2) + millis(500));
    CHECK_EQ(backlog.turn(at(9)), at(9));
  }
}

}  // namespace ringlet
