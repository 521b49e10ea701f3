#include "core/storage/flash_day.h"

#include <doctest/doctest.h>

#include "core/base/limits.h"

namespace ringlet {
namespace {

WrittenBytes wrote(uint64_t log, uint64_t flush, uint64_t compaction) {
  WrittenBytes bytes;
  bytes[WriteCause::log] = log;
  bytes[WriteCause::flush] = flush;
  bytes[WriteCause::compaction] = compaction;
  return bytes;
}

constexpr Duration kHour = seconds(3600);

}  // namespace

TEST_SUITE("flash_day") {
  TEST_CASE("what was written counts for a day, and then no more") {
    FlashDay day;
    day.add(wrote(5, 7, 11), {});
    day.add(wrote(1, 0, 0), seconds(1800));
    CHECK_EQ(day.last_day(), wrote(6, 7, 11));
    for (int hour = 0; hour < 24; ++hour) day.add(wrote(1, 0, 0), kHour);
    CHECK_EQ(day.last_day(), wrote(30, 7, 11));
    day.add({}, kHour);
    CHECK_EQ(day.last_day(), wrote(24, 0, 0));
    day.add(wrote(2, 0, 0), seconds(1'000'000'000));
    CHECK_EQ(day.last_day(), wrote(2, 0, 0));
    day.add({}, Duration{-5});
    CHECK_EQ(day.last_day(), wrote(2, 0, 0));
  }

  TEST_CASE("the day survives its way through metadata.db, byte by byte") {
    FlashDay day;
    day.add(wrote(1, 2, 3), seconds(90));
    CHECK_EQ(to_hex(day.encode()).substr(0, 18),
             "01"
             "c15f90"
             "0102030000");
    CHECK_EQ(day.encode().size(), 1 + 3 + 25 * 5);
    day.add(wrote(1u << 30, 200, 0), kHour);
    const auto again = FlashDay::decode(day.encode());
    REQUIRE(again);
    CHECK_EQ(*again, day);
  }

  TEST_CASE("a day that is cut short, too long or of another version is refused") {
    const Bytes whole = FlashDay{}.encode();
    for (size_t n = 0; n < whole.size(); ++n) CHECK_FALSE(FlashDay::decode(BytesView(whole).substr(0, n)));
    CHECK_FALSE(FlashDay::decode(whole + '\0'));
    Bytes other = whole;
    other[0] = 2;
    CHECK_FALSE(FlashDay::decode(other));
  }

  TEST_CASE("compaction's share is what the log, flushes and metadata leave of the budget") {
    FlashShare share = flash_share(1000, wrote(300, 200, 400));
    CHECK_EQ(share.a_day, 500);
    CHECK_EQ(share.left, 100);
    CHECK_FALSE(share.over);
    share = flash_share(1000, wrote(900, 200, 0));
    CHECK_EQ(share.a_day, 0);
    CHECK_EQ(share.left, 0);
    CHECK(share.over);
  }

  TEST_CASE("the share is spread over the day: an hour brings a 24th of it, and no more than that is ever saved up") {
    const FlashShare share = flash_share(2400, wrote(0, 0, 0));
    CHECK_EQ(credit_for(share, kHour), 100);
    CHECK_EQ(credit_for(share, seconds(36)), 1);
    CHECK_EQ(credit_max(share), 100);
  }

  TEST_CASE("a merge waits while something is owed, and while it is larger than what the day has left") {
    const MergeCost merge{.bytes = 100, .files_over_a_token = 4};
    FlashAllowance allowance{.bounded = true, .merged_today = true, .credit = 0, .left = 100};
    CHECK(may_begin(merge, allowance));
    allowance.credit = -1;
    CHECK_FALSE(may_begin(merge, allowance));
    allowance = {.bounded = true, .merged_today = true, .credit = 50, .left = 99};
    CHECK_FALSE(may_begin(merge, allowance));
    allowance.merged_today = false;  // a merge larger than any day's share
    CHECK(may_begin(merge, allowance));
    allowance.left = 0;
    CHECK_FALSE(may_begin(merge, allowance));
    CHECK(may_begin(merge, {}));
  }

  TEST_CASE("files that pile up are merged whatever the budget says") {
    const FlashAllowance spent{.bounded = true, .merged_today = true, .credit = -1000, .left = 0};
    CHECK_FALSE(may_begin({.bytes = 1000, .files_over_a_token = kFilesPiledUp - 1}, spent));
    CHECK(may_begin({.bytes = 1000, .files_over_a_token = kFilesPiledUp}, spent));
  }

  TEST_CASE("a merge that can be done without takes only what the day has to spare, however many files there are") {
    const MergeCost merge{.bytes = 100, .files_over_a_token = kFilesPiledUp};
    FlashAllowance allowance{.bounded = true, .merged_today = false, .credit = 0, .left = 100};
    CHECK(may_spare(merge, allowance));
    allowance.left = 99;
    CHECK_FALSE(may_spare(merge, allowance));
    allowance = {.bounded = true, .merged_today = true, .credit = -1, .left = 1000};
    CHECK_FALSE(may_spare(merge, allowance));
    CHECK(may_spare(merge, {}));
  }
}

}  // namespace ringlet
