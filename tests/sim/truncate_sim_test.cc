// TRUNCATE beside everything else that holds a table: other TRUNCATEs, DROP, writes, flushes, and compactions that wait.
#include <doctest/doctest.h>

#include "tests/sim/row_help.h"

namespace ringlet::sim {
namespace {

constexpr WorldOptions kTwoShards{.shards = 2};

Task<void> truncate(NodeDriver& driver, const Table& table, size_t& done) {
  require_ok(co_await driver.truncate(table));
  ++done;
}

Task<void> compact(NodeDriver& driver, const Table& table) {
  (void)co_await driver.compact(table);  // cancelled, where the table is emptied
}

Task<void> write_some(NodeDriver& driver, const Table& table, int32_t from, int32_t to) {
  for (int32_t c = from; c < to; ++c) {
    Mutation m = row_of(table, "p" + std::to_string(c % 5), c, 1 + c, 300);
    require_ok(co_await driver.write(std::move(m)));
  }
}

}  // namespace

TEST_SUITE("truncate_sim") {
  TEST_CASE("sim: a table truncated by several at once is empty, and goes on") {
    for (const uint64_t seed : seeds(20))
      run_sim(seed, kTwoShards, [&](SimWorld& world) -> Task<void> {
        NodeDriver driver(world);
        const Table table = model_table(1, "ks", true);
        const std::vector<Table> tables = {table};
        require_ok(co_await driver.start(2));
        require_ok(co_await driver.make(tables));
        co_await write_some(driver, table, 0, 40);
        require_ok(co_await driver.flush(table));
        co_await write_some(driver, table, 40, 60);
        TaskGroup beside;
        size_t done = 0;
        for (uint64_t n = 0; n < 3; ++n) {
          beside.spawn(truncate(driver, table, done));
          // Some begin while others wait for the manifest.
          if (seed % 2 == 1) co_await Executor::current()->sleep_until(world.clock.now() + micros(seed % 100 * 97));
          if (seed % 3 == 1) co_await write_some(driver, table, 60, 65);
        }
        co_await beside.join();
        CHECK_EQ(done, 3);
        if (seed % 3 != 1) CHECK_EQ(co_await rows_in(driver, table), 0);
        require_ok(co_await driver.truncate(table));
        CHECK_EQ(co_await rows_in(driver, table), 0);
        co_await write_some(driver, table, 100, 110);
        require_ok(co_await driver.flush(table));
        require_ok(co_await driver.stop());
        require_ok(co_await driver.start(2));
        CHECK_EQ(co_await rows_in(driver, table), 10);
        require_ok(co_await driver.stop());
      });
  }

  TEST_CASE("sim: a truncation does not wait for a major compaction that waits for another table's merge") {
    run_sim(3, [](SimWorld& world) -> Task<void> {
      NodeDriver driver(world);
      driver.options().compaction_bytes_per_second = 100;
      Table slow = model_table(1, "ks", true), table = model_table(2, "ks", true);
      slow.options.compaction =
          table.options.compaction = {{"class", "SizeTieredCompactionStrategy"}, {"enabled", "false"}};
      const std::vector<Table> tables = {slow, table};
      require_ok(co_await driver.start(1));
      require_ok(co_await driver.make(tables));
      for (const Table& each : tables)
        for (int32_t n = 0; n < 2; ++n) {
          co_await write_some(driver, each, 0, 100);
          require_ok(co_await driver.flush(each));
        }
      TaskGroup beside;
      beside.spawn(compact(driver, slow));
      while (driver.node().shards()[ShardId{0}].engine.tasks().empty())
        co_await Executor::current()->sleep_until(world.clock.now() + millis(10));
      beside.spawn(compact(driver, table));
      co_await Executor::current()->sleep_until(world.clock.now() + seconds(1));
      const Instant began = world.clock.now();
      require_ok(co_await driver.truncate(table));
      CHECK_LE((world.clock.now() - began).nanos, seconds(2).nanos);
      CHECK_EQ(co_await rows_in(driver, table), 0);
      driver.node().compaction_budget().set(0);
      co_await beside.join();
      require_ok(co_await driver.stop());
    });
  }
}

}  // namespace ringlet::sim
