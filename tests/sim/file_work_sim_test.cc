// Work on files by command, while a node serves: scrub, verify, cleanup, upgrade; what runs can be seen, and is bounded.
#include <doctest/doctest.h>

#include <algorithm>

#include "core/base/murmur3.h"
#include "tests/sim/row_help.h"

namespace ringlet::sim {
namespace {

Mutation row(const Table& table, int p, int32_t c, size_t bytes) {
  Bytes value(bytes, 'v');
  for (size_t i = 0; i < bytes; i += 7) value[i] = static_cast<char>('a' + (static_cast<size_t>(c) * 31 + i * i) % 26);
  return text_row(table, "p" + std::to_string(p), c, c + 1, value);
}

Task<void> fill(NodeDriver& driver, const Table& table, int partitions, int32_t from, int32_t to, size_t bytes) {
  for (int p = 0; p < partitions; ++p)
    for (int32_t c = from; c < to; ++c) {
      Mutation m = row(table, p, c, bytes);
      require_ok(co_await driver.write(std::move(m)));
    }
  require_ok(co_await driver.flush(table));
}

Task<size_t> lines_of(NodeDriver& driver, const Table& table) {
  const ReadRange everything;
  const auto seen = co_await driver.read(table, everything, driver.now());
  require_ok(seen ? Status{} : fail(seen.error()));
  co_return seen->size();
}

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

Table quiet_table() {
  Table table = model_table(1, "ks", true);
  table.options.compaction = {{"class", "SizeTieredCompactionStrategy"}, {"enabled", "false"}};
  return table;
}

std::vector<std::string> files_in(SimWorld& world, const std::string& folder) {
  const auto there = world.disk.exists(folder);
  if (!there || !*there) return {};
  const auto names = world.disk.list(folder);
  require_ok(names ? Status{} : fail(names.error()));
  return *names;
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

Task<void> damage_first_file(SimWorld& world, const Table& table) {
  const std::string path = sstable_folder(table.id) + "/" + files_in(world, sstable_folder(table.id)).front();
  auto file = world.disk.open(path, OpenMode::write);
  require_ok(file ? Status{} : fail(file.error()));
  const auto size = (*file)->size_now();
  require_ok(size ? Status{} : fail(size.error()));
  require_ok((*file)->write_now(*size / 5, "damage"));
  require_ok((*file)->sync_now());
  co_return;
}

// Three files of rows of their own; the node runs.
Task<void> prepare(SimWorld& world, NodeDriver& driver, const Table& table, bool damaged) {
  const std::vector<Table> tables = {table};
  require_ok(co_await driver.start(1));
  require_ok(co_await driver.make(tables));
  for (int32_t file = 0; file < 3; ++file) co_await fill(driver, table, 5, file * 10, file * 10 + 10, 250);
  if (!damaged) co_return;
  require_ok(co_await driver.stop());
  co_await damage_first_file(world, table);
  require_ok(co_await driver.start(1));
}

Task<Status> work(NodeDriver& driver, const Table& table, FileWork what) {
  const auto report = co_await driver.work_on_files(table, what);
  co_return report ? Status{} : fail(report.error());
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

  TEST_CASE("sim: verify finds a damaged file, scrub saves what can be read of it and keeps the rest in quarantine") {
    run_sim(1, [](SimWorld& world) -> Task<void> {
      NodeDriver driver(world);
      const Table table = quiet_table();
      const std::vector<Table> tables = {table};
      require_ok(co_await driver.start(1));
      require_ok(co_await driver.make(tables));
      co_await fill(driver, table, 20, 0, 40, 200);
      auto report = co_await driver.work_on_files(table, FileWork::verify);
      require_ok(report ? Status{} : fail(report.error()));
      CHECK_EQ(report->files, 1);
      CHECK(report->damage.empty());
      require_ok(co_await driver.stop());
      const auto names = world.disk.list(sstable_folder(table.id));
      require_ok(names ? Status{} : fail(names.error()));
      const std::string path = sstable_folder(table.id) + "/" + names->front();
      {
        auto file = world.disk.open(path, OpenMode::write);
        require_ok(file ? Status{} : fail(file.error()));
        require_ok((*file)->write_now(30000, "damage"));
        require_ok((*file)->sync_now());
      }
      require_ok(co_await driver.start(1));
      report = co_await driver.work_on_files(table, FileWork::verify);
      require_ok(report ? Status{} : fail(report.error()));
      REQUIRE_EQ(report->damage.size(), 1);
      CHECK_NE(report->damage[0].find(names->front()), std::string::npos);
      CHECK_EQ(driver.node().shards()[ShardId{0}].engine.counts().damaged_sstables, 1);
      report = co_await driver.work_on_files(table, FileWork::scrub);
      require_ok(report ? Status{} : fail(report.error()));
      CHECK_EQ(report->rewritten, 1);
      CHECK_EQ(report->damage.size(), 1);
      const size_t left = co_await lines_of(driver, table);
      CHECK_LT(left, 820);
      CHECK_GT(left, 600);
      const auto kept = world.disk.list("quarantine");
      require_ok(kept ? Status{} : fail(kept.error()));
      CHECK_EQ(kept->size(), 1);
      report = co_await driver.work_on_files(table, FileWork::verify);
      CHECK(report->damage.empty());
      require_ok(co_await driver.stop());
    });
  }

  TEST_CASE(
      "sim: a damaged file keeps a table's other files from no merge, its owner is told once, and scrub mends it") {
    run_sim(1, [](SimWorld& world) -> Task<void> {
      Table table = model_table(1, "ks", true);
      table.options.compaction = {{"class", "SizeTieredCompactionStrategy"}, {"min_threshold", "4"}};
      NodeDriver driver(world);
      std::vector<std::string> warnings;
      driver.options().warn = [&warnings](const std::string& text) { warnings.push_back(text); };
      co_await prepare(world, driver, table, true);
      co_await fill(driver, table, 5, 30, 40, 250);
      co_await Executor::current()->sleep_until(world.clock.now() + seconds(5));
      CHECK_EQ(driver.sstables(table), 4);
      CHECK_EQ(driver.counts().damaged_sstables, 1);
      REQUIRE_EQ(warnings.size(), 1);
      CHECK_NE(warnings[0].find(files_in(world, sstable_folder(table.id)).front()), std::string::npos);
      CHECK_NE(warnings[0].find("ringlet scrub"), std::string::npos);
      co_await fill(driver, table, 5, 40, 50, 250);
      co_await Executor::current()->sleep_until(world.clock.now() + seconds(5));
      CHECK_EQ(driver.sstables(table), 2);
      CHECK_EQ(driver.counts().compactions, 1);
      co_await fill(driver, table, 5, 50, 60, 250);
      const Status compacted = co_await driver.compact(table);
      REQUIRE_FALSE(compacted);
      CHECK_EQ(compacted.error().code, Errc::corrupt);
      CHECK_EQ(driver.sstables(table), 2);
      CHECK_EQ(warnings.size(), 1);
      const auto scrubbed = co_await driver.work_on_files(table, FileWork::scrub);
      REQUIRE(scrubbed);
      CHECK_EQ(scrubbed->damage.size(), 1);
      CHECK_EQ(driver.counts().damaged_sstables, 0);
      REQUIRE(co_await driver.compact(table));
      CHECK_EQ(driver.sstables(table), 1);
      CHECK_GT(co_await lines_of(driver, table), 250);
      require_ok(co_await driver.stop());
    });
  }

  TEST_CASE(
      "sim: a file that cannot be opened keeps nobody else from serving, and is an error until scrub sets it aside") {
    for (const bool cut_short : {false, true}) {
      run_sim(1, [&](SimWorld& world) -> Task<void> {
        CAPTURE(cut_short);
        NodeDriver driver(world);
        const Table hurt = quiet_table(), whole = model_table(2, "ks", true);
        const std::vector<Table> tables = {hurt, whole};
        require_ok(co_await driver.start(1));
        require_ok(co_await driver.make(tables));
        co_await fill(driver, hurt, 20, 0, 10, 100);
        co_await fill(driver, whole, 20, 0, 10, 100);
        require_ok(co_await driver.stop());
        const std::string path =
            sstable_folder(hurt.id) + "/" + world.disk.list(sstable_folder(hurt.id)).value().front();
        {
          auto file = world.disk.open(path, OpenMode::write).value();
          const uint64_t size = file->size_now().value();
          require_ok(cut_short ? file->truncate_now(size / 2) : file->write_now(size - 30, "damage"));
          require_ok(file->sync_now());
        }
        require_ok(co_await driver.start(1));
        CHECK_EQ(co_await lines_of(driver, whole), 220);
        CHECK_EQ(driver.node().shards()[ShardId{0}].engine.counts().damaged_sstables, 1);
        co_await fill(driver, hurt, 1, 50, 51, 100);  // writes go on
        const ReadRange everything;
        const auto seen = co_await driver.read(hurt, everything, driver.now());
        REQUIRE_FALSE(seen);
        CHECK_EQ(seen.error().code, Errc::corrupt);
        CHECK_NE(seen.error().detail.find(path), std::string::npos);
        CHECK_NE(seen.error().detail.find("ringlet scrub"), std::string::npos);
        (void)co_await driver.compact(hurt);
        auto report = co_await driver.work_on_files(hurt, FileWork::verify);
        require_ok(report ? Status{} : fail(report.error()));
        CHECK_EQ(report->damage.size(), 1);
        report = co_await driver.work_on_files(hurt, FileWork::scrub);
        require_ok(report ? Status{} : fail(report.error()));
        REQUIRE_EQ(report->damage.size(), 1);
        CHECK_NE(report->damage[0].find("nothing of it could be read"), std::string::npos);
        CHECK_EQ(files_in(world, "quarantine").size(), 1);
        CHECK_EQ(co_await lines_of(driver, hurt), 2);
        CHECK_EQ(driver.node().shards()[ShardId{0}].engine.counts().damaged_sstables, 0);
        require_ok(co_await driver.stop());
        require_ok(co_await driver.start(1));
        CHECK_EQ(co_await lines_of(driver, hurt), 2);
        require_ok(co_await driver.stop());
      });
    }
  }

  TEST_CASE(
      "sim: a start merges the other files at once where one is damaged, and a verify that finds it whole lets it in") {
    run_sim(1, [](SimWorld& world) -> Task<void> {
      Table table = model_table(1, "ks", true);
      table.options.compaction = {{"class", "SizeTieredCompactionStrategy"}, {"min_threshold", "4"}};
      NodeDriver driver(world);
      driver.options().compaction = false;
      require_ok(co_await driver.start(1));
      const std::vector<Table> tables = {table};
      require_ok(co_await driver.make(tables));
      for (int32_t file = 0; file < 5; ++file) co_await fill(driver, table, 5, file * 10, file * 10 + 10, 250);
      require_ok(co_await driver.stop());
      const std::string folder = sstable_folder(table.id), path = folder + "/" + files_in(world, folder)[2];
      world.disk.flip_bit(path, 1000, 3);
      driver.options().compaction = true;
      require_ok(co_await driver.start(1));
      co_await Executor::current()->sleep_until(world.clock.now() + seconds(5));
      CHECK_EQ(driver.sstables(table), 2);
      CHECK_EQ(driver.counts().damaged_sstables, 1);
      world.disk.flip_bit(path, 1000, 3);  // it was not the medium
      const auto verified = co_await driver.work_on_files(table, FileWork::verify);
      CHECK(verified);
      CHECK_EQ(driver.counts().damaged_sstables, 0);
      require_ok(co_await driver.compact(table));
      CHECK_EQ(driver.sstables(table), 1);
      CHECK_EQ(co_await rows_in(driver, table), 250);
      require_ok(co_await driver.stop());
    });
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

  TEST_CASE("sim: files that were written and cannot be opened are not left to fill the disk") {
    run_sim(8, [](SimWorld& world) -> Task<void> {
      NodeDriver driver(world);
      const Table table = quiet_table();
      co_await prepare(world, driver, table, false);
      const std::string folder = sstable_folder(table.id);
      const auto before = files_in(world, folder);
      // Each of three inputs is opened twice; the seventh is what the merge has made of them.
      world.disk.plan({.kind = FaultKind::io_error, .op = DiskOp::size, .nth = 7, .path_contains = folder});
      CHECK_FALSE((co_await driver.compact(table)).has_value());
      CHECK_EQ(files_in(world, folder), before);
      world.disk.plan({.kind = FaultKind::io_error, .op = DiskOp::size, .for_good = true, .path_contains = folder});
      Mutation m = row(table, 1, 100, 10);
      require_ok(co_await driver.write(std::move(m)));
      CHECK_FALSE((co_await driver.flush(table)).has_value());
      co_await Executor::current()->sleep_until(world.clock.now() + seconds(20));  // it is tried again and again
      CHECK_EQ(files_in(world, folder), before);
      world.disk.clear_faults();
      require_ok(co_await driver.flush(table));
      CHECK_EQ(files_in(world, folder).size(), before.size() + 1);
      require_ok(co_await driver.compact(table));
      CHECK_EQ(co_await lines_of(driver, table), 5 + 5 * 30 + 1);
      require_ok(co_await driver.stop());
    });
  }

  TEST_CASE(
      "sim: a scrub that cannot put a damaged file aside leaves nothing of what it saved, however often it is tried") {
    run_sim(1, [&](SimWorld& world) -> Task<void> {
      const std::vector<Table> tables = {quiet_table()};
      NodeDriver driver(world);
      require_ok(co_await driver.start(1));
      require_ok(co_await driver.make(tables));
      co_await fill(driver, tables[0], 3, 0, 40, 500);
      const std::string folder = sstable_folder(tables[0].id);
      world.disk.flip_bit(folder + "/" + files_in(world, folder).front(), 3000, 3);
      world.disk.plan(
          {.kind = FaultKind::io_error, .op = DiskOp::link, .for_good = true, .path_contains = "quarantine"});
      for (int n = 0; n < 3; ++n) CHECK_FALSE(co_await driver.work_on_files(tables[0], FileWork::scrub));
      co_await Executor::current()->sleep_until(world.clock.now() + seconds(1));
      CHECK_EQ(files_in(world, folder).size(), 1);
      world.disk.clear_faults();
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
