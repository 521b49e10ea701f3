#include "tests/sim/sweep_scene.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "core/data/keys.h"
#include "tests/sim/row_help.h"

namespace ringlet::sim {
namespace {

Mutation valued_row(const Table& table, const std::string& key, int64_t at, const std::string& value) {
  return text_row(table, key, 1, at, value);
}

// By partition: each holds one row.
std::map<std::string, std::string> values_in(const Seen& lines) {
  std::map<std::string, std::string> values;
  std::string key;
  for (const std::string& line : lines) {
    if (line.starts_with("partition ")) {
      key = read_partition_prefix(BytesView(line).substr(10))->partition_key;
      continue;
    }
    const size_t begin = line.find('=') + 1;
    values[key] = line.substr(begin, line.rfind('@') - begin);
  }
  return values;
}

}  // namespace

void SweepScene::note(const Status& status) {
  if (!status) errors.push_back(status.error());
}

Task<Status> SweepScene::run_write(Mutation mutation) {
  Status written = co_await driver.write(std::move(mutation));
  note(written);
  co_return written;
}

Task<void> SweepScene::set_up() {
  const std::vector<Table> first = {tables[0], tables[1]};
  require_ok(co_await driver.make(first));
  there_ = {{0, {true}}, {1, {true}}, {2, {false}}};
  for (const char* key : {"k1", "k2", "k3"}) (void)co_await write(key);
  require_ok(co_await run_write(valued_row(tables[1], "other", 1, "untouched")));
}

Task<bool> SweepScene::write(std::string key, size_t bytes) {
  std::string value = "v" + std::to_string(++next_value_);
  value.resize(std::max(value.size() + 1, bytes), '.');
  const Status written = co_await run_write(valued_row(tables[0], key, ++stamp_, value));
  Values& may = rows_.try_emplace(key, Values{""}).first->second;
  if (written) may.clear();
  may.insert(value);
  co_return written.has_value();
}

Task<void> SweepScene::remove(std::string key) {
  const Status removed = co_await run_write(valued_row(tables[0], key, ++stamp_, ""));
  if (removed) rows_[key].clear();
  rows_[key].insert("");
}

Task<void> SweepScene::batch(size_t bytes) {
  std::vector<Mutation> mutations;
  const std::string value(bytes, 'b');
  one_batch_ = {"b1", "b2", "b3"};
  ++stamp_;
  for (const std::string& key : one_batch_) mutations.push_back(valued_row(tables[0], key, stamp_, value));
  const Status written = co_await driver.write_batch(std::move(mutations));
  note(written);
  for (const std::string& key : one_batch_) rows_[key] = written ? Values{value} : Values{"", value};
}

Task<void> SweepScene::truncate() {
  const Status done = co_await driver.truncate(tables[0]);
  note(done);
  for (auto& [key, may] : rows_) {
    if (done) may.clear();
    may.insert("");
  }
}

Task<void> SweepScene::make_table() {
  const std::vector<Table> more = {tables[2]};
  const Status made = co_await driver.make(more);
  note(made);
  there_[2] = made ? std::set<bool>{true} : std::set<bool>{false, true};
}

Task<void> SweepScene::drop_table() {
  const Status dropped = co_await driver.drop(tables[1]);
  note(dropped);
  there_[1] = dropped ? std::set<bool>{false} : std::set<bool>{false, true};
}

Task<void> SweepScene::restart(bool clean) {
  if (clean) note(co_await driver.stop(world.clock.now() + seconds(8)));
  note(co_await driver.start(shards));
}

Task<void> SweepScene::restart_on(size_t with_shards) {
  shards = with_shards;
  co_await restart(true);
}

Task<void> SweepScene::take_snapshot(std::string name) {
  const TableScope all;
  const auto taken = co_await driver.node().snapshots().take(name, all);
  note(taken ? Status{} : fail(taken.error()));
  snapshots_[name] = taken ? std::set<bool>{true} : std::set<bool>{false, true};
}

// Of the table that was dropped: its one row is back, or nothing of it.
Task<void> SweepScene::restore_snapshot(std::string name) {
  const RestoreRequest request{.snapshot = name, .keyspace = "ks", .table = tables[1].name};
  const auto restored = co_await driver.node().snapshots().restore(request);
  note(restored ? Status{} : fail(restored.error()));
  there_[1] = restored ? std::set<bool>{true} : std::set<bool>{false, true};
  half_restored_ = restored ? "" : name;
}

Task<void> SweepScene::settle() {
  if (driver.options().log.mode == LogMode::periodic)
    co_await Executor::current()->sleep_until(world.clock.now() + driver.options().log.period + seconds(1));
}

Task<void> SweepScene::back_up(std::string snapshot) {
  co_await take_snapshot(snapshot);
  backed_up_ = snapshot;
}

Task<void> SweepScene::finish() {
  if (!backed_up_.empty()) co_await check_backups();
  if (half_restored_.empty()) co_return;
  co_await restore_snapshot(half_restored_);
  CHECK_MESSAGE(half_restored_.empty(), "a restore does not go on: ", errors.back().detail);
  co_await check_tables(true);
}

Task<void> SweepScene::work(FileWork what) {
  const auto report = co_await driver.work_on_files(tables[0], what);
  note(report ? Status{} : fail(report.error()));
  if (!report || what == FileWork::verify) co_return;  // which tells of what it could not read
  CHECK_MESSAGE(report->damage.empty(), "a failing disk is no damaged file: ", report->damage.front());
}

Task<void> SweepScene::cut(uint64_t survivor) { co_await cut_power(world, driver, survivor); }

// --- checks ---------------------------------------------------------------------------------------------------------

Task<void> SweepScene::check(bool settled) {
  const RebuildReport& rebuilt = driver.node().rebuild_report();
  CHECK_MESSAGE((rebuilt.why.empty() || metadata_lost), "a failing disk is no lost metadata.db: ", rebuilt.why);
  co_await check_rows(settled);
  co_await check_tables(settled);
  co_await check_snapshots(settled);
}

Task<void> SweepScene::check_rows(bool settled) {
  const ReadRange everything;
  const auto seen = co_await driver.read(tables[0], everything, driver.now());
  CHECK_MESSAGE(seen.has_value(), "cannot be read: ", (seen ? "" : seen.error().detail));
  if (!seen) co_return;
  const std::map<std::string, std::string> values = values_in(*seen);
  for (const auto& [key, value] : values) CHECK_MESSAGE(rows_.contains(key), "a row that nobody wrote: ", key);
  for (auto& [key, may] : rows_) {
    const auto at = values.find(key);
    const std::string value = at == values.end() ? "" : at->second;
    CHECK_MESSAGE(may.contains(value), key, " is ", value.empty() ? "absent" : value.substr(0, 6), ", and may only be ",
                  may.begin()->empty() ? "absent" : may.begin()->substr(0, 6));
    if (settled) may = {value};
  }
  if (!settled) co_return;
  size_t whole = 0;
  for (const std::string& key : one_batch_) whole += values.contains(key) ? 1 : 0;
  CHECK_MESSAGE((whole == 0 || whole == one_batch_.size()), "half a batch");
}

Task<void> SweepScene::check_tables(bool settled) {
  for (auto& [number, may] : there_) {
    const Table& table = tables[number];
    const TableRef now = driver.node().catalog().schema()->table(table.keyspace, table.name);
    CHECK_MESSAGE(may.contains(now != nullptr), table.name, now ? " is there" : " is not there");
    if (settled) may = {now != nullptr};
    if (number != 1 || !now) continue;
    const ReadRange everything;
    const auto seen = co_await driver.read(*now, everything, driver.now());
    CHECK_MESSAGE(seen.has_value(), "cannot be read: ", (seen ? "" : seen.error().detail));
    if (!seen) continue;
    const std::map<std::string, std::string> expected = {{"other", "untouched"}};
    const bool right = values_in(*seen) == expected || (!half_restored_.empty() && seen->empty());
    CHECK_MESSAGE(right, "not what was written there");
  }
}

Task<void> SweepScene::check_snapshots(bool settled) {
  const auto found = co_await driver.node().snapshots().list();
  CHECK_MESSAGE(found.has_value(), "snapshots cannot be listed: ", (found ? "" : found.error().detail));
  if (!found) co_return;
  for (auto& [name, may] : snapshots_) {
    const auto at = std::ranges::find(*found, name, &SnapshotSummary::name);
    const bool there = at != found->end();
    CHECK_MESSAGE(may.contains(there), "snapshot ", name, there ? " is there" : " is not there");
    if (there) CHECK_EQ(at->damage, "");
    if (settled) may = {there};
  }
}

// The snapshot and the backups since bring what the table holds, or it is said that something is missing.
Task<void> SweepScene::check_backups() {
  require_ok(co_await driver.flush(tables[0]));
  const auto report = co_await driver.node().backups().report();
  CHECK_MESSAGE(report.has_value(), "backups cannot be listed: ", (report ? "" : report.error().detail));
  if (!report) co_return;
  CHECK_MESSAGE(report->state.linking, "no backups are made though the disk is well: ", report->state.why);
  bool gap = false;
  for (const BackupRunReport& run : report->runs) {
    CHECK_EQ(run.damage, "");
    gap |= !run.goes_on && run.number > report->runs.front().number;
  }
  const RestoreRequest request{.snapshot = backed_up_,
                               .keyspace = "ks",
                               .table = tables[0].name,
                               .as_keyspace = "ks",
                               .as_table = "brought_back",
                               .backups = true};
  const auto restored = co_await driver.node().snapshots().restore(request);
  CHECK_MESSAGE((restored.has_value() || gap),
                "no gap is told, and it cannot be restored: ", (restored ? "" : restored.error().detail));
  if (!restored) co_return;
  const ReadRange everything;
  const TableRef copy = driver.node().catalog().schema()->table("ks", "brought_back");
  const auto here = co_await driver.read(tables[0], everything, driver.now());
  const auto there = co_await driver.read(*copy, everything, driver.now());
  CHECK((here && there && values_in(*here) == values_in(*there)));
}

// --- what is swept --------------------------------------------------------------------------------------------------

namespace {

Task<void> nothing(SweepScene&) { co_return; }
void as_it_is(NodeOptions&) {}
void every_second(NodeOptions& options) { options.log.mode = LogMode::periodic; }
void with_backups(NodeOptions& options) { options.incremental_backups = true; }
void little_memory(NodeOptions& options) { options.memory_bytes = kMemoryBytesMin + (8u << 20); }

Task<void> flushed(SweepScene& s) { require_ok(co_await s.driver.flush(s.tables[0])); }
Task<void> two_files(SweepScene& s) {
  co_await flushed(s);
  for (const char* key : {"k1", "k4"}) (void)co_await s.write(key, 3000);
  co_await s.remove("k2");
  co_await flushed(s);
}
Task<void> snapshot_and_two_files(SweepScene& s) {
  co_await s.back_up("s");
  co_await two_files(s);
}
Task<void> power_cut(SweepScene& s) { co_await s.cut(1); }
Task<void> log_of_many_segments(SweepScene& s) {
  for (int n = 0; n < 6; ++n) (void)co_await s.write("l" + std::to_string(n), 30000);
  co_await s.cut(0);
}
Task<void> open_batch(SweepScene& s) {
  co_await s.batch(200);
  co_await s.cut(0);
}
Task<void> snapshot_of_a_dropped_table(SweepScene& s) {
  co_await s.take_snapshot("s");
  co_await s.drop_table();
}
Task<void> lost_metadata(SweepScene& s) {
  co_await two_files(s);
  co_await s.drop_table();
  co_await s.cut(1);
  s.metadata_lost = true;
  for (const char* name : {"metadata.db", "metadata.db-wal"}) (void)s.world.disk.remove(name);
  require_ok(s.world.disk.sync_directory(""));
}

Task<void> insert(SweepScene& s) { (void)co_await s.write("new"); }
Task<void> overwrite(SweepScene& s) { (void)co_await s.write("k1"); }
Task<void> erase(SweepScene& s) { co_await s.remove("k1"); }
Task<void> batch(SweepScene& s) { co_await s.batch(200); }
Task<void> large_batch(SweepScene& s) { co_await s.batch(30000); }
Task<void> large_row(SweepScene& s) { (void)co_await s.write("large", 90000); }
Task<void> many_rows(SweepScene& s) {
  for (int n = 0; n < 8; ++n) (void)co_await s.write("r" + std::to_string(n), 20000);
}
Task<void> load(SweepScene& s) {
  for (int n = 0; n < 24; ++n) {
    (void)co_await s.write("r" + std::to_string(n % 9), 20000);
    if (n % 8 == 7) s.note(co_await s.driver.flush(s.tables[0]));
  }
  s.note(co_await s.driver.compact(s.tables[0]));
}
Task<void> flush(SweepScene& s) { s.note(co_await s.driver.flush(s.tables[0])); }
Task<void> compact(SweepScene& s) { s.note(co_await s.driver.compact(s.tables[0])); }
Task<void> truncate(SweepScene& s) { co_await s.truncate(); }
Task<void> all_that_is_backed_up(SweepScene& s) {
  (void)co_await s.write("k5", 3000);
  s.note(co_await s.driver.compact(s.tables[0]));
  co_await s.truncate();
  (void)co_await s.write("k6");
  s.note(co_await s.driver.flush(s.tables[0]));
}
Task<void> create(SweepScene& s) { co_await s.make_table(); }
Task<void> drop(SweepScene& s) { co_await s.drop_table(); }
Task<void> scrub(SweepScene& s) { co_await s.work(FileWork::scrub); }
Task<void> verify(SweepScene& s) { co_await s.work(FileWork::verify); }
Task<void> upgrade(SweepScene& s) { co_await s.work(FileWork::upgrade_all); }
Task<void> snapshot(SweepScene& s) { co_await s.take_snapshot("s"); }
Task<void> restore(SweepScene& s) { co_await s.restore_snapshot("s"); }
Task<void> clean_restart(SweepScene& s) { co_await s.restart(true); }
Task<void> start(SweepScene& s) { co_await s.restart(false); }
Task<void> other_shards(SweepScene& s) { co_await s.restart_on(2); }
Task<void> prepared(SweepScene& s) {
  const std::string id = "id", keyspace = "ks", text = "SELECT";
  s.note(co_await s.driver.node().local().keep_prepared(id, keyspace, text));
}

}  // namespace

const std::vector<SweepScenario>& sweep_scenarios() {
  static const std::vector<SweepScenario> all = {
      {"insert", as_it_is, nothing, insert},
      {"overwrite", as_it_is, flushed, overwrite},
      {"delete", as_it_is, flushed, erase},
      {"writes that are synced periodically", every_second, nothing, many_rows},
      {"logged batch", as_it_is, nothing, batch},
      {"logged batch over several segments", as_it_is, nothing, large_batch},
      {"writes over several segments", as_it_is, nothing, many_rows},
      {"a record larger than a segment", as_it_is, nothing, large_row},
      {"load with flushes and a compaction", little_memory, nothing, load},
      {"flush", as_it_is, nothing, flush},
      {"compact", as_it_is, two_files, compact},
      {"truncate", as_it_is, two_files, truncate},
      {"create table", as_it_is, nothing, create},
      {"drop table", as_it_is, nothing, drop},
      {"scrub", as_it_is, two_files, scrub},
      {"verify", as_it_is, two_files, verify},
      {"upgrade", as_it_is, two_files, upgrade},
      {"flush, merge and truncate with backups on", with_backups, snapshot_and_two_files, all_that_is_backed_up},
      {"start with backups on", with_backups, snapshot_and_two_files, clean_restart},
      {"snapshot", as_it_is, flushed, snapshot},
      {"restore", as_it_is, snapshot_of_a_dropped_table, restore},
      {"clean restart", as_it_is, two_files, clean_restart},
      {"start after a power cut", as_it_is, power_cut, start},
      {"replay of several segments", as_it_is, log_of_many_segments, start},
      {"replay of a batch", as_it_is, open_batch, start},
      {"restart with another number of shards", as_it_is, two_files, other_shards},
      {"rebuild of metadata.db", as_it_is, lost_metadata, start},
      {"prepared statement", as_it_is, nothing, prepared},
  };
  return all;
}

}  // namespace ringlet::sim
