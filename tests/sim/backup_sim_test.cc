// Incremental backups on a whole node: a snapshot and the backups since hold all that was flushed, whatever was cut; what is
// missing is said.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "core/node/backup_folder.h"
#include "core/node/snapshot_folder.h"
#include "tests/sim/snapshot_scene.h"

namespace ringlet::sim {
namespace {

// The snapshot and the runs of `from`, as somebody would copy them to another machine.
void copy_file(SimDisk& from, SimDisk& to, const std::string& path, const std::string& as) {
  const auto in = from.open(path, OpenMode::read);
  require_ok(in ? Status{} : fail(in.error()));
  const auto size = (*in)->size_now();
  require_ok(size ? Status{} : fail(size.error()));
  Bytes bytes(*size, '\0');
  const auto read = (*in)->read_now(0, bytes);
  require_ok(read ? Status{} : fail(read.error()));
  const auto out = to.open(as, OpenMode::create);
  require_ok(out ? Status{} : fail(out.error()));
  require_ok((*out)->write_now(0, bytes));
}

void copy_tree(SimDisk& from, SimDisk& to, const std::string& folder, const std::string& as) {
  require_ok(to.make_directory(as));
  const auto names = from.list(folder);
  require_ok(names ? Status{} : fail(names.error()));
  for (const std::string& name : *names) {
    if (name.ends_with('/'))
      copy_tree(from, to, folder + "/" + name.substr(0, name.size() - 1), as + "/" + name.substr(0, name.size() - 1));
    else
      copy_file(from, to, folder + "/" + name, as + "/" + name);
  }
}

struct Brought {
  Status status;
  RestoreReport report;
  Seen first, second;
};

// What a new node has after a restore of the copy.
Brought restored_elsewhere(SimDisk& from, const std::string& snapshot, RestoreRequest request) {
  Brought brought;
  run_sim(77, {.shards = 2}, [&](SimWorld& world) -> Task<void> {
    NodeDriver driver(world);
    copy_tree(from, world.disk, "snapshots/" + snapshot, "snapshots/" + snapshot);
    copy_tree(from, world.disk, "backups", "snapshots/" + snapshot + "/backups");
    require_ok(co_await driver.start(2));
    request.snapshot = snapshot;
    auto restored = co_await driver.node().snapshots().restore(request);
    if (restored)
      brought.report = *restored;
    else
      brought.status = fail(restored.error());
    brought.first = co_await all_of(driver, "ks", "t1");
    brought.second = co_await all_of(driver, "ks", "t2");
    require_ok(co_await driver.stop());
  });
  return brought;
}

Task<RestoreReport> restore_with_backups(NodeDriver& driver, RestoreRequest request) {
  request.backups = true;
  auto restored = co_await driver.node().snapshots().restore(request);
  require_ok(restored ? Status{} : fail(restored.error()));
  co_return *restored;
}

Task<BackupReport> reported(NodeDriver& driver) {
  auto found = co_await driver.node().snapshots().backups();
  require_ok(found ? Status{} : fail(found.error()));
  co_return *found;
}

Task<void> begin(NodeDriver& driver, size_t shards = 2) {
  driver.options().incremental_backups = true;
  require_ok(co_await driver.start(shards));
  require_ok(co_await driver.make(two_tables()));
}

// Everything that leaves something in backups/, until it fails. What the node holds then is for it to say.
Task<Status> work_on(NodeDriver& driver) {
  const Table &table = two_tables()[0], &other = two_tables()[1];
  const auto add = [&](const Table& to, int32_t from, int32_t until) -> Task<Status> {
    for (int32_t c = from; c < until; ++c) {
      Mutation m = numbered_row(to, c % 3, c, 1, "value");
      CO_TRY_STATUS(co_await driver.write(std::move(m)));
    }
    co_return co_await driver.flush(to);
  };
  CO_TRY_STATUS(co_await add(table, 20, 24));
  CO_TRY_STATUS(co_await driver.truncate(other));
  CO_TRY_STATUS(co_await add(other, 30, 33));
  CO_TRY_STATUS(co_await take(driver, "later"));
  CO_TRY_STATUS(co_await add(table, 40, 42));
  const RestoreRequest back{.snapshot = "s", .keyspace = "ks", .table = "t2"};
  CO_TRY_STATUS(co_await restore(driver, back));
  co_return co_await add(table, 50, 52);
}

// After a power cut at its n-th operation (0: after it), with one sync that does nothing: is the snapshot, with the backups since, what
// the machine holds that wakes up, and does it say that nothing is missing? `operations`: how many there were.
bool all_sound(const Fault& skipped, uint64_t cut_at, uint64_t survivors, uint64_t& operations) {
  bool sound = true;
  run_sim(1, [&](SimWorld& world) -> Task<void> {
    NodeDriver driver(world);
    const Table &table = two_tables()[0], &other = two_tables()[1];
    co_await begin(driver, 1);
    co_await fill(driver, table, 0, 6, 1);
    co_await fill(driver, other, 0, 3, 1);
    require_ok(co_await take(driver, "s"));
    co_await fill(driver, other, 6, 9, 1);
    require_ok(co_await driver.flush(other));
    if (skipped.nth > 0) world.disk.plan(skipped);
    if (cut_at > 0) world.disk.plan({.kind = FaultKind::crash, .nth = cut_at});
    const uint64_t before = world.disk.operations();
    (void)co_await work_on(driver);
    operations = world.disk.operations() - before;
    world.disk.crash();
    (void)co_await driver.stop(world.clock.now());
    const DiskState frozen = world.disk.state();
    for (uint64_t survivor = 0; sound && survivor < survivors; ++survivor) {
      world.disk.clear_faults();
      world.disk.restart(survivor_of(frozen, survivor));
      world.clock.reboot();
      driver.options().incremental_backups.reset();  // as they were
      require_ok(co_await driver.start(1));
      require_ok(co_await driver.flush(table));
      require_ok(co_await driver.flush(other));
      const Seen first = co_await all_of(driver, "ks", "t1"), second = co_await all_of(driver, "ks", "t2");
      const Brought back = restored_elsewhere(world.disk, "s", {.backups = true});
      sound = back.status && back.first == first && back.second == second;
      require_ok(co_await driver.stop());
    }
  });
  return sound;
}

}  // namespace

TEST_SUITE("backup_sim") {
  TEST_CASE(
      "sim: a snapshot and the backups since bring back all that was flushed, here and elsewhere, one table or all") {
    run_sim(1, {.shards = 2}, [](SimWorld& world) -> Task<void> {
      NodeDriver driver(world);
      const Table &table = two_tables()[0], &other = two_tables()[1];
      co_await begin(driver);
      co_await fill(driver, table, 0, 20, 1);
      require_ok(co_await take(driver, "s"));
      for (int32_t file = 1; file < 4; ++file) {
        co_await fill(driver, table, file * 20, file * 20 + 20, 1);
        co_await fill(driver, other, file * 20, file * 20 + 5, 1);
        require_ok(co_await driver.write(numbered_row(table, 0, 0, 5 + file, "")));
        require_ok(co_await driver.flush(table));
        require_ok(co_await driver.flush(other));
      }
      require_ok(co_await driver.compact(table));
      const Seen first = co_await all_of(driver, "ks", "t1"), second = co_await all_of(driver, "ks", "t2");
      const BackupReport report = co_await reported(driver);
      CHECK(report.state.linking);
      CHECK_GE(report.files, 6);
      CHECK_GT(report.held_files, 2);
      co_await fill(driver, table, 500, 510, 1);  // not flushed
      const Brought all = restored_elsewhere(world.disk, "s", {.backups = true});
      require_ok(all.status);
      CHECK(all.report.missing.empty());
      CHECK_EQ(all.first, first);
      CHECK_EQ(all.second, second);
      const Brought one = restored_elsewhere(world.disk, "s", {.keyspace = "ks", .table = "t2", .backups = true});
      CHECK_EQ(one.first, Seen{"no table"});
      CHECK_EQ(one.second, second);
      const Brought alone = restored_elsewhere(world.disk, "s", {});
      CHECK_LT(alone.first.size(), first.size());
      (void)co_await restore_with_backups(
          driver, {.snapshot = "s", .keyspace = "ks", .table = "t1", .as_keyspace = "elsewhere", .as_table = "copy"});
      CHECK_EQ(co_await all_of(driver, "elsewhere", "copy"), first);
      require_ok(co_await driver.stop());
    });
  }

  TEST_CASE("sim: a power cut at any operation loses nothing of a snapshot and its backups, and brings nothing back") {
    const Fault none{.nth = 0};
    uint64_t operations = 0, ignored = 0;
    CHECK(all_sound(none, 0, 4, operations));
    CHECK_GT(operations, 100);
    for (uint64_t cut = 1; cut <= operations; ++cut) {
      CAPTURE(cut);
      CHECK(all_sound(none, cut, 3, ignored));
    }
  }

  TEST_CASE("sim: each sync of backups is missed by some power cut when it does nothing") {
    struct Case {
      DiskOp op;
      std::vector<uint64_t> nth;
    };
    // Not the second: a truncation whose record is lost is found in the manifest's note.
    for (const Case& each : {Case{DiskOp::sync, {1, 3, 4, 5, 6}}, Case{DiskOp::sync_directory, {1, 2}}})
      for (const uint64_t nth : each.nth) {
        const Fault skipped{.kind = FaultKind::lose, .op = each.op, .nth = nth, .path_contains = "backups"};
        uint64_t operations = 0, ignored = 0;
        bool sound = all_sound(skipped, 0, 3, operations);
        for (uint64_t cut = 1; sound && cut <= operations; ++cut) sound = all_sound(skipped, cut, 3, ignored);
        const std::string what = std::string(name_of(each.op)) + " " + std::to_string(nth);
        CAPTURE(what);
        CHECK_FALSE(sound);
      }
  }

  TEST_CASE("sim: what was flushed while backups were off is missed, with its time, and the rest can be had") {
    run_sim(2, {.shards = 2}, [](SimWorld& world) -> Task<void> {
      NodeDriver driver(world);
      const Table& table = two_tables()[0];
      co_await begin(driver);
      co_await fill(driver, table, 0, 10, 1);
      require_ok(co_await take(driver, "s"));
      require_ok(co_await driver.node().backups().switch_to(false));
      co_await fill(driver, table, 10, 20, 1);
      require_ok(co_await driver.flush(table));
      require_ok(co_await driver.stop());
      driver.options().incremental_backups.reset();
      require_ok(co_await driver.start(2));
      CHECK_FALSE((co_await driver.node().backups().state()).on);
      require_ok(co_await driver.node().backups().switch_to(true));
      co_await fill(driver, table, 20, 30, 1);
      require_ok(co_await driver.flush(table));
      const Brought refused = restored_elsewhere(world.disk, "s", {.backups = true});
      CHECK_EQ(code_of(refused.status), Errc::invalid);
      CHECK_NE(refused.status.error().detail.find("switched off"), std::string::npos);
      CHECK_EQ(refused.first, Seen{"no table"});
      const Brought rest = restored_elsewhere(world.disk, "s", {.backups = true, .incomplete = true});
      require_ok(rest.status);
      CHECK_EQ(rest.first.size(), 5 + 20);
      CHECK_EQ(rest.report.missing.size(), 1);
      require_ok(co_await take(driver, "t"));
      co_await fill(driver, table, 30, 35, 1);
      require_ok(co_await driver.flush(table));
      const Brought whole = restored_elsewhere(world.disk, "t", {.backups = true});
      require_ok(whole.status);
      CHECK_EQ(whole.first, co_await all_of(driver, "ks", "t1"));
      const auto cleared = co_await driver.node().snapshots().clear_backups("t");
      require_ok(cleared ? Status{} : fail(cleared.error()));
      CHECK_GE(*cleared, 2);
      require_ok(restored_elsewhere(world.disk, "t", {.backups = true}).status);
      CHECK_FALSE(restored_elsewhere(world.disk, "s", {.backups = true}).status);
      require_ok(co_await driver.stop());
    });
  }

  TEST_CASE("sim: a link that fails harms no flush; the gap is told, survives a restart, and ends by itself") {
    for (const bool restart : {false, true})
      for (const FaultKind kind : {FaultKind::io_error, FaultKind::no_space})
        for (const DiskOp op : {DiskOp::link, DiskOp::sync, DiskOp::sync_directory, DiskOp::write})
          run_sim(3, {.shards = 1}, [&](SimWorld& world) -> Task<void> {
            NodeDriver driver(world);
            const Table& table = two_tables()[0];
            std::vector<std::string> warned;
            driver.options().warn = [&](const std::string& text) { warned.push_back(text); };
            co_await begin(driver, 1);
            co_await fill(driver, table, 0, 5, 1);
            require_ok(co_await take(driver, "s"));
            co_await fill(driver, table, 5, 10, 1);
            world.disk.plan({.kind = kind, .op = op, .path_contains = "backups"});
            require_ok(co_await driver.flush(table));
            CHECK_EQ(warned.size(), 1);
            CHECK_FALSE((co_await driver.node().backups().state()).linking);
            if (restart) {
              world.disk.crash();
              (void)co_await driver.stop(world.clock.now());
              world.disk.clear_faults();
              world.restart(0);
              require_ok(co_await driver.start(1));
            } else {
              co_await Executor::current()->sleep_until(world.clock.now() + seconds(60));
            }
            CHECK((co_await driver.node().backups().state()).linking);
            co_await fill(driver, table, 10, 12, 1);
            require_ok(co_await driver.flush(table));
            CHECK_EQ(code_of(restored_elsewhere(world.disk, "s", {.backups = true}).status), Errc::invalid);
            require_ok(co_await take(driver, "t"));
            const Brought whole = restored_elsewhere(world.disk, "t", {.backups = true});
            require_ok(whole.status);
            CHECK_EQ(whole.first, co_await all_of(driver, "ks", "t1"));
            require_ok(co_await driver.stop());
          });
  }

  TEST_CASE("sim: backups stop where the disk is short of space, and the node goes on") {
    run_sim(4, {.shards = 1}, [](SimWorld& world) -> Task<void> {
      NodeDriver driver(world);
      const Table& table = two_tables()[0];
      co_await begin(driver, 1);
      co_await fill(driver, table, 0, 10, 1);
      require_ok(co_await take(driver, "s"));
      {
        auto others = world.disk.open("others", OpenMode::create);
        require_ok(others ? Status{} : fail(others.error()));
        require_ok((*others)->reserve_now(64u << 20));
      }
      world.disk.set_capacity(world.disk.used_bytes() + (5u << 20));
      co_await fill(driver, table, 10, 20, 1);
      require_ok(co_await driver.flush(table));
      const BackupState stopped = co_await driver.node().backups().state();
      CHECK(stopped.on);
      CHECK_FALSE(stopped.linking);
      CHECK_NE(stopped.why.find("short of space"), std::string::npos);
      world.disk.set_capacity(uint64_t{1} << 40);
      co_await Executor::current()->sleep_until(world.clock.now() + seconds(60));
      CHECK((co_await driver.node().backups().state()).linking);
      CHECK_EQ((co_await reported(driver)).runs.back().why, stopped.why);
      require_ok(co_await driver.stop());
    });
  }

  TEST_CASE("sim: TRUNCATE and DROP are not undone by backups unless that is asked for") {
    run_sim(5, {.shards = 2}, [](SimWorld& world) -> Task<void> {
      NodeDriver driver(world);
      const Table &table = two_tables()[0], &other = two_tables()[1];
      co_await begin(driver);
      co_await fill(driver, table, 0, 10, 1);
      co_await fill(driver, other, 0, 10, 1);
      require_ok(co_await take(driver, "s"));
      co_await fill(driver, table, 10, 20, 1);
      require_ok(co_await driver.flush(table));
      require_ok(co_await driver.truncate(table));
      require_ok(co_await driver.drop(other));
      require_ok(co_await driver.stop());
      require_ok(co_await driver.start(1));
      co_await fill(driver, table, 20, 25, 1);
      require_ok(co_await driver.flush(table));
      const Brought now = restored_elsewhere(world.disk, "s", {.backups = true});
      require_ok(now.status);
      CHECK_EQ(now.first, co_await all_of(driver, "ks", "t1"));
      CHECK_EQ(now.second, Seen{"no table"});
      CHECK_EQ(now.report.left_out.size(), 2);
      const Brought all = restored_elsewhere(world.disk, "s", {.backups = true, .undo_losses = true});
      require_ok(all.status);
      CHECK_EQ(all.first.size(), 5 + 25);
      CHECK_EQ(all.second.size(), 5 + 10);
      require_ok(co_await driver.stop());
    });
  }

  TEST_CASE("sim: after metadata.db was made anew there is a gap, for nobody knows what it knew") {
    run_sim(6, {.shards = 1}, [](SimWorld& world) -> Task<void> {
      NodeDriver driver(world);
      const Table& table = two_tables()[0];
      co_await begin(driver, 1);
      co_await fill(driver, table, 0, 10, 1);
      require_ok(co_await take(driver, "s"));
      require_ok(co_await driver.stop());
      require_ok(world.disk.remove("metadata.db"));
      require_ok(co_await driver.start(1));
      CHECK((co_await driver.node().backups().state()).linking);
      const Brought refused = restored_elsewhere(world.disk, "s", {.backups = true});
      CHECK_EQ(code_of(refused.status), Errc::invalid);
      CHECK_NE(refused.status.error().detail.find("made anew"), std::string::npos);
      require_ok(co_await driver.stop());
    });
  }

  TEST_CASE("sim: a file of backups that is gone, or a damaged log, is missed and not passed over") {
    run_sim(7, {.shards = 1}, [](SimWorld& world) -> Task<void> {
      NodeDriver driver(world);
      const Table& table = two_tables()[0];
      co_await begin(driver, 1);
      require_ok(co_await take(driver, "s"));
      co_await fill(driver, table, 0, 10, 1);
      require_ok(co_await driver.flush(table));
      co_await fill(driver, table, 10, 20, 1);
      require_ok(co_await driver.flush(table));
      require_ok(co_await driver.stop());
      const auto numbers = backup_run_numbers(world.disk, kBackupsFolder);
      require_ok(numbers ? Status{} : fail(numbers.error()));
      const std::string log = backup_run_folder(kBackupsFolder, numbers->back()) + "/log";
      world.disk.flip_bit(log, 60, 2);
      CHECK_EQ(code_of(restored_elsewhere(world.disk, "s", {.backups = true}).status), Errc::invalid);
      world.disk.flip_bit(log, 60, 2);
      {
        const auto file = world.disk.open(log, OpenMode::read);
        require_ok(file ? Status{} : fail(file.error()));
        const auto size = (*file)->size_now();
        require_ok(size ? Status{} : fail(size.error()));
        world.disk.flip_bit(log, *size - 3, 2);  // in the last record: it looks like a torn end
        CHECK_EQ(code_of(restored_elsewhere(world.disk, "s", {.backups = true}).status), Errc::invalid);
        world.disk.flip_bit(log, *size - 3, 2);
      }
      const auto files = files_in_backup_run(world.disk, kBackupsFolder, numbers->back());
      REQUIRE_EQ(files->size(), 2);
      require_ok(world.disk.remove(files->begin()->second));
      const Brought refused = restored_elsewhere(world.disk, "s", {.backups = true});
      CHECK_EQ(code_of(refused.status), Errc::invalid);
      CHECK_NE(refused.status.error().detail.find(".sst"), std::string::npos);
      const Brought rest = restored_elsewhere(world.disk, "s", {.backups = true, .incomplete = true});
      CHECK_EQ(rest.first.size(), 5 + 10);
      co_return;
    });
  }

  TEST_CASE("sim: a restore whose commit fails is made good by the same restore, made again, and leaves no backup") {
    run_sim(8, {.shards = 1}, [](SimWorld& world) -> Task<void> {
      NodeDriver driver(world);
      co_await begin(driver, 1);
      co_await fill(driver, two_tables()[0], 0, 10, 1);
      require_ok(co_await take(driver, "s"));
      const Seen before = co_await all_of(driver, "ks", "t1");
      require_ok(co_await driver.drop(two_tables()[0]));
      bool failed = false;
      for (uint64_t nth = 1; !failed && nth < 40; ++nth) {
        world.disk.plan({.kind = FaultKind::io_error, .op = DiskOp::write, .nth = nth, .path_contains = "metadata.db"});
        const Status once = co_await restore(driver, {.snapshot = "s", .keyspace = "ks", .table = "t1"});
        world.disk.clear_faults();
        const TableRef made = driver.node().catalog().schema()->table("ks", "t1");
        failed = !once && made != nullptr;
        if (!failed && made) require_ok(co_await driver.drop(*made));
      }
      CHECK(failed);
      const Brought without = restored_elsewhere(world.disk, "s", {.backups = true});
      CHECK_LE(without.first.size(), 1);
      require_ok(co_await restore(driver, {.snapshot = "s", .keyspace = "ks", .table = "t1"}));
      CHECK_EQ(co_await all_of(driver, "ks", "t1"), before);
      require_ok(co_await driver.stop());
    });
  }
}

}  // namespace ringlet::sim
