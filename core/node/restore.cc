#include "core/node/restore.h"

#include <algorithm>

#include "core/node/backup_plan.h"
#include "core/node/snapshot_folder.h"
#include "core/storage/sstable_adopt.h"

namespace ringlet {
namespace {

constexpr Duration kLookUpAfter = millis(100);  // is the node stopping?
constexpr int kSchemaTriesMax = 16;             // other changes of the schema that may come first

}  // namespace

Task<Result<RestoreReport>> Restore::run() {
  Executor& home = *Executor::current();
  Env& env = parts_.env;
  CO_TRY_STATUS(co_await plan());
  all_.work_->told.step = "check";
  co_await env.background.hop();
  Status status = co_await check_all();
  if (status) status = make_room();
  co_await home.hop();
  if (!status) co_return fail(std::move(status).error());

  if (!copies_.empty()) {
    CO_TRY(const uint64_t first, co_await parts_.local.take_ids("sstable", copies_.size()));
    for (size_t i = 0; i < copies_.size(); ++i) copies_[i].id = FileId{first + i};
  }
  all_.work_->told.step = "copy";
  co_await env.background.hop();
  status = co_await copy_all();
  if (!status) remove_copies();
  co_await home.hop();
  if (!status) co_return fail(std::move(status).error());

  all_.work_->told.step = "commit";
  CO_TRY_STATUS(co_await commit());
  co_return report();
}

Task<Status> Restore::plan() {
  Executor& home = *Executor::current();
  co_await parts_.env.background.hop();
  const Status read_all = read();
  co_await home.hop();
  CO_TRY_STATUS(read_all);
  const auto dice = parts_.env.rng.stream("restore");
  const auto new_id = [&] { return time_uuid(ticks_of(parts_.shards[ShardId{0}].stamps.next()), dice->next()); };
  const SchemaRef schema = parts_.catalog.schema();
  CO_TRY(targets_, plan_restore(snapshot_, request_, *schema, new_id));
  CO_TRY_STATUS(restore_schema(snapshot_, targets_, *schema));
  uint64_t bytes = 0;
  for (const RestoreTarget& target : targets_)
    for (const SnapshotFile& file : target.files) {
      copies_.push_back({.target = &target, .file = &file});
      bytes += file.bytes;
    }
  all_.work_->files = copies_.size();
  all_.work_->bytes_total = 2 * bytes;
  co_return Status{};
}

Status Restore::read() {
  TRY(snapshot_, read_snapshot(parts_.env.disk, request_.snapshot));
  if (!request_.backups) return {};
  TRY_STATUS(read_backups());
  TRY_STATUS(check_places());
  if (told_.missing.empty() || request_.incomplete) return {};
  std::string lack;
  for (size_t i = 0; i < std::min<size_t>(told_.missing.size(), 3); ++i)
    lack += (i == 0 ? "" : "; ") + told_.missing[i];
  return fail(Errc::invalid,
              "the backups since the snapshot " + request_.snapshot + " lack " + lack +
                  ". Nothing was restored: restore what there is with --incomplete, or the snapshot alone");
}

// Those that were copied here beside the snapshot, else this node's own.
Status Restore::read_backups() {
  Disk& disk = parts_.env.disk;
  const std::string beside = snapshot_folder(request_.snapshot) + "/" + std::string(kBackupsFolder);
  TRY(const bool copied, disk.exists(beside));
  backups_ = copied ? beside : std::string(kBackupsFolder);
  std::map<uint64_t, BackupRun> runs;
  TRY(const auto numbers, backup_run_numbers(disk, backups_));
  std::vector<std::string> damage;
  for (const uint64_t number : numbers) {
    if (number < snapshot_.backups.number) continue;
    if (auto run = read_backup_run(disk, backups_, number))
      runs[number] = *std::move(run);
    else
      damage.push_back("a run of them: " + run.error().detail);
  }
  // A log's end that is no record is what a crash cut off, or was damaged since: then a file lies there that nobody tells of.
  if (!runs.empty() && runs.rbegin()->second.torn_bytes > 0) {
    const uint64_t last = runs.rbegin()->first;
    TRY(const auto there, files_in_backup_run(disk, backups_, last));
    for (const auto& [id, path] : there)
      if (!runs.at(last).tells_of(id)) damage.push_back("the record of " + path + ": the log beside it lost its end");
  }
  BackupPlan plan = plan_backups(snapshot_, runs, request_.undo_losses);
  snapshot_ = std::move(plan.merged);
  told_.missing = std::move(plan.missing);
  told_.missing.insert(told_.missing.end(), damage.begin(), damage.end());
  told_.left_out = std::move(plan.left_out);
  told_.through = plan.through;
  return {};
}

// A file that the logs tell of and that is not there is missing.
Status Restore::check_places() {
  std::erase_if(snapshot_.files, [this](const SnapshotFile& file) {
    if (file.run == 0) return false;
    const auto there = parts_.env.disk.exists(path_of(file));
    if (!there || *there) return false;
    told_.missing.push_back("the file " + path_of(file));
    return true;
  });
  return {};
}

std::string Restore::path_of(const SnapshotFile& file) const {
  return file.run == 0 ? snapshot_file_path(request_.snapshot, file.table, file.id)
                       : backup_file_path(backups_, file.run, file.table, file.id);
}

// --- on the background executor ---------------------------------------------------------------------------------------

Task<void> Restore::pace(uint64_t bytes) {
  all_.work_->bytes_done += bytes;
  const Clock& clock = parts_.env.clock;
  Executor& background = parts_.env.background;
  const Instant when = parts_.budget.take(bytes, clock.now());
  for (Instant now = clock.now(); now + millis(1) < when && all_.going_on(); now = clock.now())
    co_await background.sleep_until(std::min(when, now + kLookUpAfter));
  co_await background.yield_if_due();
}

Task<Status> Restore::check_all() {
  for (const Copy& copy : copies_) CO_TRY_STATUS(co_await check(*copy.file));
  co_return Status{};
}

Task<Status> Restore::check(const SnapshotFile& file) {
  const std::string path = path_of(file);
  CO_TRY(const uint64_t hash, read_footer_hash(parts_.env.disk, path, file.bytes));
  if (hash != file.footer_hash) co_return fail(Errc::corrupt, path + ": not the file that the snapshot was made of");
  CO_TRY(const auto reader, SstableReader::open_at(parts_.env.disk, path, file.id));
  CO_TRY(const auto whole, reader->check());
  uint64_t counted = 0;
  for (bool more = true; more;) {
    CO_TRY_STATUS(all_.going_on());
    CO_TRY(more, whole->step());
    const uint64_t done = more ? std::min(whole->bytes_done(), file.bytes) : file.bytes;
    co_await pace(done - std::exchange(counted, done));
  }
  co_return Status{};
}

Status Restore::make_room() const {
  uint64_t wanted = 0;
  for (const Copy& copy : copies_) wanted += copy.file->bytes;
  TRY(const DiskSpace space, parts_.env.disk.space());
  if (wanted < space.free_bytes) return {};
  return fail(Errc::no_space, "the restore needs " + std::to_string(wanted) + " bytes, and " +
                                  std::to_string(space.free_bytes) + " are free on the disk of the data directory");
}

Task<Status> Restore::copy_all() {
  for (Copy& one : copies_) {
    CO_TRY_STATUS(co_await copy(one));
    ++all_.work_->files_done;
  }
  co_return Status{};
}

Task<Status> Restore::copy(Copy& copy) {
  const SnapshotFile& file = *copy.file;
  const std::string from = path_of(file);
  CO_TRY(const auto adoption,
         SstableAdoption::begin(parts_.env.disk, {from, copy.target->to, copy.id, parts_.manifest}));
  uint64_t counted = 0;
  for (bool more = true; more;) {
    CO_TRY_STATUS(all_.going_on());
    CO_TRY(more, adoption->step());
    const uint64_t done = more ? std::min(adoption->bytes_done(), file.bytes) : file.bytes;
    co_await pace(done - std::exchange(counted, done));
  }
  copy.made = true;
  all_.written_bytes_ += file.bytes;
  co_return Status{};
}

// What it cannot remove is stamped with this manifest's id and was never committed: the next start does.
void Restore::remove_copies() {
  for (const Copy& copy : copies_)
    if (copy.made) (void)parts_.env.disk.remove(sstable_path(copy.target->to->id, copy.id));
  for (const RestoreTarget& target : targets_)
    if (target.is_new) (void)parts_.env.disk.remove(sstable_folder(target.to->id));
}

// Every shard opens what it will read of: its own files, and all that were written under another number of shards.
Status Restore::open_copies(std::vector<ManifestFile>& added) {
  const uint16_t shards = parts_.shards.count();
  for (const Copy& copy : copies_) {
    const TableId table = copy.target->to->id;
    const bool native = copy.file->shard_count == shards;
    for (uint16_t s = native ? copy.file->shard : 0; s < (native ? copy.file->shard + 1 : shards); ++s) {
      TRY(auto reader, parts_.shards[ShardId{s}].engine.open_file(table, copy.id));
      if (s == (native ? copy.file->shard : 0)) added.push_back(manifest_file(table, *reader));
      shares_[s][static_cast<size_t>(copy.target - targets_.data())].files.push_back(std::move(reader));
    }
  }
  return {};
}

// --- committing -------------------------------------------------------------------------------------------------------

Task<Status> Restore::commit() {
  Executor& home = *Executor::current();
  Status status = co_await make_schema();
  if (status) status = co_await hold_tables();
  std::vector<ManifestFile> added;
  co_await parts_.env.background.hop();
  if (status) status = open_copies(added);
  if (!status) remove_copies();
  co_await home.hop();
  if (status && !added.empty()) {
    ManifestEdit edit;
    edit.added = added;
    const BackupPlace kept = co_await parts_.backups.keep_restored(added, edit.settings);
    // A failed commit may turn out to have happened: the files stay. If not, the next start unlinks them.
    status = co_await parts_.local.edit_manifest(std::move(edit));
    if (status) co_await show_files();
    const bool undecided = !status && status.error().code == Errc::io;  // then a start finds out
    if (!undecided) (void)co_await parts_.backups.restored(kept, status.has_value());
  }
  co_await let_go();
  std::erase_if(added, [this](const ManifestFile& file) { return file.shard_count == parts_.shards.count(); });
  if (status && !added.empty()) parts_.split(std::move(added));
  co_return status;
}

Task<Status> Restore::make_schema() {
  for (int tries = 1;; ++tries) {
    const SchemaRef schema = parts_.catalog.schema();
    CO_TRY(auto command, restore_schema(snapshot_, targets_, *schema));
    if (command.changes.empty()) co_return Status{};
    const std::vector<CatalogChange> changes = command.changes;
    const auto done = co_await parts_.catalog.propose(std::move(command));
    if (!done && (done.error().code != Errc::busy || tries == kSchemaTriesMax)) co_return fail(done.error());
    if (!done) continue;
    for (const CatalogChange& change : changes) {
      if (const auto* keyspace = std::get_if<PutKeyspace>(&change))
        parts_.announce({"CREATED", "KEYSPACE", keyspace->name, {}, {}});
      if (const auto* type = std::get_if<PutType>(&change))
        parts_.announce({"CREATED", "TYPE", type->keyspace, type->name, {}});
      if (const auto* put = std::get_if<PutTable>(&change))
        parts_.announce({"CREATED", "TABLE", put->table->keyspace, put->table->name, {}});
    }
    co_return Status{};
  }
}

// Hops without Shards::run_on: no bound on visitors applies to what must be undone.
Task<Status> Restore::hold_tables() {
  Executor& home = *Executor::current();
  Status status;
  shares_.resize(parts_.shards.count());
  for (auto& shares : shares_) shares.resize(targets_.size());
  for (uint16_t s = 0; s < parts_.shards.count() && status; ++s) {
    Shard& shard = parts_.shards[ShardId{s}];
    co_await shard.executor.hop();
    for (size_t t = 0; t < targets_.size() && status; ++t) {
      auto held = co_await shard.engine.begin_adding(targets_[t].to->id);
      if (held)
        shares_[s][t].hold = *std::move(held);
      else
        status = fail(held.error());
    }
    co_await home.hop();
  }
  co_return status;
}

// All tables of a shard at once.
Task<void> Restore::show_files() {
  Executor& home = *Executor::current();
  for (uint16_t s = 0; s < shares_.size(); ++s) {
    Shard& shard = parts_.shards[ShardId{s}];
    co_await shard.executor.hop();
    for (const Share& share : shares_[s]) shard.engine.add_files(share.hold, share.files);
  }
  co_await home.hop();
}

Task<void> Restore::let_go() {
  Executor& home = *Executor::current();
  for (uint16_t s = 0; s < shares_.size(); ++s) {
    Shard& shard = parts_.shards[ShardId{s}];
    co_await shard.executor.hop();
    for (Share& share : shares_[s])
      if (share.hold) shard.engine.end_adding(share.hold);
    shares_[s].clear();  // what the shard owns dies there
  }
  co_await home.hop();
}

RestoreReport Restore::report() const {
  RestoreReport told = told_;
  for (const RestoreTarget& target : targets_) {
    SnapshotTable line{target.to->keyspace, target.to->name, target.to->id};
    for (const SnapshotFile& file : target.files) {
      ++line.files;
      line.bytes += file.bytes;
    }
    told.tables.push_back(std::move(line));
  }
  return told;
}

}  // namespace ringlet
