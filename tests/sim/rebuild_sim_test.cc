// metadata.db lost or damaged: what the other files bring back, and what they must not.
#include <doctest/doctest.h>

#include "core/storage/sstable.h"
#include "tests/sim/row_help.h"

namespace ringlet::sim {
namespace {

// Table 0: rows in files and in the log, some deleted and purged; 1: truncated, and a row since; 2: dropped, with files.
Task<std::vector<Table>> some_life(SimWorld& world, NodeDriver& driver) {
  const std::vector<Table> tables = {model_table(1, "ks", true), model_table(2, "ks", true),
                                     model_table(3, "ks", true)};
  require_ok(co_await driver.make(tables));
  for (const Table& table : tables)
    for (int32_t c = 0; c < 10; ++c) require_ok(co_await driver.write(row_of(table, "p", c, 1, 500)));
  require_ok(co_await driver.write(row_of(tables[0], "gone", 0, 1, 500)));
  for (const Table& table : tables) require_ok(co_await driver.flush(table));
  require_ok(co_await driver.write(row_of(tables[0], "gone", 0, 2, 0)));
  require_ok(co_await driver.flush(tables[0]));
  co_await Executor::current()->sleep_until(world.clock.now() + seconds(3 * 3600));
  require_ok(co_await driver.compact(tables[0]));
  for (int32_t c = 10; c < 15; ++c) require_ok(co_await driver.write(row_of(tables[0], "p", c, 1, 500)));
  require_ok(co_await driver.truncate(tables[1]));
  require_ok(co_await driver.write(row_of(tables[1], "p", 99, 1, 500)));
  require_ok(co_await driver.drop(tables[2]));
  co_return tables;
}

Task<void> check_life(NodeDriver& driver, const std::vector<Table>& tables) {
  CHECK_EQ(co_await rows_in(driver, tables[0]), 15);
  CHECK_EQ(co_await rows_in(driver, tables[1]), 1);
  CHECK_FALSE(driver.node().catalog().schema()->table(tables[2].id));
}

void lose_metadata(SimWorld& world) {
  for (const char* name : {"metadata.db", "metadata.db-wal"}) (void)world.disk.remove(name);
  require_ok(world.disk.sync_directory(""));
}

Bytes content_of(SimWorld& world, const std::string& path) {
  const auto file = world.disk.open(path, OpenMode::read).value();
  Bytes bytes(file->size_now().value(), '\0');
  REQUIRE(file->read_now(0, bytes));
  return bytes;
}

std::vector<std::string> files_of(SimWorld& world, const Table& table) {
  std::vector<std::string> paths;
  for (const std::string& name : world.disk.list(sstable_folder(table.id)).value())
    paths.push_back(sstable_folder(table.id) + "/" + name);
  return paths;
}

// A row and its deletion, in two files, both past their grace: a merge forgets them.
Task<void> delete_a_row(SimWorld& world, NodeDriver& driver, const Table& table) {
  require_ok(co_await driver.write(row_of(table, "gone", 0, 1, 500)));
  require_ok(co_await driver.flush(table));
  require_ok(co_await driver.write(row_of(table, "gone", 0, 2, 0)));
  require_ok(co_await driver.flush(table));
  co_await Executor::current()->sleep_until(world.clock.now() + seconds(3 * 3600));
}

Task<void> settle(SimWorld& world) { co_await Executor::current()->sleep_until(world.clock.now() + seconds(1)); }

// And `dead` cannot be unlinked in the next life either.
Task<void> cut_power_but(SimWorld& world, NodeDriver& driver, const std::string& dead) {
  co_await cut_power(world, driver, 0);
  world.disk.plan({.kind = FaultKind::io_error, .op = DiskOp::remove, .for_good = true, .path_contains = dead});
}

// schema.log is written anew, and what it need not know any more is not in it: an append fails, and the next change sees to it.
Task<void> rewrite_schema_log(SimWorld& world, NodeDriver& driver, const Table& other) {
  world.disk.plan({.kind = FaultKind::io_error, .op = DiskOp::write, .path_contains = "schema.log"});
  for (int twice = 0; twice < 2; ++twice) {
    require_ok(co_await driver.write(row_of(other, "p", 1, 1, 100)));
    require_ok(co_await driver.truncate(other));
  }
}

void lose_commit_log(SimWorld& world) {
  for (const std::string& name : world.disk.list("commitlog").value())
    require_ok(world.disk.remove("commitlog/" + name));
}

// Rows enough, flushed, to use every released segment of the log again.
Task<void> turn_the_log_over(NodeDriver& driver, const Table& table, int32_t from) {
  for (int32_t c = from; c < from + 60; ++c) require_ok(co_await driver.write(noise_row(table, "turn", c, c, 9000)));
  require_ok(co_await driver.flush(table));
}

TEST_SUITE("rebuild_sim") {
  TEST_CASE("sim: a rebuild gives out no id again that schema.log tells of, of a file or a place in the log") {
    for (const bool of_files : {true, false}) {
      run_sim(1, [&](SimWorld& world) -> Task<void> {
        CAPTURE(of_files);
        const std::vector<Table> tables = {model_table(1, "ks", true), model_table(2, "ks", true)};
        NodeDriver driver(world);
        require_ok(co_await driver.start(1));
        require_ok(co_await driver.make(tables));
        for (int life = 0; life < 2; ++life) {  // the second one's ids are those after a rebuild
          require_ok(co_await driver.write(row_of(tables[0], "p", 0, 1, 100)));
          require_ok(co_await driver.flush(tables[0]));
          require_ok(co_await driver.truncate(tables[0]));
          require_ok(co_await driver.stop());
          lose_metadata(world);
          if (!of_files) lose_commit_log(world);
          require_ok(co_await driver.start(1));
        }
        for (int32_t c = 0; c < 3; ++c) require_ok(co_await driver.write(row_of(tables[0], "p", c, 1, 100)));
        if (of_files) {
          require_ok(co_await driver.flush(tables[0]));
          co_await turn_the_log_over(driver, tables[1], 0);
          co_await turn_the_log_over(driver, tables[1], 60);
        }
        co_await cut_power(world, driver, 0);
        if (of_files) lose_metadata(world);
        require_ok(co_await driver.start(1));
        CHECK_EQ(co_await rows_in(driver, tables[0]), 3);
        require_ok(co_await driver.stop());
      });
    }
  }

  TEST_CASE("sim: a truncation that schema.log did not take is told to it by the next start") {
    run_sim(1, [&](SimWorld& world) -> Task<void> {
      const std::vector<Table> tables = {model_table(1, "ks", true)};
      NodeDriver driver(world);
      require_ok(co_await driver.start(1));
      require_ok(co_await driver.make(tables));
      require_ok(co_await driver.write(row_of(tables[0], "p", 0, 1, 100)));
      world.disk.plan({.kind = FaultKind::io_error, .op = DiskOp::write, .path_contains = "schema.log"});
      require_ok(co_await driver.truncate(tables[0]));
      co_await cut_power(world, driver, 0);
      require_ok(co_await driver.start(1));
      CHECK_EQ(co_await rows_in(driver, tables[0]), 0);
      co_await cut_power(world, driver, 0);
      lose_metadata(world);
      require_ok(co_await driver.start(1));
      CHECK_EQ(co_await rows_in(driver, tables[0]), 0);
      require_ok(co_await driver.stop());
    });
  }

  TEST_CASE("sim: a whole batch whose rows were deleted and purged since is not applied again by a rebuild") {
    for (int32_t turns = 0; turns < 30; turns += 2) {
      run_sim(1, [&](SimWorld& world) -> Task<void> {
        CAPTURE(turns);
        const std::vector<Table> tables = {model_table(1, "ks", true), model_table(2, "ks", true)};
        NodeDriver driver(world);
        require_ok(co_await driver.start(1));
        require_ok(co_await driver.make(tables));
        // Its beginning takes most of a segment, its rows and its end the next one.
        std::vector<Mutation> batch, deletions;
        for (const char* key : {"a", "b", "c", "d"}) {
          batch.push_back(noise_row(tables[0], key, 1, 10, 12000));
          deletions.push_back(row_of(tables[0], key, 1, 20, 0));
        }
        require_ok(co_await driver.write_batch(batch));
        for (const Mutation& deletion : deletions) require_ok(co_await driver.write(deletion));
        require_ok(co_await driver.flush(tables[0]));
        co_await Executor::current()->sleep_until(world.clock.now() + seconds(3 * 3600));
        require_ok(co_await driver.compact(tables[0]));
        for (int32_t c = 0; c < turns; ++c) {
          require_ok(co_await driver.write(noise_row(tables[1], "turn", c, c, 9000)));
          if (c == 2) require_ok(co_await driver.flush(tables[1]));  // and so nobody needs these two segments any more
        }
        co_await cut_power(world, driver, 0);
        lose_metadata(world);
        require_ok(co_await driver.start(1));
        CHECK_EQ(co_await rows_in(driver, tables[0]), 0);
        require_ok(co_await driver.stop());
      });
    }
  }

  TEST_CASE("sim: a metadata.db that is older than the schema beside it is made anew, and no table is lost") {
    run_sim(1, [&](SimWorld& world) -> Task<void> {
      const std::vector<Table> tables = {model_table(1, "ks", true), model_table(2, "ks", true)};
      NodeDriver driver(world);
      require_ok(co_await driver.start(1));
      require_ok(co_await driver.make({tables[0]}));
      require_ok(co_await driver.stop());
      Bytes old(world.disk.open("metadata.db", OpenMode::read).value()->size_now().value(), '\0');
      require_ok(world.disk.open("metadata.db", OpenMode::read).value()->read_now(0, old) ? Status{} : Status{});
      require_ok(co_await driver.start(1));
      require_ok(co_await driver.make(tables));
      require_ok(co_await driver.write(row_of(tables[1], "p", 0, 1, 100)));
      require_ok(co_await driver.flush(tables[1]));
      require_ok(co_await driver.stop());
      lose_metadata(world);
      auto file = world.disk.open("metadata.db", OpenMode::create).value();
      require_ok(file->write_now(0, old));
      require_ok(file->sync_now());
      file.reset();
      require_ok(co_await driver.start(1));
      CHECK_NE(driver.node().rebuild_report().why.find("has lost its last changes"), std::string::npos);
      CHECK_EQ(co_await rows_in(driver, tables[1]), 1);
      require_ok(co_await driver.stop());
    });
  }

  TEST_CASE("sim: a stray file of the log's folder with an id beyond all sense does not make a rebuilt node fail") {
    run_sim(1, [&](SimWorld& world) -> Task<void> {
      const std::vector<Table> tables = {model_table(1, "ks", true)};
      NodeDriver driver(world);
      require_ok(co_await driver.start(1));
      require_ok(co_await driver.make(tables));
      require_ok(co_await driver.stop());
      lose_metadata(world);
      REQUIRE(world.disk.open("commitlog/2026112212000000.log", OpenMode::create));
      require_ok(co_await driver.start(1));
      require_ok(co_await driver.write(row_of(tables[0], "p", 0, 1, 100)));
      CHECK_EQ(co_await rows_in(driver, tables[0]), 1);
      require_ok(co_await driver.stop());
    });
  }

  TEST_CASE(
      "sim: a merged file that could not be unlinked is not back after a rebuild, whatever became of the merge's "
      "output") {
    for (const bool merged_again : {true, false}) {
      run_sim(merged_again ? 1 : 2, [&](SimWorld& world) -> Task<void> {
        CAPTURE(merged_again);
        const std::vector<Table> tables = {model_table(1, "ks", true)};
        NodeDriver driver(world);
        require_ok(co_await driver.start(1));
        require_ok(co_await driver.make(tables));
        if (merged_again) require_ok(co_await driver.write(row_of(tables[0], "p", 1, 1, 100)));
        co_await delete_a_row(world, driver, tables[0]);
        const std::string kept = files_of(world, tables[0]).front();
        world.disk.plan({.kind = FaultKind::io_error, .op = DiskOp::remove, .for_good = true, .path_contains = kept});
        require_ok(co_await driver.compact(tables[0]));
        if (merged_again) {
          require_ok(co_await driver.write(row_of(tables[0], "p", 2, 1, 100)));
          require_ok(co_await driver.compact(tables[0]));
        }
        co_await settle(world);
        CHECK_EQ(files_of(world, tables[0]).size(), merged_again ? 2 : 1);
        CHECK_EQ(files_of(world, tables[0]).front(), kept);
        world.disk.clear_faults();
        require_ok(co_await driver.stop());
        lose_metadata(world);
        require_ok(co_await driver.start(1));
        CHECK_FALSE(driver.node().rebuild_report().why.empty());
        REQUIRE_EQ(driver.node().rebuild_report().left_out.size(), 1);
        CHECK_NE(driver.node().rebuild_report().left_out[0].find(kept), std::string::npos);
        CHECK_EQ(co_await rows_in(driver, tables[0]), merged_again ? 2 : 0);
        require_ok(co_await driver.stop());
      });
    }
  }

  TEST_CASE("sim: a dead file that cannot be unlinked keeps no node from starting, and is not live after a rebuild") {
    enum Told { by_the_merge, by_a_change_after_it, by_a_start, by_a_change_after_that };
    for (const Told told : {by_the_merge, by_a_change_after_it, by_a_start, by_a_change_after_that}) {
      run_sim(1, [&](SimWorld& world) -> Task<void> {
        CAPTURE(told);
        std::vector<Table> tables = {model_table(1, "ks", true), model_table(2, "other", true)};
        tables[0].durable_writes = false;  // so that the merge has no position in the log to tell
        NodeDriver driver(world);
        std::vector<std::string> warnings;
        driver.options().warn = [&warnings](const std::string& text) { warnings.push_back(text); };
        require_ok(co_await driver.start(1));
        require_ok(co_await driver.make(tables));
        co_await delete_a_row(world, driver, tables[0]);
        const std::string dead = files_of(world, tables[0]).front();
        world.disk.plan({.kind = FaultKind::io_error, .op = DiskOp::remove, .for_good = true, .path_contains = dead});
        if (told >= by_a_start)
          world.disk.plan({.kind = FaultKind::io_error, .op = DiskOp::write, .path_contains = "schema.log"});
        require_ok(co_await driver.compact(tables[0]));
        co_await settle(world);
        if (told == by_a_change_after_it) co_await rewrite_schema_log(world, driver, tables[1]);
        if (told >= by_a_start) {
          co_await cut_power_but(world, driver, dead);
          require_ok(co_await driver.start(1));
          REQUIRE_EQ(warnings.size(), 1);
          CHECK_NE(warnings[0].find(dead), std::string::npos);
          CHECK_EQ(co_await rows_in(driver, tables[0]), 0);
        }
        if (told == by_a_change_after_that) co_await rewrite_schema_log(world, driver, tables[1]);
        co_await cut_power_but(world, driver, dead);
        lose_metadata(world);
        world.disk.clear_faults();
        require_ok(co_await driver.start(1));
        CHECK_EQ(co_await rows_in(driver, tables[0]), 0);
        require_ok(co_await driver.stop());
      });
    }
  }

  TEST_CASE("sim: a merged file whose name a power cut brings back is not live after a rebuild") {
    for (uint64_t seed = 1; seed <= 24; ++seed) {
      run_sim(seed, [&](SimWorld& world) -> Task<void> {
        const std::vector<Table> tables = {model_table(1, "ks", true), model_table(2, "ks", true)};
        NodeDriver driver(world);
        require_ok(co_await driver.start(1));
        require_ok(co_await driver.make(tables));
        co_await delete_a_row(world, driver, tables[0]);
        const bool by_a_start = seed % 2 == 0;  // or by the node that merged
        if (by_a_start)
          world.disk.plan(
              {.kind = FaultKind::io_error, .op = DiskOp::remove, .for_good = true, .path_contains = ".sst"});
        require_ok(co_await driver.compact(tables[0]));
        co_await settle(world);
        if (by_a_start) {
          world.disk.clear_faults();
          require_ok(co_await driver.stop());
          require_ok(co_await driver.start(1));
        }
        CHECK(files_of(world, tables[0]).empty());
        co_await rewrite_schema_log(world, driver, tables[1]);
        co_await cut_power(world, driver, 1 + seed);
        lose_metadata(world);
        require_ok(co_await driver.start(1));
        CHECK_EQ(co_await rows_in(driver, tables[0]), 0);
        require_ok(co_await driver.stop());
      });
    }
  }

  TEST_CASE("sim: a node that lost metadata.db makes it anew, and nothing dropped, truncated or purged is back") {
    for (const uint64_t seed : seeds(8)) {
      run_sim(seed, {.shards = 2}, [&](SimWorld& world) -> Task<void> {
        NodeDriver driver(world);
        require_ok(co_await driver.start(2));
        const std::vector<Table> tables = co_await some_life(world, driver);
        if (seed % 2 == 0) require_ok(co_await driver.stop());
        co_await cut_power(world, driver, seed % 3);
        lose_metadata(world);
        require_ok(co_await driver.start(1 + seed % 2));
        CHECK_NE(driver.node().rebuild_report().why.find("metadata.db is missing"), std::string::npos);
        CHECK_EQ(driver.node().rebuild_report().tables, 2);
        CHECK_GT(driver.node().rebuild_report().files, 0);
        co_await check_life(driver, tables);
        require_ok(co_await driver.write(row_of(tables[1], "p", 98, 1, 500)));
        require_ok(co_await driver.truncate(tables[1]));
        require_ok(co_await driver.write(row_of(tables[1], "p", 99, 2, 500)));
        co_await cut_power(world, driver, 0);
        require_ok(co_await driver.start(2));
        CHECK(driver.node().rebuild_report().why.empty());
        co_await check_life(driver, tables);
        require_ok(co_await driver.stop());
      });
    }
  }

  TEST_CASE("sim: a power cut at any disk operation of a rebuild loses nothing: the next start begins again") {
    uint64_t operations = 2;
    for (uint64_t nth = 1; nth < operations; nth += 7) {
      run_sim(nth, [&](SimWorld& world) -> Task<void> {
        CAPTURE(nth);
        NodeDriver driver(world);
        require_ok(co_await driver.start(1));
        const std::vector<Table> tables = co_await some_life(world, driver);
        co_await cut_power(world, driver, nth % 2);
        lose_metadata(world);
        if (nth > 1) world.disk.plan({.kind = FaultKind::crash, .nth = nth});
        const uint64_t before = world.disk.operations();
        if (co_await driver.start(1)) {
          operations = std::max(operations, world.disk.operations() - before);
          co_await check_life(driver, tables);
        }
        co_await cut_power(world, driver, nth);
        require_ok(co_await driver.start(1));
        co_await check_life(driver, tables);
        require_ok(co_await driver.stop());
      });
    }
    CHECK_GT(operations, 100);
  }

  TEST_CASE("sim: a damaged metadata.db is set aside and made anew, whichever of its pages is damaged") {
    for (uint64_t page = 0; page < 12; ++page) {
      run_sim(page + 1, [&](SimWorld& world) -> Task<void> {
        CAPTURE(page);
        NodeDriver driver(world);
        require_ok(co_await driver.start(1));
        const std::vector<Table> tables = co_await some_life(world, driver);
        require_ok(co_await driver.stop());
        const uint64_t size = world.disk.open("metadata.db", OpenMode::read).value()->size_now().value();
        const bool there = page * 4096 + 4000 < size;
        if (there) world.disk.flip_bit("metadata.db", page * 4096 + 1000 + page * 200, page % 8);
        require_ok(co_await driver.start(1));
        CHECK_EQ(driver.node().rebuild_report().why.empty(), !there);
        CHECK_EQ(world.disk.exists("quarantine/metadata.db").value(), there);
        co_await check_life(driver, tables);
        require_ok(co_await driver.stop());
      });
    }
  }

  TEST_CASE("sim: a table is there after a rebuild though it was made by the only command since the start") {
    run_sim(1, [&](SimWorld& world) -> Task<void> {
      const std::vector<Table> tables = {model_table(1, "ks", true)};
      NodeDriver driver(world);
      require_ok(co_await driver.start(1));
      require_ok(co_await driver.make(tables));
      require_ok(co_await driver.write(row_of(tables[0], "p", 1, 1, 100)));
      co_await cut_power(world, driver, 0);
      lose_metadata(world);
      require_ok(co_await driver.start(1));
      CHECK_EQ(co_await rows_in(driver, tables[0]), 1);
      require_ok(co_await driver.stop());
    });
  }

  TEST_CASE(
      "sim: a metadata.db that lost its log, or was put back from a copy, is made anew: nothing written since is "
      "lost") {
    for (const char* lost : {"log", "table", "sstable", "dead sstable", "segment"}) {
      run_sim(1, [&](SimWorld& world) -> Task<void> {
        const std::string what = lost;
        CAPTURE(what);
        const std::vector<Table> tables = {model_table(1, "ks", true), model_table(2, "ks", true)};
        NodeDriver driver(world);
        require_ok(co_await driver.start(1));
        require_ok(co_await driver.make({tables[0]}));
        require_ok(co_await driver.write(row_of(tables[0], "p", 1, 1, 100)));
        require_ok(co_await driver.flush(tables[0]));
        if (what == "dead sstable") require_ok(co_await driver.write(row_of(tables[0], "p", 2, 1, 100)));
        if (what == "dead sstable") require_ok(co_await driver.flush(tables[0]));
        if (what != "log") require_ok(co_await driver.stop());
        const Bytes copy = what == "log" ? Bytes{} : content_of(world, "metadata.db");
        if (what != "log") require_ok(co_await driver.start(1));
        if (what == "log" || what == "table") require_ok(co_await driver.make({tables[1]}));
        // More ids than were taken at once before the copy was made.
        for (int32_t c = 2; c < (what == "sstable" ? 80 : 3); ++c) {
          require_ok(co_await driver.write(row_of(tables[0], "p", c, 1, 100)));
          require_ok(co_await driver.flush(tables[0]));
        }
        if (what == "dead sstable") require_ok(co_await driver.compact(tables[0]));
        if (what == "segment")
          for (int starts = 0; starts < 70; ++starts) {
            require_ok(co_await driver.stop());
            require_ok(co_await driver.start(1));
            require_ok(co_await driver.write(row_of(tables[0], "p", 2, 1, 100)));
          }
        const int64_t rows = co_await rows_in(driver, tables[0]);
        co_await cut_power(world, driver, 0);
        (void)world.disk.remove("metadata.db-wal");
        if (what != "log") {
          (void)world.disk.remove("metadata.db");
          auto file = world.disk.open("metadata.db", OpenMode::create).value();
          require_ok(file->write_now(0, copy));
          require_ok(file->sync_now());
        }
        require_ok(world.disk.sync_directory(""));
        require_ok(co_await driver.start(1));
        CHECK_FALSE(driver.node().rebuild_report().why.empty());
        CHECK_EQ(co_await rows_in(driver, tables[0]), rows);
        CHECK(driver.node().strays().quarantined.empty());
        require_ok(co_await driver.stop());
      });
    }
  }

  TEST_CASE("sim: without schema.log a lost metadata.db is an error that changes nothing") {
    run_sim(1, [&](SimWorld& world) -> Task<void> {
      NodeDriver driver(world);
      require_ok(co_await driver.start(1));
      (void)co_await some_life(world, driver);
      require_ok(co_await driver.stop());
      lose_metadata(world);
      require_ok(world.disk.remove("schema.log"));
      const auto before = world.disk.list("").value();
      const Status started = co_await driver.start(1);
      REQUIRE_FALSE(started);
      CHECK_EQ(started.error().code, Errc::corrupt);
      CHECK(world.disk.list("").value() == before);
    });
  }

  TEST_CASE("sim: a table with a flush period is flushed in time, and one without is not") {
    run_sim(1, [&](SimWorld& world) -> Task<void> {
      std::vector<Table> tables = {model_table(1, "ks", true), model_table(2, "ks", true)};
      tables[0].options.memtable_flush_period_in_ms = 60000;
      NodeDriver driver(world);
      require_ok(co_await driver.start(1));
      require_ok(co_await driver.make(tables));
      for (const Table& table : tables) require_ok(co_await driver.write(row_of(table, "p", 1, 1, 100)));
      co_await Executor::current()->sleep_until(world.clock.now() + seconds(50));
      CHECK_EQ(driver.sstables(tables[0]), 0);
      co_await Executor::current()->sleep_until(world.clock.now() + seconds(15));
      CHECK_EQ(driver.sstables(tables[0]), 1);
      CHECK_EQ(driver.sstables(tables[1]), 0);
      co_await Executor::current()->sleep_until(world.clock.now() + seconds(180));
      CHECK_EQ(driver.counts().flushes, 1);  // nothing new, nothing to flush
      require_ok(co_await driver.stop());
    });
  }

  TEST_CASE("sim: syncs that the medium refuses are counted") {
    run_sim(1, [&](SimWorld& world) -> Task<void> {
      const std::vector<Table> tables = {model_table(1, "ks", true)};
      NodeDriver driver(world);
      require_ok(co_await driver.start(1));
      require_ok(co_await driver.make(tables));
      CHECK_EQ(world.disk.failed_syncs(), 0);
      world.disk.plan({.kind = FaultKind::io_error, .op = DiskOp::sync, .path_contains = "commitlog"});
      require_ok(co_await driver.write(row_of(tables[0], "p", 1, 1, 100)));
      world.disk.plan({.kind = FaultKind::io_error, .op = DiskOp::sync, .path_contains = "sstables"});
      (void)co_await driver.flush(tables[0]);
      CHECK_EQ(world.disk.failed_syncs(), 2);
      require_ok(co_await driver.stop());
    });
  }
}

}  // namespace
}  // namespace ringlet::sim
