#include "core/node/auto_snapshots.h"

#include <doctest/doctest.h>

#include "core/base/limits.h"

namespace ringlet {

TEST_SUITE("auto_snapshots") {
  TEST_CASE("the node's own snapshots are known by their names, oldest first; nobody else's is among them") {
    const auto found = auto_snapshots({"truncated-300-t", "mine", "dropped-20-a-b", "dropped-", "dropped-x-t", "20"});
    REQUIRE_EQ(found.size(), 2);
    CHECK_EQ(found[0].name, "dropped-20-a-b");
    CHECK_EQ(found[0].taken_ms, 20);
    CHECK_EQ(found[1].name, "truncated-300-t");
  }

  TEST_CASE("they go after their hours, and the oldest of too many sooner") {
    constexpr int64_t kHourMs = 3600000;
    std::vector<AutoSnapshot> all = {{"a", 0}, {"b", kHourMs}, {"c", 2 * kHourMs}};
    CHECK_EQ(outlived(all, 2 * kHourMs - 1, 2), 0);
    CHECK_EQ(outlived(all, 2 * kHourMs, 2), 1);
    CHECK_EQ(outlived(all, 3 * kHourMs, 2), 2);
    CHECK_EQ(outlived(all, -kHourMs, 2), 0);  // a clock that was set back
    CHECK_EQ(outlived(all, 0, 0), 1);
    all.resize(kAutoSnapshotsMax + 3, {"d", 3 * kHourMs});
    CHECK_EQ(outlived(all, 3 * kHourMs, 24), 3);
  }

  TEST_CASE("less than an eighth free is short of space") {
    CHECK_FALSE(is_short_of_space({.total_bytes = 800, .free_bytes = 100}));
    CHECK(is_short_of_space({.total_bytes = 800, .free_bytes = 99}));
  }
}

}  // namespace ringlet
