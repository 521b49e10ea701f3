// Tables WITH in_memory = true: once their files have been read, no read of them needs the disk.
#include <doctest/doctest.h>

#include "tests/sim/row_help.h"

namespace ringlet::sim {
namespace {

constexpr int kPartitions = 100;

uint64_t disk_reads(const SimWorld& world) {
  return world.disk.operations(DiskOp::read) + world.disk.operations(DiskOp::read_cached);
}

Task<void> fill(NodeDriver& driver, const Table& table, int32_t c, int partitions, size_t bytes) {
  for (int p = 0; p < partitions; ++p)
    require_ok(co_await driver.write(row_of(table, "p" + std::to_string(p), c, 1, bytes)));
  require_ok(co_await driver.flush(table));
}

// A table of more than fits, read whole: what can leave the cache leaves it. Then how often reads of `table` touch the disk.
Task<uint64_t> reads_of(SimWorld& world, NodeDriver& driver, const Table& table, const Table& large) {
  co_await Executor::current()->sleep_until(world.clock.now() + seconds(5));
  for (int n = 0; n < 3; ++n) (void)co_await rows_in(driver, large);
  const uint64_t before = disk_reads(world);
  CHECK_GT(co_await rows_in(driver, table), 0);
  co_return disk_reads(world) - before;
}

TEST_SUITE("in_memory_sim") {
  TEST_CASE("sim: a table that is in_memory is read without the disk, after a flush, a compaction and a start") {
    run_sim(1, {.shards = 2}, [](SimWorld& world) -> Task<void> {
      NodeDriver driver(world);
      driver.options().memory_bytes = kMemoryBytesMin + (16u << 20);
      std::vector<Table> tables = {model_table(1, "ks", true), model_table(2, "ks", true)};
      tables[0].options.in_memory = true;
      for (Table& table : tables)
        table.options.compaction = {{"class", "SizeTieredCompactionStrategy"}, {"enabled", "false"}};
      require_ok(co_await driver.start(2));
      require_ok(co_await driver.make(tables));
      for (int32_t c = 0; c < 8; ++c) co_await fill(driver, tables[1], c, 40, 60000);
      co_await fill(driver, tables[0], 1, kPartitions, 2000);
      CHECK_EQ(co_await reads_of(world, driver, tables[0], tables[1]), 0);
      CHECK_GT(co_await reads_of(world, driver, tables[1], tables[1]), 20);
      co_await fill(driver, tables[0], 2, kPartitions, 2000);
      CHECK_EQ(co_await reads_of(world, driver, tables[0], tables[1]), 0);
      require_ok(co_await driver.compact(tables[0]));
      CHECK_EQ(co_await reads_of(world, driver, tables[0], tables[1]), 0);
      require_ok(co_await driver.stop());
      require_ok(co_await driver.start(2));
      CHECK_EQ(co_await reads_of(world, driver, tables[0], tables[1]), 0);
      const Engine& engine = driver.node().shards()[ShardId{0}].engine;
      CHECK_GT(engine.counts().cache.pinned_bytes, 100000);
      CHECK_EQ(engine.counts().cache.pins_refused, 0);
      CatalogCommand command;
      command.base = driver.node().catalog().schema()->version;
      Table plain = *driver.node().catalog().schema()->table(tables[0].id);
      plain.options.in_memory = false;
      command.changes.push_back(PutTable{std::make_shared<const Table>(plain)});
      const auto altered = co_await driver.node().catalog().propose(std::move(command));
      require_ok(altered ? Status{} : fail(altered.error()));
      (void)co_await reads_of(world, driver, tables[0], tables[1]);
      CHECK_EQ(engine.counts().cache.pinned_bytes, 0);
      require_ok(co_await driver.stop());
    });
  }

  TEST_CASE(
      "sim: of a table that is in_memory and larger than its share, the share stays and the rest is read as ever") {
    run_sim(1, [](SimWorld& world) -> Task<void> {
      NodeDriver driver(world);
      driver.options().memory_bytes = kMemoryBytesMin;
      Table table = model_table(1, "ks", true);
      table.options.in_memory = true;
      const std::vector<Table> tables = {table};
      require_ok(co_await driver.start(1));
      require_ok(co_await driver.make(tables));
      for (int32_t c = 0; c < 5; ++c) co_await fill(driver, table, c, kPartitions, 20000);
      CHECK_GT(co_await reads_of(world, driver, table, table), 0);
      const BlockCache::Counts counts = driver.node().shards()[ShardId{0}].engine.counts().cache;
      CHECK_GT(counts.pinned_bytes, counts.capacity_bytes / BlockCache::kPinnedShare * 9 / 10);
      CHECK_LE(counts.pinned_bytes, counts.capacity_bytes / BlockCache::kPinnedShare);
      CHECK_LE(counts.bytes, counts.capacity_bytes);
      CHECK_GT(counts.pins_refused, 0);
      require_ok(co_await driver.stop());
    });
  }
}

}  // namespace
}  // namespace ringlet::sim
