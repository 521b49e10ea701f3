#include "core/storage/range_list.h"

#include <doctest/doctest.h>

#include "tests/unit/data/random_rows.h"

namespace ringlet {
namespace {

using testing::Dice, testing::roll;

Bytes position(uint64_t n) { return {static_cast<char>('a' + n)}; }

std::vector<RangeWrite> random_ranges(Dice& dice) {
  std::vector<RangeWrite> ranges;
  for (uint64_t n = roll(dice, 8); n > 0; --n) {
    RangeWrite range;
    range.start = position(roll(dice, 10));
    range.end = position(roll(dice, 10));
    range.deletion = {Timestamp{static_cast<int64_t>(roll(dice, 5))}, Seconds{1}};
    if (roll(dice, 8) == 0) range.start.clear();
    if (roll(dice, 8) == 0) range.end = kPositionEnd;
    ranges.push_back(range);
  }
  return ranges;
}

Deletion newest_at(const std::vector<RangeWrite>& ranges, const Bytes& at) {
  Deletion newest;
  for (const RangeWrite& r : ranges)
    if (r.start <= at && at < r.end) newest = newer(newest, r.deletion);
  return newest;
}

Deletion open_at(const std::vector<Boundary>& boundaries, const Bytes& at) {
  Deletion open;
  for (const Boundary& b : boundaries)
    if (b.position <= at) open = b.after;
  return open;
}

void check_chain(const std::vector<Boundary>& boundaries) {
  Deletion open;
  const Bytes* last = nullptr;
  for (const Boundary& b : boundaries) {
    CHECK((b.before == open));
    CHECK_FALSE((b.before == b.after));
    if (last != nullptr) CHECK((*last < b.position));
    open = b.after;
    last = &b.position;
  }
  CHECK(open.none());
}

TEST_SUITE("range_list") {
  TEST_CASE("boundaries hold at every position what the newest of the overlapping ranges says") {
    for (uint64_t seed = 1; seed <= 300; ++seed) {
      CAPTURE(seed);
      Dice dice(seed);
      const auto ranges = random_ranges(dice);
      const auto boundaries = boundaries_of(ranges);
      check_chain(boundaries);
      for (uint64_t n = 0; n < 11; ++n) CHECK((open_at(boundaries, position(n)) == newest_at(ranges, position(n))));
    }
  }

  TEST_CASE("clipped to a slice they open at its start, close at its end, and say the same inside") {
    for (uint64_t seed = 1; seed <= 300; ++seed) {
      CAPTURE(seed);
      Dice dice(seed);
      const auto ranges = random_ranges(dice);
      const uint64_t from = roll(dice, 9), to = from + 1 + roll(dice, 3);
      const Slice slice{position(from), position(to)};
      const auto clipped = clip(boundaries_of(ranges), slice);
      check_chain(clipped);
      for (uint64_t n = from; n < to; ++n) CHECK((open_at(clipped, position(n)) == newest_at(ranges, position(n))));
      for (const Boundary& b : clipped) CHECK((b.position >= slice.start && b.position <= slice.end));
    }
  }

  TEST_CASE("many ranges over one another cost about what as many side by side do") {
    constexpr int64_t kMany = 100000;  // a look at all of them for each would take minutes
    std::vector<RangeWrite> ranges;
    for (int64_t n = 0; n < kMany; ++n) {
      std::string digits = std::to_string(kMany + n);
      ranges.push_back({"", digits, {Timestamp{kMany - n}, Seconds{1}}});
    }
    CHECK_EQ(boundaries_of(std::move(ranges)).size(), kMany + 1);
  }

  TEST_CASE("a range that ends before it starts deletes nothing") {
    const Deletion deletion{Timestamp{1}, Seconds{1}};
    CHECK(boundaries_of({{"b", "a", deletion}, {"c", "c", deletion}}).empty());
  }
}

}  // namespace
}  // namespace ringlet
