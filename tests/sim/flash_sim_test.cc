// What a node writes to flash: counted by cause, kept within a daily budget, and how often it syncs.
#include <doctest/doctest.h>

#include <algorithm>

#include "core/env/task_group.h"
#include "tests/sim/row_help.h"

namespace ringlet::sim {
namespace {

Mutation reading(const Table& table, int sensor, int32_t at, size_t bytes, Rng& dice) {
  Bytes value(bytes, '\0');
  for (char& c : value) c = static_cast<char>(dice.next());
  return text_row(table, "sensor" + std::to_string(sensor), at, at + 1, value);
}

Table tiered_table() {
  Table table = model_table(1, "ks", true);
  table.options.compaction = {{"class", "SizeTieredCompactionStrategy"}};
  return table;
}

struct Load {
  NodeDriver& driver;
  const Table& table;
  Rng& dice;
  int32_t at = 0;
};

// Twenty readings of 2 KB and a flush each five minutes; returns the most files that lay beside each other.
Task<size_t> run_hours(SimWorld& world, Load& load, int hours) {
  size_t most = 0;
  for (int turn = 0; turn < hours * 12; ++turn) {
    for (int i = 0; i < 20; ++i) {
      Mutation m = reading(load.table, i % 5, load.at++, 2000, load.dice);
      require_ok(co_await load.driver.write(std::move(m)));
    }
    require_ok(co_await load.driver.flush(load.table));
    co_await Executor::current()->sleep_until(world.clock.now() + seconds(300));
    most = std::max<size_t>(most, load.driver.sstables(load.table));
  }
  co_return most;
}

uint64_t written(NodeDriver& driver, WriteCause cause) { return driver.node().flash().last_day()[cause]; }

}  // namespace

TEST_SUITE("flash_sim") {
  TEST_CASE("sim: bytes are counted by what they are written for, and the day's count survives a restart") {
    run_sim(1, [](SimWorld& world) -> Task<void> {
      NodeDriver driver(world);
      const Table table = tiered_table();
      const std::vector<Table> tables = {table};
      const auto dice = world.env.rng.stream("readings");
      require_ok(co_await driver.start(1));
      require_ok(co_await driver.make(tables));
      Load load{driver, table, *dice};
      co_await run_hours(world, load, 1);
      const uint64_t user = driver.counts().user_bytes;
      CHECK_GT(user, 240u * 2000);
      CHECK_LT(user, 240u * 2200);
      const WrittenBytes day = driver.node().flash().last_day();
      CHECK_GT(day[WriteCause::log], user);  // in whole pages
      CHECK_LT(day[WriteCause::log], 240u * 3 * 4096);
      CHECK_GT(day[WriteCause::flush], user);  // what is random does not compress
      CHECK_LT(day[WriteCause::flush], user * 5 / 4);
      CHECK_GT(day[WriteCause::compaction], user / 2);
      CHECK_LT(day[WriteCause::compaction], user * 2);
      CHECK_GT(day[WriteCause::metadata], 12u * 4096);
      CHECK_EQ(day[WriteCause::restore], 0);
      require_ok(co_await driver.stop());
      require_ok(co_await driver.start(1));
      const WrittenBytes again = driver.node().flash().last_day();
      CHECK_GE(again.total(), day.total());
      CHECK_LT(again.total(), day.total() + (256u << 10));
      // A power cut forgets no more than what came after the last flush.
      co_await run_hours(world, load, 1);
      const WrittenBytes before = driver.node().flash().last_day();
      world.disk.crash();
      (void)co_await driver.stop(world.clock.now());
      world.restart(1);
      require_ok(co_await driver.start(1));
      const WrittenBytes after = driver.node().flash().last_day();
      CHECK_GE(after.total() + (256u << 10), before.total());
      CHECK_LT(after.total(), before.total() + (256u << 10));
      require_ok(co_await driver.stop());
    });
  }

  TEST_CASE("sim: compaction keeps to what the log and flushes leave of a daily budget, and spreads it over the day") {
    run_sim(2, [](SimWorld& world) -> Task<void> {
      NodeDriver driver(world);
      const Table table = tiered_table();
      const std::vector<Table> tables = {table};
      const auto dice = world.env.rng.stream("readings");
      require_ok(co_await driver.start(1));
      require_ok(co_await driver.make(tables));
      Load load{driver, table, *dice};
      co_await run_hours(world, load, 26);
      const WrittenBytes free = driver.node().flash().last_day();
      const uint64_t others = free.total() - free[WriteCause::compaction];
      const uint64_t budget = others + free[WriteCause::compaction] * 3 / 4;
      driver.node().flash().set_budget(budget);
      co_await run_hours(world, load, 26);  // the day before it is forgotten
      const uint64_t pressed = driver.counts().compactions_pressed;
      size_t busy_hours = 0, most = 0;
      for (int hour = 0; hour < 24; ++hour) {
        const uint64_t before = driver.counts().compaction_written_bytes;
        most = std::max(most, co_await run_hours(world, load, 1));
        const uint64_t spent = driver.counts().compaction_written_bytes - before;
        busy_hours += spent > 0 ? 1 : 0;
        CHECK_LE(spent, free[WriteCause::compaction] / 2);  // no hour has the day's share
        CHECK_LE(driver.node().flash().last_day().total(), budget + budget / 10);
      }
      CHECK_GE(busy_hours, 6);
      CHECK_LE(driver.counts().compactions_pressed - pressed, 4);
      CHECK_GE(written(driver, WriteCause::compaction), free[WriteCause::compaction] / 4);
      CHECK_LE(most, 2 * kFilesPiledUp);
      CHECK_EQ(co_await rows_in(driver, table), static_cast<size_t>(load.at));
      require_ok(co_await driver.stop());
    });
  }

  TEST_CASE("sim: a budget that the log alone exceeds holds compaction back until files pile up, never for ever") {
    run_sim(3, [](SimWorld& world) -> Task<void> {
      NodeDriver driver(world);
      driver.options().flash_write_budget = 1000;
      const Table table = tiered_table();
      const std::vector<Table> tables = {table};
      const auto dice = world.env.rng.stream("readings");
      require_ok(co_await driver.start(1));
      require_ok(co_await driver.make(tables));
      Load load{driver, table, *dice};
      co_await run_hours(world, load, 2);
      CHECK(flash_share(1000, driver.node().flash().last_day()).over);
      CHECK_EQ(driver.counts().compactions, 0);
      CHECK_EQ(driver.counts().compactions_held, 1);
      CHECK_EQ(driver.sstables(table), 24);
      const size_t most = co_await run_hours(world, load, 22);
      CHECK_GT(driver.counts().compactions_pressed, 0);
      CHECK_EQ(driver.counts().compactions_pressed, driver.counts().compactions);
      CHECK_LE(most, 2 * kFilesPiledUp);  // some of them large
      CHECK_LT(written(driver, WriteCause::compaction), 2 * written(driver, WriteCause::flush));
      // By command it is done all the same; and without a budget nothing waits.
      require_ok(co_await driver.compact(table));
      CHECK_EQ(driver.sstables(table), 1);
      co_await run_hours(world, load, 1);
      CHECK_EQ(driver.counts().compactions_held, 1);
      driver.node().flash().set_budget(0);
      co_await Executor::current()->sleep_until(world.clock.now() + seconds(130));
      CHECK_EQ(driver.counts().compactions_held, 0);
      CHECK_LE(driver.sstables(table), 5);
      CHECK_EQ(co_await rows_in(driver, table), static_cast<size_t>(load.at));
      require_ok(co_await driver.stop());
    });
  }

  TEST_CASE(
      "sim: the window of group commit bounds the syncs a second, whatever the load, and every write still waits for "
      "one") {
    uint64_t without = 0;
    for (const int64_t window_ms : {0, 50, 200})
      run_sim(4, {.shards = 2}, [&](SimWorld& world) -> Task<void> {
        NodeDriver driver(world);
        driver.options().log.window = millis(window_ms);
        const Table table = tiered_table();
        const std::vector<Table> tables = {table};
        require_ok(co_await driver.start(2));
        require_ok(co_await driver.make(tables));
        constexpr int kClients = 40;
        constexpr int64_t kSeconds = 10;
        const Instant until = world.clock.now() + seconds(kSeconds);
        uint64_t acknowledged = 0;
        const auto client = [&](int number) -> Task<void> {
          const auto dice = world.env.rng.stream("client" + std::to_string(number));
          for (int32_t at = 0; world.clock.now() < until; ++at) {
            Mutation m = reading(table, number, at, 50, *dice);
            require_ok(co_await driver.write(std::move(m), ShardId{static_cast<uint16_t>(number % 2)}));
            ++acknowledged;
            co_await Executor::current()->sleep_until(world.clock.now() + millis(10));
          }
        };
        const CommitLog::Counts log_before = driver.node().log().counts();
        const uint64_t disk_before =
            world.disk.operations(DiskOp::sync) + world.disk.operations(DiskOp::sync_directory);
        TaskGroup clients;
        for (int c = 0; c < kClients; ++c) clients.spawn(client(c));
        co_await clients.join();
        const CommitLog::Counts log = driver.node().log().counts();
        const uint64_t log_syncs = log.syncs - log_before.syncs,
                       log_bytes = log.bytes_written - log_before.bytes_written;
        const uint64_t disk_syncs =
            world.disk.operations(DiskOp::sync) + world.disk.operations(DiskOp::sync_directory) - disk_before;
        MESSAGE("window ", window_ms, " ms: ", acknowledged, " writes, ", log_syncs, " syncs of the log, ", disk_syncs,
                " of the disk, ", (log.page_bytes_written - log_before.page_bytes_written) / acknowledged,
                " bytes of the log for each write, in ", kSeconds, " s");
        if (window_ms == 0) {
          without = log_syncs;
        } else {
          const auto most = static_cast<uint64_t>(kSeconds * 1000 / window_ms);
          CHECK_LE(log_syncs, most + 1 + log_bytes / (64 << 10));  // and one where a segment is full
          CHECK_LT(log_syncs, without / 2);
          CHECK_LE(disk_syncs, log_syncs + 30);  // new segments and what metadata.db notes of them
          CHECK_GT(acknowledged, kClients * most / 3);
        }
        world.disk.crash();  // and nothing acknowledged is lost
        (void)co_await driver.stop(world.clock.now());
        world.restart(0);
        require_ok(co_await driver.start(2));
        CHECK_GE(co_await rows_in(driver, table), acknowledged);
        require_ok(co_await driver.stop());
      });
  }
}

}  // namespace ringlet::sim
