#include "core/node/auto_snapshots.h"

#include <doctest/doctest.h>

#include "core/base/limits.h"

namespace ringlet {

TEST_SUITE("auto_snapshots") {
  TEST_CASE("the node's own snapshots are known by their names, oldest first; nobody else's is among them") {
    const auto found =
        auto_snapshots({"truncated-300-t", "mine", "dropped-20-a-b", "dropped-", "dropped-x-t", "20"}, {});
    REQUIRE_EQ(found.size(), 2);
    CHECK_EQ(found[0].name, "dropped-20-a-b");
    CHECK_EQ(found[0].taken_ms, 20);
    CHECK_EQ(found[1].name, "truncated-300-t");
  }

  TEST_CASE("they go after their hours, and the oldest of too many sooner") {
    constexpr int64_t kHourMs = 3600000;
    std::vector<AutoSnapshot> all = {{"a", 0, 2 * kHourMs}, {"b", 1, 2 * kHourMs - 1}, {"c", 2, 0}};
    CHECK_EQ(outlived(all, 3), 0);
    CHECK_EQ(outlived(all, 2), 1);
    CHECK_EQ(outlived(all, 1), 2);
    CHECK_EQ(outlived(all, 0), 3);
    all.resize(kAutoSnapshotsMax + 3, {"d", 3, 0});
    CHECK_EQ(outlived(all, 24), 3);
  }

  TEST_CASE("the one that the node has run longest with is the oldest, whatever the clock said when they were taken") {
    const auto found = auto_snapshots({"dropped-500-a", "dropped-20-b", "dropped-30-c"}, {{"dropped-500-a", 9}});
    REQUIRE_EQ(found.size(), 3);
    CHECK_EQ(found[0].name, "dropped-500-a");
    CHECK_EQ(found[0].age_ms, 9);
    CHECK_EQ(found[1].name, "dropped-20-b");
  }

  TEST_CASE("ages survive being written and read, and what is damaged counts as young") {
    const SnapshotAges ages = {{"dropped-1-a", 5}, {"truncated-2-b", int64_t{1} << 40}};
    const Bytes bytes = encode_ages(ages);
    CHECK_EQ(decode_ages(bytes), ages);
    for (size_t n = 0; n < bytes.size(); ++n) CHECK_LE(decode_ages(BytesView(bytes).substr(0, n)).size(), 1);
  }

  TEST_CASE("less than an eighth free is short of space") {
    CHECK_FALSE(is_short_of_space({.total_bytes = 800, .free_bytes = 100}));
    CHECK(is_short_of_space({.total_bytes = 800, .free_bytes = 99}));
  }
}

}  // namespace ringlet
