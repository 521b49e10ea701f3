// What a start finds: batches that were whole and batches that were not, log segments that lost something, more log than memory.
#include <doctest/doctest.h>

#include <algorithm>

#include "tests/sim/row_help.h"

namespace ringlet::sim {
namespace {

const std::string kKeys[] = {"a", "b", "c", "d"};

std::vector<Mutation> batch_of(const Table& table, int32_t c, int64_t at, size_t bytes) {
  std::vector<Mutation> batch;
  for (const std::string& key : kKeys) batch.push_back(noise_row(table, key, c, at, bytes));
  return batch;
}

// Enough rows, flushed, to use every released segment of the log again.
Task<void> turn_the_log_over(NodeDriver& driver, const Table& table) {
  for (int32_t c = 100; c < 140; ++c) require_ok(co_await driver.write(noise_row(table, "turn", c, c, 9000)));
  require_ok(co_await driver.flush(table));
}

TEST_SUITE("recovery_sim") {
  TEST_CASE("sim: a whole batch is not applied again when only its beginning is still needed by another table") {
    for (const uint64_t seed : seeds(6)) {
      run_sim(seed, [&](SimWorld& world) -> Task<void> {
        const std::vector<Table> tables = {model_table(1, "ks", true), model_table(2, "ks", true),
                                           model_table(3, "ks", true)};
        NodeDriver driver(world);
        require_ok(co_await driver.start(1));
        require_ok(co_await driver.make(tables));
        require_ok(co_await driver.write(row_of(tables[1], "quiet", 1, 1, 10)));  // holds the first segment
        // 48 KiB begin it, the same again and the end go to the second one.
        require_ok(co_await driver.write_batch(batch_of(tables[0], 1, 10, 12000)));
        for (const std::string& key : kKeys) require_ok(co_await driver.write(row_of(tables[0], key, 1, 20, 0)));
        require_ok(co_await driver.flush(tables[0]));
        co_await Executor::current()->sleep_until(world.clock.now() + seconds(3 * 3600));
        require_ok(co_await driver.compact(tables[0]));  // neither rows nor tombstones are left
        CHECK_EQ(driver.sstables(tables[0]), 0);
        co_await turn_the_log_over(driver, tables[2]);
        co_await turn_the_log_over(driver, tables[2]);
        co_await cut_power(world, driver, seed % 2);
        require_ok(co_await driver.start(1));
        CHECK_EQ(co_await rows_in(driver, tables[0]), 0);
        CHECK_EQ(co_await rows_in(driver, tables[1]), 1);
        require_ok(co_await driver.stop());
      });
    }
  }

  TEST_CASE("sim: a batch that came before a truncation stays gone, though its end was never synced") {
    for (const uint64_t seed : seeds(6)) {
      run_sim(seed, {.shards = 2}, [&](SimWorld& world) -> Task<void> {
        const std::vector<Table> tables = {model_table(1, "ks", true)};
        NodeDriver driver(world);
        require_ok(co_await driver.start(2));
        require_ok(co_await driver.make(tables));
        require_ok(co_await driver.write_batch(batch_of(tables[0], 1, 10, 100)));
        require_ok(co_await driver.truncate(tables[0]));
        co_await cut_power(world, driver, seed % 2);
        require_ok(co_await driver.start(1 + seed % 2));
        CHECK_EQ(co_await rows_in(driver, tables[0]), 0);
        require_ok(co_await driver.write_batch(batch_of(tables[0], 2, 30, 100)));
        co_await cut_power(world, driver, 0);
        require_ok(co_await driver.start(1));
        CHECK_EQ(co_await rows_in(driver, tables[0]), 4);
        require_ok(co_await driver.stop());
      });
    }
  }

  TEST_CASE("sim: a batch that failed half way is whole soon after the disk is well again, without a restart") {
    for (const uint64_t seed : seeds(6)) {
      run_sim(seed, {.shards = 2}, [&](SimWorld& world) -> Task<void> {
        const std::vector<Table> tables = {model_table(1, "ks", true)};
        NodeDriver driver(world);
        require_ok(co_await driver.start(2));
        require_ok(co_await driver.make(tables));
        require_ok(co_await driver.write(row_of(tables[0], "x", 1, 1, 10)));
        world.disk.plan({.kind = FaultKind::no_space,
                         .op = DiskOp::write,
                         .nth = 2 + seed % 3,
                         .for_good = true,
                         .path_contains = "commitlog"});
        CHECK_FALSE(co_await driver.write_batch(batch_of(tables[0], 1, 10, 100)));
        co_await Executor::current()->sleep_until(world.clock.now() + seconds(10));
        uint64_t left = 0;
        for (uint16_t s = 0; s < 2; ++s) left += driver.node().shards()[ShardId{s}].engine.counts().left_batches;
        CHECK_EQ(left, 1);
        world.disk.clear_faults();
        co_await Executor::current()->sleep_until(world.clock.now() + seconds(10));
        CHECK_EQ(co_await rows_in(driver, tables[0]), 5);
        left = 0;
        for (uint16_t s = 0; s < 2; ++s) left += driver.node().shards()[ShardId{s}].engine.counts().left_batches;
        CHECK_EQ(left, 0);
        require_ok(co_await driver.truncate(tables[0]));
        co_await cut_power(world, driver, seed % 2);
        require_ok(co_await driver.start(2));
        CHECK_EQ(co_await rows_in(driver, tables[0]), 0);
        require_ok(co_await driver.stop());
      });
    }
  }

  TEST_CASE("sim: a log segment that is missing, emptied or cut short is reported by the start that finds it") {
    enum Damage { missing, emptied, halved };
    for (const Damage damage : {missing, emptied, halved}) {
      for (size_t which = 0; which < 3; ++which) {
        run_sim(which + 1, [&](SimWorld& world) -> Task<void> {
          CAPTURE(which);
          const std::vector<Table> tables = {model_table(1, "ks", true)};
          NodeDriver driver(world);
          require_ok(co_await driver.start(1));
          require_ok(co_await driver.make(tables));
          // Each more than the log compresses.
          for (int32_t c = 0; c < 14; ++c) require_ok(co_await driver.write(row_of(tables[0], "p", c, 1, 17000)));
          co_await cut_power(world, driver, 1);
          std::vector<std::string> segments = world.disk.list("commitlog").value();
          REQUIRE_GE(segments.size(), 3);
          const std::string path = "commitlog/" + segments[which];
          if (damage == missing) {
            require_ok(world.disk.remove(path));
          } else {
            auto file = world.disk.open(path, OpenMode::write).value();
            require_ok(file->truncate_now(damage == emptied ? 0 : file->size_now().value() / 2));
          }
          require_ok(co_await driver.start(1));
          const auto& holes = driver.node().replay_report().holes;
          const auto named = [&](const std::string& hole) { return hole.starts_with(path); };
          CHECK(std::ranges::any_of(holes, named));
          require_ok(co_await driver.stop());
          require_ok(co_await driver.start(1));
          // A damaged file is reported as long as it lies there.
          if (damage == missing) CHECK(driver.node().replay_report().holes.empty());
          require_ok(co_await driver.stop());
        });
      }
    }
  }

  TEST_CASE(
      "sim: replaying more log than memtables may hold flushes on the way, and a power cut meanwhile costs nothing") {
    for (const uint64_t seed : seeds(2)) {
      run_sim(seed, {.shards = 2}, [&](SimWorld& world) -> Task<void> {
        const std::vector<Table> tables = {model_table(1, "ks", true), model_table(2, "ks", true)};
        NodeDriver driver(world);
        driver.options().memory_bytes = 256u << 20;
        require_ok(co_await driver.start(1));
        require_ok(co_await driver.make(tables));
        for (int32_t c = 0; c < 900; ++c)
          require_ok(co_await driver.write(row_of(tables[static_cast<size_t>(c % 7 == 0)], "p", c, 1, 20000)));
        CHECK_EQ(driver.counts().flushes, 0);
        co_await cut_power(world, driver, seed % 2);
        driver.options().memory_bytes = kMemoryBytesMin + (8u << 20);
        for (uint64_t nth = 5; nth < 400; nth += 97 + seed) {
          world.disk.plan({.kind = FaultKind::crash, .op = DiskOp::write, .nth = nth});
          if (co_await driver.start(1 + seed % 2)) (void)co_await driver.stop(world.clock.now());
          world.disk.crash();
          world.disk.clear_faults();
          world.disk.restart(nth);
        }
        require_ok(co_await driver.start(1 + seed % 2));
        CHECK_GT(driver.sstables(tables[0]), 0);
        for (uint16_t s = 0; s < driver.node().shards().count(); ++s)
          CHECK_LE(driver.node().shards()[ShardId{s}].engine.memtable_bytes(),
                   driver.node().memory_plan().memtable_bytes + 64000);
        CHECK_EQ(co_await rows_in(driver, tables[0]) + co_await rows_in(driver, tables[1]), 900);
        require_ok(co_await driver.stop());
      });
    }
  }

  TEST_CASE("sim: a damaged sector of metadata.db's log costs no row, though the commit log has long forgotten them") {
    constexpr uint64_t kSector = 512;
    uint64_t made_anew = 0;
    for (uint64_t sector = 0, sectors = 1; sector < sectors; sector += 5) {
      run_sim(1, [&](SimWorld& world) -> Task<void> {
        CAPTURE(sector);
        const std::vector<Table> tables = {model_table(1, "ks", true), model_table(2, "ks", true)};
        NodeDriver driver(world);
        require_ok(co_await driver.start(1));
        require_ok(co_await driver.make(tables));
        for (int32_t c = 0; c < 5; ++c) {
          require_ok(co_await driver.write(row_of(tables[0], "p", c, 1, 300)));
          require_ok(co_await driver.flush(tables[0]));
        }
        co_await turn_the_log_over(driver, tables[1]);
        co_await turn_the_log_over(driver, tables[1]);
        co_await cut_power(world, driver, 1);
        auto log = world.disk.open("metadata.db-wal", OpenMode::write).value();
        const uint64_t size = log->size_now().value();
        sectors = size / kSector;
        Bytes decay(kSector, '\0');
        for (size_t i = 0; i < decay.size(); ++i) decay[i] = static_cast<char>(sector * 31 + i * i);
        REQUIRE(log->write_now(sector * kSector, decay));
        REQUIRE(log->sync_now());
        log.reset();
        require_ok(co_await driver.start(1));
        made_anew += driver.node().rebuild_report().why.empty() ? 0 : 1;
        CHECK_EQ(co_await rows_in(driver, tables[0]), 5);
        CHECK_EQ(co_await rows_in(driver, tables[1]), 40);
        require_ok(co_await driver.stop());
      });
    }
    CHECK_GT(made_anew, 10);
  }

  TEST_CASE("sim: a full disk does not keep a node from starting while what is replayed fits into its memory") {
    run_sim(1, [&](SimWorld& world) -> Task<void> {
      const std::vector<Table> tables = {model_table(1, "ks", true)};
      NodeDriver driver(world);
      require_ok(co_await driver.start(1));
      require_ok(co_await driver.make(tables));
      for (int32_t c = 0; c < 400; ++c) require_ok(co_await driver.write(row_of(tables[0], "p", c, 1, 20000)));
      co_await cut_power(world, driver, 1);
      driver.options().memory_bytes = kMemoryBytesMin + (8u << 20);
      world.disk.plan(
          {.kind = FaultKind::no_space, .op = DiskOp::write, .for_good = true, .path_contains = "sstables"});
      require_ok(co_await driver.start(1));
      CHECK_EQ(co_await rows_in(driver, tables[0]), 400);
      world.disk.clear_faults();
      require_ok(co_await driver.stop());
    });
  }
}

}  // namespace
}  // namespace ringlet::sim
