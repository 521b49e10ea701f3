// Snapshots and restores on a whole node: what comes back, what merges, what is refused, and power cuts in the middle.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "tests/sim/snapshot_scene.h"

namespace ringlet::sim {
namespace {

Task<std::vector<SnapshotSummary>> listed(NodeDriver& driver) {
  auto found = co_await driver.node().snapshots().list();
  require_ok(found ? Status{} : fail(found.error()));
  co_return *found;
}

// What is done to a node that holds twelve rows in ks.t1, and what must be true of any machine that wakes up after it was cut.
enum class Act : uint8_t { take, restore, remove };

Task<Status> carry_out(NodeDriver& driver, Act act) {
  if (act == Act::take) co_return co_await take(driver, "s");
  if (act == Act::restore) co_return co_await restore(driver, {.snapshot = "s"});
  co_return co_await driver.node().snapshots().remove("s");
}

Task<bool> is_sound(SimWorld& world, NodeDriver& driver, Act act, bool done, const Seen& rows) {
  const Seen now = co_await all_of(driver, "ks", "t1");
  if (act == Act::restore) co_return now == rows || (!done && (now.empty() || now == Seen{"no table"}));
  if (now != rows) co_return false;
  const auto found = co_await driver.node().snapshots().list();
  const auto folders = world.disk.list("snapshots");
  if (!found || !folders || found->size() != folders->size()) co_return false;
  if (found->empty()) co_return act == Act::remove || !done;
  if (act == Act::remove && done) co_return false;
  const RestoreRequest as_copy{
      .snapshot = "s", .keyspace = "ks", .table = "t1", .as_keyspace = "elsewhere", .as_table = "t1"};
  if (!co_await restore(driver, as_copy)) co_return false;
  co_return co_await all_of(driver, "elsewhere", "t1") == rows;
}

// Runs the act with one sync that does nothing (`skipped` 0: none) and a power cut at its n-th operation (0: after it). True: every
// machine it may wake up as is sound. `operations`: how many there were.
bool all_sound(Act act, const Fault& skipped, uint64_t cut_at, uint64_t& operations) {
  bool sound = true;
  run_sim(1, [&](SimWorld& world) -> Task<void> {
    NodeDriver driver(world);
    require_ok(co_await driver.start(1));
    require_ok(co_await driver.make(two_tables()));
    co_await fill(driver, two_tables()[0], 0, 12, 1);
    require_ok(co_await driver.flush(two_tables()[0]));
    const Seen rows = co_await all_of(driver, "ks", "t1");
    if (act != Act::take) require_ok(co_await take(driver, "s"));
    if (act == Act::restore) require_ok(co_await driver.drop(two_tables()[0]));
    co_await Executor::current()->sleep_until(world.clock.now() + seconds(1));  // its files are unlinked behind
    if (skipped.nth > 0) world.disk.plan(skipped);
    if (cut_at > 0) world.disk.plan({.kind = FaultKind::crash, .nth = cut_at});
    const uint64_t before = world.disk.operations();
    const bool done = (co_await carry_out(driver, act)).has_value();
    operations = world.disk.operations() - before;
    world.disk.crash();
    (void)co_await driver.stop(world.clock.now());
    const DiskState frozen = world.disk.state();
    for (uint64_t survivor = 0; sound && survivor < (act == Act::remove ? 24 : 6); ++survivor) {
      world.disk.clear_faults();
      world.disk.restart(survivor_of(frozen, survivor));
      world.clock.reboot();
      sound = (co_await driver.start(1)).has_value();
      if (!sound) break;
      sound = co_await is_sound(world, driver, act, done, rows);
      (void)co_await driver.stop();
    }
  });
  return sound;
}

}  // namespace

TEST_SUITE("snapshot_sim") {
  TEST_CASE(
      "sim: each sync of a snapshot, its removal and a restore is missed by some power cut when it does nothing") {
    struct Case {
      Act act;
      const char* name;
      const char* folder;
      DiskOp op;
      uint64_t syncs;
    };
    for (const Case& each : {Case{Act::take, "take", "snapshots", DiskOp::sync, 1},
                             Case{Act::take, "take", "snapshots", DiskOp::sync_directory, 5},
                             Case{Act::remove, "remove", "snapshots", DiskOp::sync_directory, 2},
                             Case{Act::restore, "restore", "sstables", DiskOp::sync, 1},
                             Case{Act::restore, "restore", "sstables", DiskOp::sync_directory, 2}}) {
      for (uint64_t nth = 0; nth <= each.syncs; ++nth) {
        const Fault skipped{.kind = FaultKind::lose, .op = each.op, .nth = nth, .path_contains = each.folder};
        uint64_t operations = 0, ignored = 0;
        bool sound = all_sound(each.act, skipped, 0, operations);
        for (uint64_t cut = 1; sound && cut <= operations; ++cut) sound = all_sound(each.act, skipped, cut, ignored);
        const std::string what = std::string(each.name) + ": " + name_of(each.op) + " " + std::to_string(nth);
        CAPTURE(what);
        CHECK_EQ(sound, nth == 0);
      }
    }
  }

  TEST_CASE(
      "sim: a dropped table comes back from a snapshot as it was when that was taken, under any number of shards") {
    for (const size_t shards : {2, 1, 3})
      run_sim(shards, {.shards = 3}, [shards](SimWorld& world) -> Task<void> {
        NodeDriver driver(world);
        const Table &table = two_tables()[0], &other = two_tables()[1];
        require_ok(co_await driver.start(2));
        require_ok(co_await driver.make(two_tables()));
        co_await fill(driver, table, 0, 30, 1);
        co_await fill(driver, other, 0, 10, 1);
        const Seen before = co_await all_of(driver, "ks", "t1");
        require_ok(co_await take(driver, "first"));
        co_await fill(driver, table, 30, 40, 2);
        CHECK_EQ(code_of(co_await take(driver, "first")), Errc::exists);
        CHECK_EQ(code_of(co_await take(driver, "../first")), Errc::invalid);
        CHECK_EQ(code_of(co_await take(driver, "second", {"ks", "none"})), Errc::not_found);
        require_ok(co_await driver.drop(table));
        require_ok(co_await driver.stop());
        require_ok(co_await driver.start(shards));
        CHECK_EQ((co_await all_of(driver, "ks", "t1")).size(), 1);
        require_ok(co_await restore(driver, {.snapshot = "first", .keyspace = "ks", .table = "t1"}));
        CHECK_EQ(co_await all_of(driver, "ks", "t1"), before);
        require_ok(co_await restore(
            driver,
            {.snapshot = "first", .keyspace = "ks", .table = "t1", .as_keyspace = "elsewhere", .as_table = "copy"}));
        CHECK_EQ(co_await all_of(driver, "elsewhere", "copy"), before);
        co_await world.shards[0]->sleep_until(world.clock.now() + seconds(5));
        CHECK_EQ(driver.foreign_files(), 0);  // all were split
        require_ok(co_await driver.stop());
        require_ok(co_await driver.start(2));
        CHECK_EQ(co_await all_of(driver, "ks", "t1"), before);
        CHECK_EQ(co_await all_of(driver, "elsewhere", "copy"), before);
        CHECK(driver.node().strays().quarantined.empty());
        const auto snapshots = co_await listed(driver);
        REQUIRE_EQ(snapshots.size(), 1);
        CHECK_EQ(snapshots[0].tables.size(), 2);
        require_ok(co_await driver.node().snapshots().remove("first"));
        CHECK((co_await listed(driver)).empty());
        CHECK_EQ(code_of(co_await driver.node().snapshots().remove("first")), Errc::not_found);
        CHECK_EQ(co_await all_of(driver, "ks", "t1"), before);
        require_ok(co_await driver.stop());
      });
  }

  TEST_CASE("sim: what a table holds stays beside what is restored: the newer write of each cell wins") {
    run_sim(1, {.shards = 2}, [](SimWorld& world) -> Task<void> {
      NodeDriver driver(world);
      const Table& table = two_tables()[0];
      require_ok(co_await driver.start(2));
      require_ok(co_await driver.make(two_tables()));
      co_await fill(driver, table, 0, 20, 5);
      require_ok(co_await take(driver, "s"));
      require_ok(co_await driver.truncate(table));
      require_ok(co_await driver.write(numbered_row(table, 0, 0, 9, "newer")));
      require_ok(co_await driver.write(numbered_row(table, 1, 1, 1, "older")));
      require_ok(co_await driver.write(numbered_row(table, 0, 1000, 1, "alone")));
      require_ok(co_await restore(driver, {.snapshot = "s"}));
      const Seen seen = co_await all_of(driver, "ks", "t1");
      const auto has = [&](const char* text) {
        return std::ranges::any_of(seen, [&](const std::string& line) { return line.find(text) != std::string::npos; });
      };
      CHECK_EQ(seen.size(), 5 + 21);
      CHECK(has("newer"));
      CHECK_FALSE(has("older"));
      CHECK(has("alone"));
      require_ok(co_await driver.stop());
    });
  }

  TEST_CASE("sim: a damaged file is found before anything is restored, a damaged manifest is shown and not used") {
    run_sim(1, {.shards = 1}, [](SimWorld& world) -> Task<void> {
      NodeDriver driver(world);
      const Table& table = two_tables()[0];
      require_ok(co_await driver.start(1));
      require_ok(co_await driver.make(two_tables()));
      co_await fill(driver, table, 0, 40, 1);
      require_ok(co_await take(driver, "s", {"ks", "t1"}));
      const std::string folder = "snapshots/s/" + to_string(table.id);
      require_ok(co_await driver.drop(table));
      const auto files = world.disk.list(folder);
      require_ok(files ? Status{} : fail(files.error()));
      world.disk.flip_bit(folder + "/" + files->front(), 500, 3);
      const Status damaged = co_await restore(driver, {.snapshot = "s"});
      CHECK_EQ(code_of(damaged), Errc::corrupt);
      CHECK_NE(damaged.error().detail.find(files->front()), std::string::npos);
      CHECK_EQ(driver.node().catalog().schema()->table("ks", "t1"), nullptr);
      world.disk.flip_bit(folder + "/" + files->front(), 500, 3);
      world.disk.flip_bit("snapshots/s/manifest", 40, 1);
      CHECK_EQ(code_of(co_await restore(driver, {.snapshot = "s"})), Errc::corrupt);
      const auto found = co_await listed(driver);
      REQUIRE_EQ(found.size(), 1);
      CHECK_FALSE(found[0].damage.empty());
      world.disk.flip_bit("snapshots/s/manifest", 40, 1);
      require_ok(co_await restore(driver, {.snapshot = "s"}));
      CHECK_EQ((co_await all_of(driver, "ks", "t1")).size(), 45);
      require_ok(co_await driver.stop());
    });
  }

  TEST_CASE("sim: a snapshot taken while compactions take files away holds every acknowledged row") {
    for (const uint64_t seed : seeds(8))
      run_sim(seed, {.shards = 2}, [](SimWorld& world) -> Task<void> {
        NodeDriver driver(world);
        const Table& table = two_tables()[0];
        require_ok(co_await driver.start(2));
        require_ok(co_await driver.make(two_tables()));
        for (int32_t from = 0; from < 60; from += 10) {
          co_await fill(driver, table, from, from + 10, 1);
          require_ok(co_await driver.flush(table));
        }
        const Seen before = co_await all_of(driver, "ks", "t1");
        TaskGroup beside;
        auto compact = [](NodeDriver& node, const Table& all) -> Task<void> { require_ok(co_await node.compact(all)); };
        beside.spawn(compact(driver, table));
        require_ok(co_await take(driver, "s"));
        co_await beside.join();
        require_ok(co_await driver.drop(table));
        require_ok(co_await restore(driver, {.snapshot = "s"}));
        CHECK_EQ(co_await all_of(driver, "ks", "t1"), before);
        require_ok(co_await driver.stop());
        require_ok(co_await driver.start(2));
        CHECK(driver.node().strays().unlinked.size() <= 2);  // the unlinking that the stop cut short
        require_ok(co_await driver.stop());
      });
  }

  TEST_CASE("sim: a power cut in the middle of a snapshot leaves a whole one or none, and loses nothing") {
    for (const uint64_t seed : seeds(4)) {
      bool ended = false;
      for (uint64_t nth = 1 + seed % 2; !ended && nth < 400; nth += 2)
        run_sim(seed, {.shards = 2}, [&](SimWorld& world) -> Task<void> {
          NodeDriver driver(world);
          require_ok(co_await driver.start(2));
          require_ok(co_await driver.make(two_tables()));
          co_await fill(driver, two_tables()[0], 0, 12, 1);
          co_await fill(driver, two_tables()[1], 0, 6, 1);
          const Seen first = co_await all_of(driver, "ks", "t1"), second = co_await all_of(driver, "ks", "t2");
          world.disk.plan({.kind = FaultKind::crash, .nth = nth});
          const bool taken = (co_await take(driver, "s")).has_value();
          ended = taken;
          world.disk.crash();
          (void)co_await driver.stop(world.clock.now());
          world.disk.clear_faults();
          world.restart(seed + nth);
          require_ok(co_await driver.start(2));
          CHECK_EQ(co_await all_of(driver, "ks", "t1"), first);
          const auto found = co_await listed(driver);
          const auto left = world.disk.list("snapshots");
          require_ok(left ? Status{} : fail(left.error()));
          CHECK_EQ(left->size(), found.size());
          CHECK_GE(found.size(), taken ? 1 : 0);
          if (!found.empty()) {
            CHECK_EQ(found[0].damage, "");
            require_ok(co_await driver.drop(two_tables()[0]));
            require_ok(co_await driver.drop(two_tables()[1]));
            require_ok(co_await restore(driver, {.snapshot = "s"}));
            CHECK_EQ(co_await all_of(driver, "ks", "t1"), first);
            CHECK_EQ(co_await all_of(driver, "ks", "t2"), second);
          }
          require_ok(co_await driver.stop());
        });
      CHECK(ended);
    }
  }

  TEST_CASE("sim: a power cut in the middle of a restore leaves all of it or nothing, and what was there before") {
    for (const uint64_t seed : seeds(4)) {
      bool ended = false;
      for (uint64_t nth = 1 + seed % 3; !ended && nth < 900; nth += 3)
        run_sim(seed, {.shards = 2}, [&](SimWorld& world) -> Task<void> {
          NodeDriver driver(world);
          const Table &table = two_tables()[0], &other = two_tables()[1];
          require_ok(co_await driver.start(2));
          require_ok(co_await driver.make(two_tables()));
          co_await fill(driver, table, 0, 12, 1);
          co_await fill(driver, other, 0, 6, 1);
          const Seen first = co_await all_of(driver, "ks", "t1"), second = co_await all_of(driver, "ks", "t2");
          require_ok(co_await take(driver, "s"));
          require_ok(co_await driver.drop(other));
          require_ok(co_await driver.truncate(table));
          require_ok(co_await driver.write(numbered_row(table, 0, 1000, 1, "kept")));
          const Seen kept = co_await all_of(driver, "ks", "t1");
          world.disk.plan({.kind = FaultKind::crash, .nth = nth});
          const bool restored = (co_await restore(driver, {.snapshot = "s"})).has_value();
          ended = restored;
          world.disk.crash();
          (void)co_await driver.stop(world.clock.now());
          world.disk.clear_faults();
          world.restart(seed + nth);
          require_ok(co_await driver.start(2));
          CHECK(driver.node().strays().quarantined.empty());
          const Seen now = co_await all_of(driver, "ks", "t1"), made = co_await all_of(driver, "ks", "t2");
          const bool all = now.size() > kept.size();
          CHECK((all || !restored));
          CHECK_EQ(made.size() > 1, all);
          if (!all) CHECK_EQ(now, kept);
          require_ok(co_await restore(driver, {.snapshot = "s"}));
          CHECK_EQ((co_await all_of(driver, "ks", "t1")).size(), first.size() + 1);
          CHECK_EQ(co_await all_of(driver, "ks", "t2"), second);
          require_ok(co_await driver.stop());
        });
      CHECK(ended);
    }
  }

  TEST_CASE(
      "sim: a snapshot under load holds all that was acknowledged before it, and no write waits for its disk calls") {
    for (const uint64_t seed : seeds(6))
      run_sim(seed, {.shards = 2}, [](SimWorld& world) -> Task<void> {
        NodeDriver driver(world);
        Table table = two_tables()[0];
        table.options.compaction = {{"class", "SizeTieredCompactionStrategy"}, {"enabled", "false"}};
        const std::vector<Table> tables = {table};
        require_ok(co_await driver.start(2));
        require_ok(co_await driver.make(tables));
        for (int32_t file = 0; file < 25; ++file) {
          co_await fill(driver, table, file * 10, file * 10 + 10, 1);
          require_ok(co_await driver.flush(table));
        }
        // What a shard's own thread does on the disk holds up its writes; what others do does not.
        uint64_t on_shards = 0, in_all = 0, most_waited = 0;
        world.disk.on_operation = [&](DiskOp) {
          ++in_all;
          on_shards += std::ranges::find(world.env.shards, Executor::current()) != world.env.shards.end() ? 1 : 0;
        };
        bool taken = false;
        std::set<std::string> acknowledged;
        const auto client = [&](int number) -> Task<void> {
          int32_t n = 0;
          while (!taken) {
            const std::string value = "w" + std::to_string(number) + "-" + std::to_string(n++) + ";";
            Mutation m = numbered_row(table, n % 5, 10000 * number + n, 2, value);
            const uint64_t before = on_shards;
            require_ok(co_await driver.write(std::move(m), ShardId{static_cast<uint16_t>(number % 2)}));
            most_waited = std::max(most_waited, on_shards - before);
            acknowledged.insert(value);
          }
        };
        TaskGroup clients;
        for (int c = 1; c <= 6; ++c) clients.spawn(client(c));
        co_await Executor::current()->sleep_until(world.clock.now() + millis(20));
        const std::set<std::string> before = acknowledged;
        const uint64_t all_before = in_all, shards_before = on_shards;
        require_ok(co_await take(driver, "s"));
        const uint64_t by_all = in_all - all_before, by_shards = on_shards - shards_before;
        taken = true;
        co_await clients.join();
        world.disk.on_operation = nullptr;
        CHECK_GT(before.size(), 10);
        CHECK_GT(acknowledged.size(), before.size());
        CHECK_GT(by_all, by_shards + 150);  // 50 files, each linked and looked at
        CHECK_LE(most_waited, 12);          // the log's own: its batch, and those before it
        require_ok(co_await restore(
            driver,
            {.snapshot = "s", .keyspace = "ks", .table = "t1", .as_keyspace = "elsewhere", .as_table = "copy"}));
        std::string kept, now;
        for (const std::string& line : co_await all_of(driver, "elsewhere", "copy")) kept += line;
        for (const std::string& line : co_await all_of(driver, "ks", "t1")) now += line;
        for (const std::string& value : before) CHECK_NE(kept.find(value), std::string::npos);
        for (const std::string& value : acknowledged) CHECK_NE(now.find(value), std::string::npos);
        require_ok(co_await driver.stop());
      });
  }

  TEST_CASE("sim: a full disk refuses a restore before it begins, and a snapshot cut short leaves nothing behind") {
    run_sim(1, {.shards = 1}, [](SimWorld& world) -> Task<void> {
      NodeDriver driver(world);
      const Table& table = two_tables()[0];
      require_ok(co_await driver.start(1));
      require_ok(co_await driver.make(two_tables()));
      co_await fill(driver, table, 0, 40, 1);
      require_ok(co_await take(driver, "s"));
      world.disk.plan({.kind = FaultKind::no_space, .op = DiskOp::link, .path_contains = "snapshots/t"});
      CHECK_EQ(code_of(co_await take(driver, "t")), Errc::no_space);
      CHECK_EQ((co_await listed(driver)).size(), 1);
      CHECK_EQ(world.disk.list("snapshots")->size(), 1);
      const size_t before = (co_await all_of(driver, "ks", "t1")).size();
      world.disk.set_capacity(world.disk.used_bytes() + 100);
      CHECK_EQ(code_of(co_await restore(driver, {.snapshot = "s"})), Errc::no_space);
      world.disk.set_capacity(uint64_t{1} << 40);
      CHECK_EQ((co_await all_of(driver, "ks", "t1")).size(), before);
      require_ok(co_await driver.stop());
    });
  }
}

}  // namespace ringlet::sim
