#include "core/shard/stamps.h"

#include <doctest/doctest.h>

#include <set>

namespace ringlet {
namespace {

struct FixedClock final : Clock {
  int64_t at = 1'000'000'000;
  Instant now() const override { return {}; }
  Timestamp wall() const override { return Timestamp{at}; }
  uint64_t boot() const override { return 1; }
};

TEST_SUITE("stamps") {
  TEST_CASE("stamps rise though the clock stands still or goes back") {
    FixedClock clock;
    Stamps stamps(clock, ShardId{0}, 1);
    stamps.begin(Timestamp{0}, Timestamp{clock.at + 300'000'000});
    Timestamp last{0};
    for (int n = 0; n < 1000; ++n) {
      if (n == 500) clock.at -= 100'000'000;
      const Timestamp next = stamps.next();
      CHECK_GT(next.raw, last.raw);
      last = next;
    }
  }

  TEST_CASE("they begin above the stored mark, whatever the clock says") {
    FixedClock clock;
    Stamps stamps(clock, ShardId{0}, 1);
    const Timestamp mark{clock.at + 50'000'000};
    stamps.begin(mark, Timestamp{mark.raw + 300'000'000});
    CHECK_GT(stamps.next().raw, mark.raw);
  }

  TEST_CASE("shards never hand out the same stamp") {
    FixedClock clock;
    std::set<int64_t> seen;
    for (uint16_t shard = 0; shard < 3; ++shard) {
      Stamps stamps(clock, ShardId{shard}, 3);
      for (int n = 0; n < 200; ++n) {
        const Timestamp next = stamps.next();
        CHECK(seen.insert(next.raw).second);
        CHECK_EQ(next.raw % 3, shard);
      }
    }
  }

  TEST_CASE("a clock that jumps past the ceiling waits below it, until a higher one is stored") {
    FixedClock clock;
    Stamps stamps(clock, ShardId{0}, 2);
    const Timestamp ceiling{clock.at + 300'000'000};
    stamps.begin(Timestamp{0}, ceiling);
    clock.at += 1'000'000'000;
    CHECK_LT(stamps.next().raw, ceiling.raw);
    stamps.raise(Timestamp{clock.at + 300'000'000});
    CHECK_GE(stamps.next().raw, clock.at);
    CHECK_GT(stamps.next_after(Timestamp{clock.at + 5}).raw, clock.at + 5);
  }
}

}  // namespace
}  // namespace ringlet
