// Work on files by command, while a node serves: scrub, verify, cleanup, upgrade; what runs can be seen, and is bounded.
#include <doctest/doctest.h>

#include <algorithm>

#include "core/base/murmur3.h"
#include "tests/sim/file_work_scene.h"

namespace ringlet::sim {
namespace {

Task<uint32_t> rows_of(NodeDriver& driver, std::string text) {
  ClientState client;
  const QueryOptions options;
  const RequestContext context{driver.node().env().clock};
  auto done = co_await driver.node().processor(ShardId{0}).query(text, options, client, context);
  require_ok(done ? Status{} : fail(done.error()));
  co_return std::get<RowsResult>(done->body).row_count;
}

Task<void> wait_for_task(SimWorld& world, NodeDriver& driver) {
  while (driver.node().shards()[ShardId{0}].engine.tasks().empty())
    co_await Executor::current()->sleep_until(world.clock.now() + millis(10));
}

// What a table holds after a start, whatever was cut: its files are those of the manifest, and each row is in one of them.
struct Held {
  Result<Seen> rows = Seen{};
  uint64_t rows_stored = 0;
};
Task<Held> held_by(SimWorld& world, NodeDriver& driver, const Table& table) {
  const auto manifest = co_await driver.node().local().manifest();
  require_ok(manifest ? Status{} : fail(manifest.error()));
  std::vector<std::string> live;
  for (const ManifestFile& file : manifest->live) {
    const std::string path = sstable_path(file.table, file.id);
    live.push_back(path.substr(path.rfind('/') + 1));
  }
  std::ranges::sort(live);
  CHECK_EQ(files_in(world, sstable_folder(table.id)), live);
  CHECK(driver.node().strays().quarantined.empty());
  const ReadRange everything;
  Held held;
  held.rows = co_await driver.read(table, everything, driver.now());
  for (const auto& [id, counts] : driver.node().shards()[ShardId{0}].engine.table_counts())
    held.rows_stored += counts.rows;
  co_return held;
}

}  // namespace

TEST_SUITE("file_work_sim") {
  TEST_CASE("sim: a power cut at any disk operation of a scrub or an upgrade leaves every row once, and no stray") {
    struct Case {
      FileWork what;
      bool damaged;
    };
    const Table table = quiet_table();
    for (const Case& each :
         {Case{FileWork::scrub, false}, Case{FileWork::upgrade_all, false}, Case{FileWork::scrub, true}}) {
      Held whole;  // without a cut: of a damaged file, what can be read
      run_sim(1, [&](SimWorld& world) -> Task<void> {
        NodeDriver driver(world);
        co_await prepare(world, driver, table, each.damaged);
        require_ok(co_await work(driver, table, each.what));
        whole = co_await held_by(world, driver, table);
        require_ok(co_await driver.stop());
      });
      require_ok(whole.rows ? Status{} : fail(whole.rows.error()));
      CHECK_EQ(whole.rows_stored + 5, whole.rows->size());
      CHECK_EQ(whole.rows_stored < 150, each.damaged);
      CHECK_GT(whole.rows_stored, 100);
      for (const uint64_t seed : seeds(3)) {
        bool ended = false;
        for (uint64_t nth = 1 + seed % 3; !ended && nth < 900; nth += 3)
          run_sim(seed, [&](SimWorld& world) -> Task<void> {
            CAPTURE(nth);
            NodeDriver driver(world);
            co_await prepare(world, driver, table, each.damaged);
            world.disk.plan({.kind = FaultKind::crash, .nth = nth});
            ended = (co_await work(driver, table, each.what)).has_value();
            world.disk.crash();
            (void)co_await driver.stop(world.clock.now());
            world.disk.clear_faults();
            world.restart(seed + nth);
            require_ok(co_await driver.start(1));
            const Held now = co_await held_by(world, driver, table);
            if (now.rows) {
              CHECK_EQ(*now.rows, *whole.rows);
              CHECK_EQ(now.rows_stored, whole.rows_stored);
            } else {
              CHECK(each.damaged);  // not scrubbed yet, and said so
              CHECK_EQ(now.rows.error().code, Errc::corrupt);
            }
            require_ok(co_await work(driver, table, each.what));
            const Held after = co_await held_by(world, driver, table);
            require_ok(after.rows ? Status{} : fail(after.rows.error()));
            CHECK_EQ(*after.rows, *whole.rows);
            CHECK_EQ(after.rows_stored, whole.rows_stored);
            const size_t put_aside = files_in(world, "quarantine").size();
            CHECK_EQ(put_aside >= 1, each.damaged);
            CHECK_LE(put_aside, 2);
            require_ok(co_await driver.stop());
          });
        CHECK(ended);
      }
    }
  }

  TEST_CASE("sim: cleanup leaves out what is not owned, upgrade of everything writes each file anew") {
    run_sim(2, [](SimWorld& world) -> Task<void> {
      NodeDriver driver(world);
      const Table table = quiet_table();
      const std::vector<Table> tables = {table};
      require_ok(co_await driver.start(1));
      require_ok(co_await driver.make(tables));
      co_await fill(driver, table, 20, 0, 5, 20);
      co_await fill(driver, table, 20, 5, 9, 20);
      auto report = co_await driver.work_on_files(table, FileWork::cleanup);
      CHECK_EQ(report->files, 2);
      CHECK_EQ(report->rewritten, 0);
      report = co_await driver.work_on_files(table, FileWork::upgrade);
      CHECK_EQ(report->rewritten, 0);
      report = co_await driver.work_on_files(table, FileWork::upgrade_all);
      CHECK_EQ(report->rewritten, 2);
      CHECK_GT(report->bytes_out, 0);
      CHECK_EQ(driver.sstables(table), 2);
      CHECK_EQ(co_await lines_of(driver, table), 20 + 20 * 9);
      size_t owned = 0;
      for (int p = 0; p < 20; ++p) owned += token_of("p" + std::to_string(p)) >= Token{0} ? 1 : 0;
      const std::vector<TokenSpan> upper = {{Token{0}, Token{INT64_MAX}}};
      report = co_await driver.work_on_files(table, FileWork::cleanup, upper);
      CHECK_EQ(report->rewritten, 2);
      CHECK_EQ(co_await lines_of(driver, table), owned * 10);
      report = co_await driver.work_on_files(table, FileWork::cleanup, upper);
      CHECK_EQ(report->rewritten, 0);
      require_ok(co_await driver.stop());
    });
  }

  TEST_CASE(
      "sim: what is flushed during a major compaction is merged beside it, and the compaction is about none of it") {
    run_sim(3, [](SimWorld& world) -> Task<void> {
      NodeDriver driver(world);
      driver.options().compaction_bytes_per_second = 20000;
      Table table = model_table(1, "ks", true);
      table.options.compaction = {{"class", "SizeTieredCompactionStrategy"}};
      const std::vector<Table> tables = {table};
      require_ok(co_await driver.start(1));
      require_ok(co_await driver.make(tables));
      for (int32_t file = 0; file < 3; ++file) co_await fill(driver, table, 10, file * 100, file * 100 + 100, 300);
      Engine& engine = driver.node().shards()[ShardId{0}].engine;
      TaskGroup behind;
      bool done = false;
      const auto compact = [](NodeDriver& on, const Table& what, bool& ended) -> Task<void> {
        require_ok(co_await on.compact(what));
        ended = true;
      };
      behind.spawn(compact(driver, table, done));
      co_await wait_for_task(world, driver);
      for (int32_t file = 0; file < 8; ++file) {
        co_await fill(driver, table, 2, 1000 + file, 1001 + file, 50);
        co_await Executor::current()->sleep_until(world.clock.now() + seconds(file % 4 == 3 ? 8 : 1));
      }
      CHECK_EQ(driver.sstables(table), 3 + 2);
      CHECK_EQ(driver.counts().compactions, 2);
      CHECK_FALSE(done);
      REQUIRE_EQ(engine.tasks().size(), 1);
      CHECK_EQ(engine.tasks()[0].sstables, 3);
      co_await behind.join();
      CHECK_EQ(driver.sstables(table), 1 + 2);
      CHECK_EQ(co_await rows_in(driver, table), 3000 + 16);
      require_ok(co_await driver.stop());
    });
  }

  TEST_CASE("sim: a merge keeps to its bytes a second, can be watched, and ends with the node") {
    run_sim(3, [](SimWorld& world) -> Task<void> {
      NodeDriver driver(world);
      driver.options().compaction_bytes_per_second = 100000;
      const Table table = quiet_table();
      const std::vector<Table> tables = {table};
      require_ok(co_await driver.start(1));
      require_ok(co_await driver.make(tables));
      co_await fill(driver, table, 10, 0, 100, 300);
      co_await fill(driver, table, 10, 0, 100, 300);
      Engine& engine = driver.node().shards()[ShardId{0}].engine;
      uint64_t bytes = 0;
      for (const auto& [id, counts] : engine.table_counts()) bytes += counts.sstable_bytes;
      TaskGroup behind;
      const auto compact = [](NodeDriver& on, const Table& what) -> Task<void> {
        require_ok(co_await on.compact(what));
      };
      const Instant began = world.clock.now();
      behind.spawn(compact(driver, table));
      uint64_t last = 0;
      size_t looks = 0;
      while (behind.running() > 0) {
        co_await Executor::current()->sleep_until(world.clock.now() + millis(500));
        const auto tasks = engine.tasks();
        if (tasks.empty()) continue;
        if (looks == 1) CHECK_EQ(co_await rows_of(driver, "SELECT * FROM system_views.sstable_tasks"), 1);
        REQUIRE_EQ(tasks.size(), 1);
        CHECK_EQ(std::string(tasks[0].kind), "compaction");
        CHECK_EQ(tasks[0].sstables, 2);
        CHECK_GE(tasks[0].bytes_done, last);
        CHECK_LE(tasks[0].bytes_done, tasks[0].bytes_total);
        last = tasks[0].bytes_done;
        ++looks;
      }
      co_await behind.join();
      CHECK_GT(looks, 2);
      CHECK_GT(last, 0);
      CHECK(engine.tasks().empty());
      // The inputs read and half as much written, within a step.
      const double seconds_taken = static_cast<double>((world.clock.now() - began).nanos) / 1e9;
      CHECK_GE(seconds_taken, static_cast<double>(bytes) * 1.2 / 100000);
      const TableCounts counts = engine.table_counts().at(table.id);
      CHECK_EQ(counts.bytes_compacted_in, bytes);
      CHECK_GT(counts.write_amplification(), 1.3);
      CHECK_LT(counts.write_amplification(), 2);
      require_ok(co_await driver.stop());
    });
  }

  TEST_CASE("sim: files of a time window go as a whole once all in them has expired, and nothing is written for it") {
    run_sim(5, [](SimWorld& world) -> Task<void> {
      NodeDriver driver(world);
      Table table = model_table(1, "ks", true);
      table.options.compaction = {{"class", "TimeWindowCompactionStrategy"},
                                  {"compaction_window_unit", "MINUTES"},
                                  {"compaction_window_size", "1"}};
      const std::vector<Table> tables = {table};
      require_ok(co_await driver.start(1));
      require_ok(co_await driver.make(tables));
      for (int window = 0; window < 3; ++window) {
        for (int32_t c = 0; c < 10; ++c) {
          Mutation m = row(table, 1, c, 10);
          Bytes encoded;
          RowBuilder builder(encoded);
          const Seconds expires{driver.now().raw + 300};
          builder.liveness({world.clock.wall(), 300, expires, 0});
          builder.finish();
          m.rows.front().row = encoded;
          require_ok(co_await driver.write(std::move(m)));
        }
        require_ok(co_await driver.flush(table));
        world.clock.jump_wall(seconds(60));
      }
      CHECK_EQ(driver.sstables(table), 3);
      CHECK_EQ(co_await lines_of(driver, table), 11);
      world.clock.jump_wall(seconds(900));
      CHECK_EQ(co_await lines_of(driver, table), 0);
      co_await Executor::current()->sleep_until(world.clock.now() + seconds(130));
      CHECK_EQ(driver.sstables(table), 3);  // within the grace
      world.clock.jump_wall(seconds(3600));
      co_await Executor::current()->sleep_until(world.clock.now() + seconds(130));
      CHECK_EQ(driver.sstables(table), 0);
      const TableCounts counts = driver.node().shards()[ShardId{0}].engine.table_counts().at(table.id);
      CHECK_EQ(counts.bytes_compacted, 0);
      CHECK_EQ(counts.bytes_compacted_in, 0);
      require_ok(co_await driver.stop());
    });
  }

  TEST_CASE("sim: no deletion is forgotten while a batch that was left half applied could bring back what it hides") {
    run_sim(6, [](SimWorld& world) -> Task<void> {
      NodeDriver driver(world);
      const Table table = quiet_table();
      const std::vector<Table> tables = {table};
      require_ok(co_await driver.start(1));
      require_ok(co_await driver.make(tables));
      Engine& engine = driver.node().shards()[ShardId{0}].engine;
      const RequestContext context{world.clock};
      std::vector<Mutation> mutations;
      mutations.push_back(row(table, 1, 0, 10));
      const Uuid id{{9}};
      auto batch = co_await engine.log_batch(mutations, id, context);
      require_ok(batch ? Status{} : fail(batch.error()));
      Mutation gone = row(table, 1, 0, 10);
      gone.rows.clear();
      gone.partition_deletion = {Timestamp{100}, driver.now()};
      require_ok(co_await driver.write(std::move(gone)));
      require_ok(co_await driver.flush(table));
      world.clock.jump_wall(seconds(100000));  // past every grace
      engine.leave_batch(*std::move(batch));
      CHECK_EQ(engine.counts().left_batches, 1);
      require_ok(co_await driver.compact(table));
      CHECK_EQ(driver.sstables(table), 1);
      co_await Executor::current()->sleep_until(world.clock.now() + seconds(3));
      CHECK_EQ(engine.counts().left_batches, 0);
      CHECK_EQ(co_await lines_of(driver, table), 0);
      require_ok(co_await driver.compact(table));
      CHECK_EQ(driver.sstables(table), 0);
      CHECK_EQ(co_await lines_of(driver, table), 0);
      require_ok(co_await driver.stop());
    });
  }

  TEST_CASE("sim: a table that is dropped or truncated does not wait for its merge") {
    run_sim(7, [](SimWorld& world) -> Task<void> {
      NodeDriver driver(world);
      driver.options().compaction_bytes_per_second = 100;
      Table table = quiet_table();
      table.options.compaction = {{"class", "SizeTieredCompactionStrategy"}, {"min_threshold", "2"}};
      const std::vector<Table> tables = {table};
      require_ok(co_await driver.start(1));
      require_ok(co_await driver.make(tables));
      for (const bool drop : {false, true}) {
        for (int32_t n = 0; n < 2; ++n) co_await fill(driver, table, 10, 0, 100, 300);
        co_await wait_for_task(world, driver);
        const Instant began = world.clock.now();
        if (drop)
          require_ok(co_await driver.drop(table));
        else
          require_ok(co_await driver.truncate(table));
        CHECK_LE((world.clock.now() - began).nanos, seconds(2).nanos);
        CHECK_EQ(driver.sstables(table), 0);
      }
      require_ok(co_await driver.stop());
    });
  }

  TEST_CASE(
      "sim: a stop does not wait for a merge, however slow its bound makes it, and a raised bound takes hold at once") {
    run_sim(4, [](SimWorld& world) -> Task<void> {
      NodeDriver driver(world);
      driver.options().compaction_bytes_per_second = 100;
      Table table = quiet_table();
      table.options.compaction = {{"class", "SizeTieredCompactionStrategy"}, {"min_threshold", "2"}};
      const std::vector<Table> tables = {table};
      require_ok(co_await driver.start(1));
      require_ok(co_await driver.make(tables));
      for (int32_t n = 0; n < 2; ++n) co_await fill(driver, table, 10, 0, 100, 300);
      co_await wait_for_task(world, driver);
      co_await Executor::current()->sleep_until(world.clock.now() + seconds(5));
      Instant began = world.clock.now();
      require_ok(co_await driver.stop(began + seconds(9)));
      CHECK_LE((world.clock.now() - began).nanos, seconds(2).nanos);
      require_ok(co_await driver.start(1));
      CHECK_EQ(driver.sstables(table), 2);  // nothing half done
      co_await wait_for_task(world, driver);
      co_await Executor::current()->sleep_until(world.clock.now() + seconds(5));
      CHECK_EQ(driver.sstables(table), 2);
      driver.node().compaction_budget().set(10 << 20);
      co_await Executor::current()->sleep_until(world.clock.now() + seconds(2));
      CHECK_EQ(driver.sstables(table), 1);
      CHECK_EQ(co_await lines_of(driver, table), 10 + 10 * 100);
      require_ok(co_await driver.stop());
    });
  }
}

}  // namespace ringlet::sim
