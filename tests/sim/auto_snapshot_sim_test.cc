// Snapshots that the node takes by itself before DROP and TRUNCATE, and when they go.
#include <doctest/doctest.h>

#include "core/env/task_group.h"
#include "core/node/snapshot_folder.h"
#include "tests/sim/node_driver.h"

namespace ringlet::sim {
namespace {

Task<Status> run(NodeDriver& driver, std::string text, ShardId home = ShardId{0}) {
  ClientState client;
  const QueryOptions options;
  const RequestContext context{driver.node().env().clock};
  Executor& caller = *Executor::current();
  co_await driver.node().shards()[home].executor.hop();
  auto done = co_await driver.node().processor(home).query(text, options, client, context);
  co_await caller.hop();
  co_return done ? Status{} : fail(done.error());
}

Task<uint32_t> rows_of(NodeDriver& driver, std::string table) {
  ClientState client;
  const QueryOptions options;
  const RequestContext context{driver.node().env().clock};
  const std::string text = "SELECT * FROM " + table;
  auto done = co_await driver.node().processor(ShardId{0}).query(text, options, client, context);
  require_ok(done ? Status{} : fail(done.error()));
  co_return std::get<RowsResult>(done->body).row_count;
}

Task<void> make_tables(NodeDriver& driver) {
  require_ok(co_await run(driver,
                          "CREATE KEYSPACE IF NOT EXISTS k WITH replication = {'class': 'SimpleStrategy', "
                          "'replication_factor': 1}"));
  for (const std::string table : {"a", "b"}) {
    require_ok(co_await run(driver, "CREATE TABLE IF NOT EXISTS k." + table + " (p int PRIMARY KEY, v text)"));
    for (int p = 0; p < 20; ++p)
      require_ok(
          co_await run(driver, "INSERT INTO k." + table + " (p, v) VALUES (" + std::to_string(p) + ", 'value')"));
  }
}

std::vector<std::string> kept(SimWorld& world) {
  const auto names = snapshot_names(world.disk);
  require_ok(names ? Status{} : fail(names.error()));
  return *names;
}

}  // namespace

TEST_SUITE("auto_snapshot_sim") {
  TEST_CASE("sim: what DROP and TRUNCATE take away can be brought back for a day, and is gone for good after it") {
    run_sim(1, {.shards = 2}, [](SimWorld& world) -> Task<void> {
      NodeDriver driver(world);
      require_ok(co_await driver.start(2));
      co_await make_tables(driver);
      require_ok(co_await run(driver, "TRUNCATE k.a", ShardId{1}));
      CHECK_EQ(co_await rows_of(driver, "k.a"), 0);
      REQUIRE_EQ(kept(world).size(), 1);
      const std::string truncated = kept(world)[0];
      CHECK(truncated.starts_with("truncated-17"));
      CHECK(truncated.ends_with("-a"));
      require_ok(co_await run(driver, "TRUNCATE k.a"));  // nothing is in it
      CHECK_EQ(kept(world).size(), 1);
      const RestoreRequest back{.snapshot = truncated};
      const auto restored = co_await driver.node().snapshots().restore(back);
      require_ok(restored ? Status{} : fail(restored.error()));
      CHECK_EQ(co_await rows_of(driver, "k.a"), 20);
      require_ok(co_await run(driver, "DROP TABLE k.b"));
      CHECK_EQ(kept(world).size(), 2);
      require_ok(co_await run(driver, "DROP TABLE IF EXISTS k.b"));
      CHECK_FALSE(co_await run(driver, "DROP TABLE k.b"));
      require_ok(co_await run(driver, "DROP KEYSPACE k", ShardId{1}));
      REQUIRE_EQ(kept(world).size(), 3);
      for (const std::string& name : kept(world)) {
        if (!name.ends_with("-k")) continue;
        const auto all = co_await driver.node().snapshots().restore({.snapshot = name});
        require_ok(all ? Status{} : fail(all.error()));
      }
      CHECK_EQ(co_await rows_of(driver, "k.a"), 20);
      CHECK_FALSE(co_await driver.node().snapshots().take("dropped-by-me", {}));
      require_ok(co_await driver.stop());
      require_ok(co_await driver.start(2));
      CHECK_EQ(kept(world).size(), 3);
      world.clock.jump_wall(seconds(24 * 3600 * 365));  // a wrong clock takes nothing away
      co_await Executor::current()->sleep_until(world.clock.now() + seconds(12 * 3600));
      CHECK_EQ(kept(world).size(), 3);
      require_ok(co_await run(driver, "INSERT INTO k.a (p, v) VALUES (1, 'value')"));
      require_ok(co_await driver.stop());
      require_ok(co_await driver.start(2));  // the hours before count
      co_await Executor::current()->sleep_until(world.clock.now() + seconds(11 * 3600));
      CHECK_EQ(kept(world).size(), 3);
      co_await Executor::current()->sleep_until(world.clock.now() + seconds(2 * 3600));
      CHECK(kept(world).empty());
      CHECK_EQ(co_await rows_of(driver, "k.a"), 20);
      require_ok(co_await driver.stop());
    });
  }

  TEST_CASE(
      "sim: where the disk is short of space DROP frees it, and what was kept goes; without hours nothing is kept") {
    run_sim(2, {.shards = 2}, [](SimWorld& world) -> Task<void> {
      NodeDriver driver(world);
      require_ok(co_await driver.start(2));
      co_await make_tables(driver);
      require_ok(co_await run(driver, "TRUNCATE k.a"));
      CHECK_EQ(kept(world).size(), 1);
      {
        auto others = world.disk.open("others", OpenMode::create);
        require_ok(others ? Status{} : fail(others.error()));
        require_ok((*others)->reserve_now(32u << 20));
      }
      world.disk.set_capacity(world.disk.used_bytes() + (3u << 20));
      require_ok(co_await run(driver, "DROP TABLE k.b"));
      CHECK_EQ(kept(world).size(), 1);
      co_await Executor::current()->sleep_until(world.clock.now() + seconds(400));
      CHECK(kept(world).empty());
      require_ok(co_await driver.stop());
      world.disk.set_capacity(uint64_t{1} << 40);
      driver.options().auto_snapshot_hours = 0;
      require_ok(co_await driver.start(2));
      co_await make_tables(driver);
      require_ok(co_await run(driver, "DROP TABLE k.a"));
      CHECK(kept(world).empty());
      require_ok(co_await driver.stop());
    });
  }

  TEST_CASE("sim: how long it is kept can be changed while the node runs") {
    run_sim(5, {.shards = 1}, [](SimWorld& world) -> Task<void> {
      NodeDriver driver(world);
      require_ok(co_await driver.start(1));
      co_await make_tables(driver);
      require_ok(co_await run(driver, "TRUNCATE k.a"));
      CHECK_EQ(kept(world).size(), 1);
      co_await Executor::current()->sleep_until(world.clock.now() + seconds(7200));
      CHECK_EQ(kept(world).size(), 1);
      driver.node().auto_snapshots().set_hours(1);
      co_await Executor::current()->sleep_until(world.clock.now() + seconds(1));
      CHECK(kept(world).empty());
      driver.node().auto_snapshots().set_hours(0);
      require_ok(co_await run(driver, "DROP TABLE k.b"));
      CHECK(kept(world).empty());
      require_ok(co_await driver.stop());
    });
  }

  TEST_CASE("sim: TRUNCATE does not hang behind a long restore: it says soon that it cannot be now") {
    run_sim(4, {.shards = 2}, [](SimWorld& world) -> Task<void> {
      NodeDriver driver(world);
      require_ok(co_await driver.start(2));
      co_await make_tables(driver);
      const auto taken = co_await driver.node().snapshots().take("s", {"k", "a"});
      require_ok(taken ? Status{} : fail(taken.error()));
      driver.node().compaction_budget().set(30);
      TaskGroup behind;
      const auto restore = [](NodeDriver& on) -> Task<void> {
        const auto done = co_await on.node().snapshots().restore({.snapshot = "s"});
        require_ok(done ? Status{} : fail(done.error()));
      };
      behind.spawn(restore(driver));
      const Instant began = world.clock.now();
      const Status refused = co_await run(driver, "TRUNCATE k.b", ShardId{1});
      REQUIRE_FALSE(refused);
      CHECK_NE(refused.error().detail.find("restore"), std::string::npos);
      CHECK_LT((world.clock.now() - began).nanos, seconds(7).nanos);
      CHECK_EQ(behind.running(), 1);
      co_await behind.join();
      require_ok(co_await run(driver, "TRUNCATE k.b"));
      CHECK_EQ(co_await rows_of(driver, "k.b"), 0);
      require_ok(co_await driver.stop());
    });
  }

  TEST_CASE("sim: where the snapshot fails the statement does, and nothing is lost") {
    run_sim(3, {.shards = 2}, [](SimWorld& world) -> Task<void> {
      NodeDriver driver(world);
      require_ok(co_await driver.start(2));
      co_await make_tables(driver);
      for (const std::string text : {"TRUNCATE k.a", "DROP TABLE k.a", "DROP KEYSPACE k"}) {
        world.disk.plan({.kind = FaultKind::io_error, .op = DiskOp::link, .path_contains = "snapshots"});
        const Status refused = co_await run(driver, text);
        REQUIRE_FALSE(refused);
        CHECK_NE(refused.error().detail.find("auto-snapshot-hours"), std::string::npos);
        CHECK_EQ(co_await rows_of(driver, "k.a"), 20);
        CHECK_EQ(co_await rows_of(driver, "k.b"), 20);
      }
      CHECK(kept(world).empty());
      require_ok(co_await driver.stop());
    });
  }
}

}  // namespace ringlet::sim
