// Tables that are read and not written to any more: reads end up with one file, whatever happens on the way, and answer the same.
#include <doctest/doctest.h>

#include "core/storage/sstable_format.h"
#include "tests/sim/node_driver.h"
#include "tests/sim/random_range.h"

namespace ringlet::sim {
namespace {

constexpr int kPartitions = 6, kRows = 8, kFiles = 3;
constexpr int kReadsMost = 4000;

struct Reader {
  SimWorld& world;
  NodeDriver& driver;
  const Table& table;
  const DataModel& model;
  Dice& dice;

  Task<Status> one() {
    const ReadRange range = random_range(dice, table, kPartitions, kRows);
    const Seconds now = driver.now();
    const auto seen = co_await driver.read(table, range, now);
    if (!seen) co_return fail(seen.error());
    CHECK_EQ(*seen, model.read(table.id, range, now));
    co_return Status{};
  }
  // Until it has one file. False: it did not come to that, a read failed, or the power.
  Task<bool> until_one_file() {
    for (int n = 0; n < kReadsMost && !world.disk.crashed(); ++n) {
      if (!co_await one()) co_return false;
      co_await Executor::current()->sleep_until(world.clock.now() + millis(1));
      if (driver.sstables(table) == 1) co_return true;
    }
    co_return false;
  }
};

// As many files as tiers of four leave alone.
Task<void> write_files(NodeDriver& driver, const Table& table, DataModel& model, Dice& dice) {
  WriteDice writes{dice, 1000, driver.now(), kPartitions, kRows};
  for (int file = 0; file < kFiles; ++file) {
    for (int n = 0; n < 60; ++n) {
      Mutation mutation = writes.mutation(table);
      model.apply(mutation);
      require_ok(co_await driver.write(std::move(mutation)));
    }
    require_ok(co_await driver.flush(table));
  }
}

Task<void> wait(SimWorld& world, int64_t n) {
  co_await Executor::current()->sleep_until(world.clock.now() + seconds(n));
}

}  // namespace

TEST_SUITE("read_shape_sim") {
  TEST_CASE("sim: reads alone bring a table down to one file, and answer the same before, meanwhile and after") {
    for (const uint64_t seed : seeds(4)) {
      run_sim(seed, [&](SimWorld& world) -> Task<void> {
        const Table table = model_table(1, "ks", true);
        const std::vector<Table> tables = {table};
        Dice dice(seed);
        DataModel model;
        NodeDriver driver(world);
        require_ok(co_await driver.start(1));
        require_ok(co_await driver.make(tables));
        co_await write_files(driver, table, model, dice);
        co_await wait(world, 180);
        CHECK_EQ(driver.sstables(table), kFiles);  // nobody reads: nobody minds
        Reader reader{world, driver, table, model, dice};
        CHECK(co_await reader.until_one_file());
        const EngineCounts then = driver.counts();
        CHECK_GT(then.merged_for_reads_bytes, 0);
        CHECK_EQ(then.merged_for_reads_bytes, then.compaction_written_bytes);
        for (int n = 0; n < kReadsMost / 4; ++n) require_ok(co_await reader.one());
        co_await wait(world, 180);
        CHECK_EQ(driver.counts().compaction_written_bytes, then.compaction_written_bytes);
        require_ok(co_await driver.stop());
      });
    }
  }

  TEST_CASE("sim: a power cut at any disk operation of a merge for reads costs nothing but that merge") {
    size_t cuts = 0;
    for (const uint64_t seed : seeds(2)) {
      for (uint64_t nth = 1; nth < 60; nth += 3) {
        run_sim(seed, [&](SimWorld& world) -> Task<void> {
          CAPTURE(nth);
          const Table table = model_table(1, "ks", true);
          const std::vector<Table> tables = {table};
          Dice dice(seed);
          DataModel model;
          NodeDriver driver(world);
          require_ok(co_await driver.start(1));
          require_ok(co_await driver.make(tables));
          co_await write_files(driver, table, model, dice);
          world.disk.plan({.kind = FaultKind::crash, .nth = nth});
          Reader before{world, driver, table, model, dice};
          (void)co_await before.until_one_file();
          cuts += world.disk.faults_fired();
          world.disk.crash();
          (void)co_await driver.stop(world.clock.now());
          world.disk.clear_faults();
          world.restart(seed + nth);
          require_ok(co_await driver.start(1));
          Reader after{world, driver, table, model, dice};
          for (int n = 0; n < 20; ++n) require_ok(co_await after.one());
          CHECK((driver.sstables(table) == 1 || co_await after.until_one_file()));
          CHECK(driver.node().strays().quarantined.empty());
          require_ok(co_await driver.stop());
        });
      }
    }
    CHECK_GT(cuts, 20);
  }

  TEST_CASE(
      "sim: no merge for reads where the table forbids it, where writing goes on, or where the day's flash is spent") {
    enum class Why { forbidden, written_to, no_budget };
    for (const Why why : {Why::forbidden, Why::written_to, Why::no_budget}) {
      run_sim(1, [&](SimWorld& world) -> Task<void> {
        Table table = model_table(1, "ks", true);
        table.options.compaction = {{"class", "SizeTieredCompactionStrategy"}, {"min_threshold", "30"}};
        if (why == Why::forbidden) table.options.compaction["adapt_to_reads"] = "false";
        const std::vector<Table> tables = {table};
        Dice dice(1);
        DataModel model;
        NodeDriver driver(world);
        if (why == Why::no_budget) driver.options().flash_write_budget = 1000;
        require_ok(co_await driver.start(1));
        require_ok(co_await driver.make(tables));
        co_await write_files(driver, table, model, dice);
        co_await wait(world, 180);  // the budget has been looked at
        WriteDice writes{dice, 1000, driver.now(), kPartitions, kRows};
        Reader reader{world, driver, table, model, dice};
        for (int n = 0; n < 1500; ++n) {
          if (why != Why::written_to || n % 10 == 0) require_ok(co_await reader.one());
          if (why != Why::written_to) continue;
          Mutation mutation = writes.mutation(table);
          model.apply(mutation);
          require_ok(co_await driver.write(std::move(mutation)));
          if (n % 100 == 99) require_ok(co_await driver.flush(table));
        }
        co_await wait(world, 180);
        CHECK_EQ(driver.counts().compactions, 0);
        CHECK_EQ(driver.sstables(table), kFiles + (why == Why::written_to ? 15 : 0));
        require_ok(co_await driver.stop());
      });
    }
  }
}

}  // namespace ringlet::sim
