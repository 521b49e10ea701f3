// Power cuts, failing disks and full disks under a whole node: what was acknowledged is there, what was not written is not.
#include <doctest/doctest.h>

#include <cstdlib>
#include <set>

#include "tests/sim/crash_client.h"
#include "tests/sim/row_help.h"

namespace ringlet::sim {
namespace {

constexpr WorldOptions kTwoShards{.shards = 2}, kFourShards{.shards = 4};

constexpr DiskOp kChanges[] = {DiskOp::open,           DiskOp::write,         DiskOp::sync,   DiskOp::truncate,
                               DiskOp::reserve,        DiskOp::remove,        DiskOp::rename, DiskOp::link,
                               DiskOp::make_directory, DiskOp::sync_directory};

// A node's life with `fault` planned before its first start, or once its tables are there. Ends with the power cut.
struct Life {
  Fault fault;
  bool from_first_start = false;
  bool plan = true;
};
Task<void> live_until_cut(SimWorld& world, CrashClient& client, Life life) {
  NodeDriver driver(world);
  if (life.plan && life.from_first_start) world.disk.plan(life.fault);
  Status started = co_await driver.start(2);
  if (started) started = co_await driver.make(client.tables());
  if (life.plan && !life.from_first_start) world.disk.plan(life.fault);
  if (started) co_await client.live(driver);
  if (!world.disk.crashed()) world.disk.crash();
  if (driver.running()) (void)co_await driver.stop(world.clock.now());
}

// What such a life does to the disk, by kind, when nothing happens to it.
std::map<DiskOp, uint64_t> operations_of(uint64_t seed, bool from_first_start) {
  std::map<DiskOp, uint64_t> counts;
  run_sim(seed, kTwoShards, [&](SimWorld& world) -> Task<void> {
    CrashClient client(seed);
    NodeDriver driver(world);
    require_ok(co_await driver.start(2));
    require_ok(co_await driver.make(client.tables()));
    if (!from_first_start)
      for (const DiskOp op : kChanges) counts[op] = world.disk.operations(op);
    co_await client.live(driver);
    for (const DiskOp op : kChanges) counts[op] = world.disk.operations(op) - counts[op];
    co_await client.check(driver);
    require_ok(co_await driver.stop());
  });
  return counts;
}

// Wakes up as many machines, checks each; in some the power goes again while it starts, or after some more life.
Task<size_t> recover(SimWorld& world, const CrashClient& before, uint64_t survivors, uint64_t salt) {
  const DiskState frozen = world.disk.state();
  size_t images = 0;
  for (uint64_t n = 0; n < survivors; ++n) {
    const uint64_t survivor = n < 2 ? n : salt * 1000 + n;
    CAPTURE(survivor);
    world.disk.clear_faults();
    world.disk.restart(survivor_of(frozen, survivor));
    CrashClient client = before;
    if (n % 4 == 3) {
      co_await live_until_cut(world, client, {{.kind = FaultKind::crash, .nth = 1 + (survivor * 7) % 150}, true});
      world.disk.clear_faults();
      world.disk.restart(survivor + 1);
      ++images;
    }
    NodeDriver driver(world);
    require_ok(co_await driver.start(2));
    require_ok(co_await driver.make(client.tables()));
    co_await client.check(driver);
    if (n % 4 == 1) {
      co_await client.live(driver, 1);
      CHECK_EQ(client.failed(), before.failed());
      co_await client.check(driver);
      world.disk.crash();
      (void)co_await driver.stop(world.clock.now());
      world.disk.restart(survivor + 3);
      require_ok(co_await driver.start(2));
      co_await client.check(driver);
      ++images;
    }
    require_ok(co_await driver.stop());
    ++images;
  }
  co_return images;
}

}  // namespace

TEST_SUITE("engine_sim") {
  TEST_CASE("sim: a power cut at any kind of disk operation loses nothing acknowledged and brings nothing back") {
    size_t images = 0, acknowledged = 0, groups = 0;
    std::map<DiskOp, size_t> cuts, seen;
    for (const uint64_t seed : seeds(long_run() ? 26 : 14)) {
      const bool from_first_start = seed % 3 == 0;
      const auto counts = operations_of(seed, from_first_start);
      for (const DiskOp kind : kChanges) {
        const uint64_t total = counts.at(kind);
        if (total == 0) continue;
        ++seen[kind];
        run_sim(seed, kTwoShards, [&](SimWorld& world) -> Task<void> {
          const std::string op = name_of(kind);
          CAPTURE(op);
          const uint64_t nth = 1 + (seed * 7919) % total;
          CAPTURE(nth);
          CrashClient client(seed);
          co_await live_until_cut(world, client,
                                  {{.kind = FaultKind::crash, .op = kind, .nth = nth}, from_first_start});
          cuts[kind] += world.disk.faults_fired();
          acknowledged += client.acknowledged();
          groups += client.log_groups();
          images += co_await recover(world, client, 16, seed);
        });
      }
    }
    for (const auto& [kind, count] : seen) {
      const std::string op = name_of(kind);
      CAPTURE(op);
      CHECK_GT(cuts[kind], 0);
    }
    if (std::getenv("RINGLET_SIM_SEEDS") == nullptr) {
      CHECK_GE(seen.size(), 8);  // renames and reserves of the log, truncations of SQLite, folders of tables, ...
      CHECK_GE(images, long_run() ? 50'000 : 2000);
    }
    CHECK_GT(acknowledged, 0);
    CHECK_GT(groups, 0);  // compressed in the log
    MESSAGE("crash images: ", images, ", kinds of cuts: ", seen.size(), ", groups in the log: ", groups);
  }

  TEST_CASE("sim: a power cut while sstables of another shard count are split loses nothing acknowledged") {
    for (const uint64_t seed : seeds(20)) {
      run_sim(seed, kFourShards, [&](SimWorld& world) -> Task<void> {
        CrashClient client(seed);
        size_t shards = 1 + seed % 4;
        {
          NodeDriver driver(world);
          require_ok(co_await driver.start(shards));
          require_ok(co_await driver.make(client.tables()));
          co_await client.live(driver, 2);
          require_ok(co_await driver.stop());
        }
        for (uint64_t life = 0; life < 8; ++life) {
          shards = 1 + (shards + seed + life) % 4;
          const bool cut = life % 2 == 0;
          // Parts half written, parts whole and not yet committed, the foreign file just about to go.
          const std::optional<DiskOp> ops[] = {DiskOp::write, std::nullopt, DiskOp::remove, DiskOp::rename};
          const uint64_t nth = life < 4 ? 10 + (seed * 31 + life * 77) % 90 : 1 + seed % 3;
          if (cut)
            world.disk.plan({.kind = FaultKind::crash, .op = ops[life / 2], .nth = nth, .path_contains = "sstables"});
          NodeDriver driver(world);
          const Status started = co_await driver.start(shards);
          if (!cut) require_ok(started);
          if (started) {
            if (!cut) co_await client.check(driver);
            co_await client.live(driver, 1 + seed % 2);
            co_await Executor::current()->sleep_until(world.clock.now() + seconds(cut ? 3 : 0));
            world.disk.crash();
            (void)co_await driver.stop(world.clock.now());
          }
          world.disk.crash();
          world.disk.clear_faults();
          world.disk.restart(seed * 100 + life);
        }
        NodeDriver last(world);
        require_ok(co_await last.start(shards));
        co_await client.check(last);
        require_ok(co_await last.stop());
      });
    }
  }

  TEST_CASE("sim: a table's folder that a killed process left unsynced is not lost with what is built on it") {
    for (const uint64_t seed : seeds(3)) {
      run_sim(seed, kTwoShards, [&](SimWorld& world) -> Task<void> {
        CrashClient client(seed);
        NodeDriver driver(world);
        require_ok(co_await driver.start(2));
        require_ok(co_await driver.make(client.tables()));
        require_ok(co_await driver.stop());
        for (const Table& table : client.tables()) require_ok(world.disk.make_directory(sstable_folder(table.id)));
        require_ok(co_await driver.start(2));
        co_await client.live(driver, 1);
        for (const Table& table : client.tables()) require_ok(co_await driver.flush(table));
        world.disk.crash();
        (void)co_await driver.stop(world.clock.now());
        co_await recover(world, client, 4, seed);
      });
    }
  }

  TEST_CASE("sim: memtables stay within their budget; when flushing fails writers are told, and nothing is lost") {
    for (const uint64_t seed : seeds(2)) {
      run_sim(seed, kTwoShards, [&](SimWorld& world) -> Task<void> {
        const Table table = model_table(1, "ks", true);
        const std::vector<Table> tables = {table};
        NodeDriver driver(world);
        driver.options().memory_bytes = kMemoryBytesMin + (8u << 20);
        require_ok(co_await driver.start(1));
        require_ok(co_await driver.make(tables));
        const size_t budget = driver.node().memory_plan().memtable_bytes;
        const auto held = [&] { return driver.node().shards()[ShardId{0}].engine.memtable_bytes(); };
        std::set<int32_t> acknowledged;
        const auto row = [&](int32_t c) { return row_of(table, "p", c, c + 1, 20000); };
        int32_t next = 0;
        for (; next < 800; ++next) {
          require_ok(co_await driver.write(row(next)));
          acknowledged.insert(next);
          CHECK_LE(held(), budget + 64000);
        }
        CHECK_GT(driver.counts().flushes, 1);
        world.disk.plan(
            {.kind = FaultKind::no_space, .op = DiskOp::write, .for_good = true, .path_contains = "sstables"});
        size_t refused = 0;
        for (; next < 1600; ++next) {
          if (co_await driver.write(row(next)))
            acknowledged.insert(next);
          else
            ++refused;
          CHECK_LE(held(), budget + 64000);
        }
        CHECK_GT(refused, 0);
        world.disk.clear_faults();
        co_await Executor::current()->sleep_until(world.clock.now() + seconds(5));
        for (; next < 1700; ++next) {
          require_ok(co_await driver.write(row(next)));
          acknowledged.insert(next);
        }
        const ReadRange everything;
        const auto seen = co_await driver.read(table, everything, driver.now());
        require_ok(seen ? Status{} : fail(seen.error()));
        CHECK_EQ(seen->size(), acknowledged.size() + 1);  // and the partition's line
        require_ok(co_await driver.stop());
      });
    }
  }

  TEST_CASE("sim: any one failing disk operation costs at most the requests it hits") {
    const uint64_t total = 400;
    for (const uint64_t seed : seeds(4)) {
      for (uint64_t nth = 1 + seed % 5; nth < total; nth += long_run() ? 3 : 17) {
        run_sim(seed, kTwoShards, [&](SimWorld& world) -> Task<void> {
          CAPTURE(nth);
          CrashClient client(seed);
          NodeDriver driver(world);
          require_ok(co_await driver.start(2));
          require_ok(co_await driver.make(client.tables()));
          world.disk.plan({.kind = nth % 2 == 0 ? FaultKind::io_error : FaultKind::no_space, .nth = nth});
          co_await client.live(driver, 1);
          co_await client.check_if_readable(driver);
          co_await client.live(driver, 1);
          co_await client.check_if_readable(driver);
          (void)co_await driver.stop();
          world.disk.crash();
          world.disk.clear_faults();
          world.disk.restart(nth);
          require_ok(co_await driver.start(2));
          co_await client.check(driver);
          require_ok(co_await driver.stop());
        });
      }
    }
  }

  TEST_CASE("sim: failed syncs of sstables, of metadata and of the log lose nothing acknowledged") {
    for (const char* path : {"sstables", "metadata", "commitlog"}) {
      for (const uint64_t seed : seeds(12)) {
        run_sim(seed, kTwoShards, [&](SimWorld& world) -> Task<void> {
          CAPTURE(path);
          CrashClient client(seed);
          NodeDriver driver(world);
          require_ok(co_await driver.start(2));
          require_ok(co_await driver.make(client.tables()));
          for (const DiskOp op : {DiskOp::sync, DiskOp::sync_directory})
            world.disk.plan({.kind = FaultKind::io_error, .op = op, .nth = 1 + seed % 7, .path_contains = path});
          co_await client.live(driver);
          world.disk.crash();
          (void)co_await driver.stop(world.clock.now());
          co_await recover(world, client, 4, seed);
        });
      }
    }
  }

  TEST_CASE("sim: a full disk refuses writes, and service resumes without a restart when space is back") {
    for (const uint64_t seed : seeds(12)) {
      run_sim(seed, kTwoShards, [&](SimWorld& world) -> Task<void> {
        CrashClient client(seed);
        NodeDriver driver(world);
        require_ok(co_await driver.start(2));
        require_ok(co_await driver.make(client.tables()));
        co_await client.live(driver, 1);
        world.disk.set_capacity(world.disk.used_bytes() + seed * 4096);
        co_await client.live(driver, 2);
        co_await client.check_if_readable(driver);
        world.disk.set_capacity(uint64_t{1} << 40);
        co_await Executor::current()->sleep_until(world.clock.now() + seconds(20));
        const size_t failed = client.failed();
        co_await client.live(driver, 1);
        CHECK_EQ(client.failed(), failed);
        for (const Table& table : client.tables()) require_ok(co_await driver.flush(table));
        require_ok(co_await driver.stop());
        require_ok(co_await driver.start(2));
        co_await client.check(driver);
        require_ok(co_await driver.stop());
      });
    }
  }
}

}  // namespace ringlet::sim
