#include "core/node/snapshots.h"

#include <set>

#include "core/node/restore.h"
#include "core/node/snapshot_folder.h"
#include "core/node/snapshot_turn.h"

namespace ringlet {
namespace {

constexpr Duration kPatience = seconds(5);  // a client waits behind it

SnapshotSummary summary_of(const std::string& name, const SnapshotManifest& manifest) {
  SnapshotSummary summary{
      .name = name, .taken_at = manifest.taken_at, .shards = manifest.shards, .backup_run = manifest.backups.number};
  for (const auto& [keyspace_name, keyspace] : manifest.schema->keyspaces)
    for (const auto& [table_name, table] : keyspace->tables) {
      SnapshotTable line{keyspace_name, table_name, table->id};
      for (const SnapshotFile& file : manifest.files) {
        if (file.table != table->id) continue;
        ++line.files;
        line.bytes += file.bytes;
      }
      summary.tables.push_back(std::move(line));
    }
  return summary;
}

Result<std::vector<SnapshotSummary>> list_now(Disk& disk) {
  TRY(const auto names, snapshot_names(disk));
  std::vector<SnapshotSummary> all;
  for (const std::string& name : names) {
    const auto manifest = read_snapshot(disk, name);
    all.push_back(manifest ? summary_of(name, *manifest) : SnapshotSummary{.name = name});
    if (!manifest) all.back().damage = manifest.error().detail;
  }
  return all;
}

}  // namespace

std::optional<SnapshotProgress> Snapshots::progress() const {
  if (!work_) return std::nullopt;
  SnapshotProgress told = work_->told;
  told.files = work_->files.load(std::memory_order_relaxed);
  told.files_done = work_->files_done.load(std::memory_order_relaxed);
  told.bytes_total = work_->bytes_total.load(std::memory_order_relaxed);
  told.bytes_done = work_->bytes_done.load(std::memory_order_relaxed);
  return told;
}

Status Snapshots::going_on() const {
  if (!stopping_.load(std::memory_order_relaxed)) return {};
  return fail(Errc::cancelled, "the node stops: nothing was done");
}

Task<void> Snapshots::stop() {
  stopping_ = true;
  while (work_) co_await ended_.wait();
}

// --- taking -----------------------------------------------------------------------------------------------------------

Task<Result<SnapshotSummary>> Snapshots::take(std::string name, TableScope scope) {
  CO_TRY_STATUS(check_snapshot_name(name));
  if (is_auto_snapshot(name))
    co_return fail(Errc::invalid,
                   "names that begin with dropped- or truncated- are those of snapshots that the node "
                   "takes by itself, and removes: choose another one than " +
                       name);
  co_return co_await take_named(std::move(name), std::move(scope));
}

Task<Status> Snapshots::take_in_turn(std::string name, TableScope scope) {
  const Instant patience = parts_.env.clock.now() + kPatience;  // a restore may take hours: then it is busy after all
  while (work_ && co_await ended_.wait_until(patience)) continue;
  const auto taken = co_await take_named(std::move(name), std::move(scope));
  co_return taken ? Status{} : fail(taken.error());
}

Task<Result<SnapshotSummary>> Snapshots::take_named(std::string name, TableScope scope) {
  CO_TRY_STATUS(tables_in(scope));
  CO_TRY(const auto turn, SnapshotTurn::begin(*this, "snapshot", name));
  Executor& home = *Executor::current();
  Disk& disk = parts_.env.disk;
  co_await parts_.env.background.hop();
  Status status = begin_snapshot(disk, name);
  co_await home.hop();
  if (!status) co_return fail(std::move(status).error());
  SnapshotManifest manifest;
  co_await keep_names(true);
  status = co_await take_begun(name, scope, manifest);
  co_await keep_names(false);
  if (status) co_return summary_of(name, manifest);
  co_await parts_.env.background.hop();
  (void)remove_snapshot(disk, name);  // else the next start does
  co_await home.hop();
  co_return fail(std::move(status).error());
}

Result<std::vector<TableRef>> Snapshots::tables_in(const TableScope& scope) const {
  std::vector<TableRef> tables;
  const SchemaRef schema = parts_.catalog.schema();
  for (const auto& [name, keyspace] : schema->keyspaces)
    for (const auto& [table_name, table] : keyspace->tables)
      if ((scope.keyspace.empty() || scope.keyspace == name) && (scope.table.empty() || scope.table == table_name))
        tables.push_back(table);
  if (tables.empty() && !scope.table.empty())
    return fail(Errc::not_found, "there is no table " + scope.keyspace + "." + scope.table);
  if (tables.empty() && !scope.keyspace.empty() && !schema->keyspace(scope.keyspace))
    return fail(Errc::not_found, "there is no keyspace " + scope.keyspace);
  return tables;
}

Task<Status> Snapshots::take_begun(const std::string& name, const TableScope& scope, SnapshotManifest& manifest) {
  CO_TRY(const auto tables, tables_in(scope));
  // Before anything is flushed: what the snapshot has not is in this run or a later one.
  if (!is_auto_snapshot(name)) manifest.backups = co_await parts_.backups.begin_next_run();
  manifest.whole = scope.keyspace.empty();
  work_->told.step = "flush";
  CO_TRY_STATUS(co_await collect(tables, manifest.files));
  manifest.taken_at = parts_.env.clock.wall();
  manifest.shards = parts_.shards.count();
  record_schema(tables, manifest);
  work_->told.step = "link";
  work_->files = manifest.files.size();
  Executor& home = *Executor::current();
  co_await parts_.env.background.hop();
  const Status linked = co_await link_all(name, manifest);
  co_await home.hop();
  co_return linked;
}

// A table that is dropped meanwhile is left out.
Task<Status> Snapshots::collect(std::vector<TableRef> tables, std::vector<SnapshotFile>& files) {
  std::set<FileId> known;  // those of another shard count are in every shard's list
  for (const TableRef& table : tables) {
    CO_TRY_STATUS(going_on());
    auto ask = [&](Shard& shard) -> Task<Status> {
      CO_TRY(const auto found, co_await shard.engine.flushed_files(table->id));
      for (const ManifestFile& file : found)
        if (known.insert(file.id).second)
          files.push_back({file.table, file.id, file.bytes, file.shard, file.shard_count, 0});
      co_return Status{};
    };
    const Status asked = co_await parts_.shards.run_on_all(ask);
    if (!asked && parts_.catalog.schema()->table(table->id)) co_return asked;
  }
  co_return Status{};
}

// As it is after the files were listed: every column that a file has a cell of is in it, or among the dropped ones.
void Snapshots::record_schema(const std::vector<TableRef>& tables, SnapshotManifest& manifest) const {
  const SchemaRef now = parts_.catalog.schema();
  auto schema = std::make_shared<Schema>();
  std::set<TableId> gone;
  for (const TableRef& listed : tables) {
    const TableRef table = now->table(listed->id);
    if (!table) {
      gone.insert(listed->id);
      continue;
    }
    KeyspaceRef& slot = schema->keyspaces[table->keyspace];
    auto keyspace = std::make_shared<Keyspace>(slot ? *slot : *now->keyspace(table->keyspace));
    if (!slot) keyspace->tables.clear();
    keyspace->tables[table->name] = table;
    slot = std::move(keyspace);
  }
  std::erase_if(manifest.files, [&](const SnapshotFile& file) { return gone.contains(file.table); });
  manifest.schema = std::move(schema);
}

// On the background executor; a link takes microseconds, and flushes get their turn between them.
Task<Status> Snapshots::link_all(const std::string& name, SnapshotManifest& manifest) {
  for (SnapshotFile& file : manifest.files) {
    CO_TRY_STATUS(going_on());
    CO_TRY_STATUS(link_into_snapshot(parts_.env.disk, name, file));
    ++work_->files_done;
    co_await parts_.env.background.yield_if_due();
  }
  co_return finish_snapshot(parts_.env.disk, name, manifest);
}

// Hops without Shards::run_on: no bound on visitors applies to what must be undone.
Task<void> Snapshots::keep_names(bool keep) {
  Executor& home = *Executor::current();
  for (uint16_t s = 0; s < parts_.shards.count(); ++s) {
    Shard& shard = parts_.shards[ShardId{s}];
    co_await shard.executor.hop();
    if (keep)
      shard.engine.keep_names();
    else
      shard.engine.let_names_go();
  }
  co_await home.hop();
}

// --- the rest ---------------------------------------------------------------------------------------------------------

Task<Result<std::vector<SnapshotSummary>>> Snapshots::list() {
  Executor& home = *Executor::current();
  co_await parts_.env.background.hop();
  auto found = list_now(parts_.env.disk);
  co_await home.hop();
  co_return found;
}

Task<Status> Snapshots::remove(std::string name) {
  CO_TRY_STATUS(check_snapshot_name(name));
  CO_TRY(const auto turn, SnapshotTurn::begin(*this, "delete", name));
  Executor& home = *Executor::current();
  co_await parts_.env.background.hop();
  const Status removed = remove_snapshot(parts_.env.disk, name);
  co_await home.hop();
  co_return removed;
}

Task<Result<BackupReport>> Snapshots::backups() { return parts_.backups.report(); }

Task<Result<uint64_t>> Snapshots::clear_backups(std::string before) {
  if (!before.empty()) CO_TRY_STATUS(check_snapshot_name(before));
  CO_TRY(const auto turn, SnapshotTurn::begin(*this, "clear", "backups"));
  uint64_t number = 0;
  if (!before.empty()) {
    Executor& home = *Executor::current();
    co_await parts_.env.background.hop();
    const auto manifest = read_snapshot(parts_.env.disk, before);
    co_await home.hop();
    if (!manifest) co_return fail(manifest.error());
    number = manifest->backups.number;
    if (number == 0)
      co_return fail(Errc::invalid, "backups were off when the snapshot " + before +
                                        " was taken: nobody knows which of them are older; name a later one, or none");
  }
  co_return co_await parts_.backups.clear(number);
}

Task<Result<RestoreReport>> Snapshots::restore(RestoreRequest request) {
  CO_TRY_STATUS(check_snapshot_name(request.snapshot));
  CO_TRY(const auto turn, SnapshotTurn::begin(*this, "restore", request.snapshot));
  Restore work(*this, std::move(request));
  co_return co_await work.run();
}

}  // namespace ringlet
