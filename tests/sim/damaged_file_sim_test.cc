// Sstables that are damaged, or cannot be opened: who is told, what goes on without them, what scrub makes of them, and that tries
// leave no files behind.
#include <doctest/doctest.h>

#include "tests/sim/file_work_scene.h"

namespace ringlet::sim {

TEST_SUITE("damaged_file_sim") {
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
}

}  // namespace ringlet::sim
