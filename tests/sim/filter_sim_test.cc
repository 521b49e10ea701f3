// Filters as a table's bloom_filter_fp_chance asks for them, measured on what a flush writes and reads meet.
#include <doctest/doctest.h>

#include "core/data/keys.h"
#include "tests/sim/row_help.h"

namespace ringlet::sim {
namespace {

constexpr int kPartitions = 6000;

struct Asked {
  double chance = 0;
  uint32_t reads = 0;  // about a thousand wrong answers or more: 3 sigma are a tenth
};

// Of partitions that nobody wrote, how many the file's filter lets pass.
Task<double> measured_rate(SimWorld& world, NodeDriver& driver, const Table& table, uint32_t reads) {
  Engine& engine = driver.node().shards()[ShardId{0}].engine;
  const RequestContext context{world.clock};
  ReadCounts counts;
  for (uint32_t n = 0; n < reads; ++n) {
    const std::string key = "absent" + std::to_string(n);
    ReadRange range;
    range.one_partition = true;
    range.counts = &counts;
    append_partition_prefix(token_of(key), key, range.first_prefix);
    auto read = engine.read(table.id, range);
    require_ok(read ? Status{} : fail(read.error()));
    Fragment fragment;
    for (Step step = Step::fragment; step != Step::end;) {
      const auto moved = (*read)->stream().next(fragment);
      require_ok(moved ? Status{} : fail(moved.error()));
      step = *moved;
      MUST(step != Step::fragment);
      if (step == Step::blocked) require_ok(co_await (*read)->stream().load(context));
    }
  }
  CHECK_GT(counts.sstables.load(), reads * 99 / 100);
  co_return 1 - static_cast<double>(counts.filtered) / counts.sstables;
}

TEST_SUITE("filter_sim") {
  TEST_CASE("sim: of partitions that are not there, a table's filters let pass what bloom_filter_fp_chance says") {
    for (const Asked asked : {Asked{0.1, 40'000}, {0.01, 100'000}, {0.001, 1'000'000}}) {
      run_sim(1, [&](SimWorld& world) -> Task<void> {
        CAPTURE(asked.chance);
        NodeDriver driver(world);
        Table table = model_table(1, "ks", true);
        table.options.bloom_filter_fp_chance = asked.chance;
        const std::vector<Table> tables = {table};
        require_ok(co_await driver.start(1));
        require_ok(co_await driver.make(tables));
        for (int n = 0; n < kPartitions; ++n)
          require_ok(co_await driver.write(row_of(table, "there" + std::to_string(n), 1, 1, 10)));
        require_ok(co_await driver.flush(table));
        const double rate = co_await measured_rate(world, driver, table, asked.reads);
        CHECK_GT(rate, asked.chance * 0.8);
        CHECK_LT(rate, asked.chance * 1.2);
        MESSAGE("asked ", asked.chance, ", measured ", rate);
        require_ok(co_await driver.stop());
      });
    }
  }
}

}  // namespace
}  // namespace ringlet::sim
