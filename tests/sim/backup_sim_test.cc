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

}  // namespace

TEST_SUITE("backup_sim") {
  TEST_CASE("sim: a snapshot and the backups since bring back all that was flushed, here and elsewhere, one table or all") {
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
}

}  // namespace ringlet::sim
