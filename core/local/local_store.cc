#include "core/local/local_store.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "core/local/local_schema.h"
#include "core/local/local_tables.h"
#include "core/local/schema_log.h"
#include "core/local/sqlite_log.h"

namespace ringlet {
namespace {

class SqliteLocalStore final : public LocalStore {
 public:
  SqliteLocalStore(Env& env, std::string file)
      : LocalStore(env.disk), env_(env), vfs_(env, reserve()), file_(std::move(file)), schema_log_(env.disk) {}

  Status open_now();
  Status create_now();
  Task<Status> close() override;
  Task<Status> check() override { return on_local(local_tables::check); }

  Task<Result<ManifestState>> manifest() override { return on_local(local_tables::manifest); }
  Task<Status> edit_manifest(ManifestEdit edit) override {
    Keep<ManifestEdit> keep = nullptr;
    if (edit.outlives || !edit.removed.empty())
      keep = [](SchemaLog& log, const ManifestEdit& made) {
        return log.append(made.outlives ? made.flushed : std::vector<FlushedThrough>{}, made.removed);
      };
    return decide(local_tables::edit_manifest, std::move(edit), keep);
  }
  Task<Status> forget_dead(std::vector<FileId> unlinked) override {
    return on_local(local_tables::forget_dead, std::move(unlinked));
  }
  Task<Status> forget_flushed_before(uint64_t segment) override {
    return on_local(local_tables::forget_flushed_before, segment);
  }
  Task<Result<uint64_t>> take_ids(std::string name, uint64_t count) override {
    return on_local(local_tables::take_ids, std::move(name), count);
  }
  Task<Result<uint64_t>> next_id(std::string name) override { return on_local(local_tables::next_id, std::move(name)); }
  Task<Result<std::optional<Bytes>>> setting(std::string name) override {
    return on_local(local_tables::setting, std::move(name));
  }
  Task<Status> set_setting(std::string name, Bytes value) override {
    return on_local(local_tables::set_setting, std::move(name), std::move(value));
  }
  Task<void> remember(std::string name, Bytes value) override;
  uint64_t written_bytes() const override { return vfs_.written_bytes(); }
  Task<Result<Catalog>> catalog() override { return on_local(local_tables::catalog); }
  Task<Status> append_catalog(CatalogRecord record) override {
    Keep<CatalogRecord> keep = [](SchemaLog& log, const CatalogRecord& made) { return log.append(made); };
    return decide(local_tables::append_catalog, std::move(record), keep);
  }
  Task<Status> snapshot_catalog(CatalogRecord snapshot) override {
    return on_local(local_tables::snapshot_catalog, std::move(snapshot));
  }
  Task<Result<local_tables::PreparedStatements>> prepared_statements() override {
    return on_local(local_tables::prepared_statements);
  }
  Task<Status> keep_prepared(Bytes id, std::string keyspace, std::string text) override {
    return on_local(local_tables::keep_prepared, std::move(id), std::move(keyspace), std::move(text));
  }
  Task<Status> forget_prepared(Bytes id) override { return on_local(local_tables::forget_prepared, std::move(id)); }

 private:
  // Runs `call` on the store's thread and comes back with its answer.
  template <class Answer, class... Parameters, class... Arguments>
  Task<Answer> on_local(Answer (*call)(SqliteDatabase&, Parameters...), Arguments... arguments);
  // The same for a change whose caller must know what became of it, whatever the disk did meanwhile.
  template <class Change>
  using Keep = Status (*)(SchemaLog&, const Change&);  // what outlives metadata.db of a change; null: nothing
  template <class Change>
  Task<Status> decide(Status (*call)(SqliteDatabase&, const Change&), Change change, Keep<Change> keep);
  template <class Change>
  void keep_outside(const Change& change, Keep<Change> keep);
  template <class Change>
  Status decide_now(Status (*call)(SqliteDatabase&, const Change&), const Change& change);
  template <class Answer>
  static bool is_disk_failure(const Answer& answer) {
    return !answer && answer.error().code == Errc::io;
  }
  Status refuse_fresh_start();
  Status set_up();
  static Status refuse_older(const SchemaLog::Content& kept, SchemaVersion here, const ManifestState& manifest);
  Status compare_schema_log();
  Status rewrite_schema_log();
  Status open_database();

  Env& env_;
  SqliteVfs vfs_;
  const std::string file_;
  SchemaLog schema_log_;
  bool schema_log_stale_ = false;
  std::unique_ptr<SqliteDatabase> database_;  // null when closed, or when it has to be opened again
  bool closed_ = false;
  bool undecided_ = false;  // see decide_now()
  std::map<std::string, Bytes> remembered_;
};

template <class Answer, class... Parameters, class... Arguments>
Task<Answer> SqliteLocalStore::on_local(Answer (*call)(SqliteDatabase&, Parameters...), Arguments... arguments) {
  Executor* home = Executor::current();
  co_await env_.local.hop();
  Status ready = database_ != nullptr ? Status{} : open_database();
  std::optional<Answer> answer;
  if (ready) {
    answer.emplace(call(*database_, arguments...));
  } else {
    answer.emplace(fail(std::move(ready).error()));
  }
  if (vfs_.sync_failed() || is_disk_failure(*answer)) database_.reset();
  co_await home->hop();
  co_return *std::move(answer);
}

template <class Change>
Task<Status> SqliteLocalStore::decide(Status (*call)(SqliteDatabase&, const Change&), Change change,
                                      Keep<Change> keep) {
  Executor* home = Executor::current();
  co_await env_.local.hop();
  if constexpr (std::is_same_v<Change, ManifestEdit>)
    change.settings.insert(change.settings.end(), remembered_.begin(), remembered_.end());
  Status done = decide_now(call, change);
  if (done && std::is_same_v<Change, ManifestEdit>) remembered_.clear();
  if (done && file_ == kFile) keep_outside(change, keep);
  co_await home->hop();
  co_return done;
}

Task<void> SqliteLocalStore::remember(std::string name, Bytes value) {
  Executor* home = Executor::current();
  co_await env_.local.hop();
  remembered_[std::move(name)] = std::move(value);
  co_await home->hop();
}

// It has happened, whatever becomes of this: where it fails, the next change writes all of it.
template <class Change>
void SqliteLocalStore::keep_outside(const Change& change, Keep<Change> keep) {
  if (keep == nullptr && !schema_log_stale_) return;
  const bool append = keep != nullptr && !schema_log_stale_ && schema_log_.appendable();
  const Status kept = append ? keep(schema_log_, change) : rewrite_schema_log();
  schema_log_stale_ = !kept;
}

// A commit whose sync failed may have happened. The database is opened again, which settles it, and then asked. Where even
// that fails nobody can tell, and further changes of this kind could build on a wrong belief: only a restart reads anew.
template <class Change>
Status SqliteLocalStore::decide_now(Status (*call)(SqliteDatabase&, const Change&), const Change& change) {
  if (undecided_)
    return fail(
        Errc::io,
        "metadata.db failed in the middle of a change, and nobody knows whether it took effect: restart the node");
  if (database_ == nullptr) TRY_STATUS(open_database());
  Status done = call(*database_, change);
  if (!vfs_.sync_failed() && !is_disk_failure(done)) return done;
  database_.reset();
  Status reopened = open_database();
  const Result<bool> took = reopened ? local_tables::took_effect(*database_, change) : fail(reopened.error());
  undecided_ = !took;
  return took && *took ? Status{} : done;
}

// After a failed sync the connection was given up. Opening recovers what the log holds, and the checkpoint writes all of
// it to the database and syncs that: only then does anything build on it. The log is not truncated: a power cut could undo
// its new size and keep some of the zeros, and what SQLite then reads of it would take the database back.
Status SqliteLocalStore::open_database() {
  if (closed_) return fail(Errc::cancelled, "metadata.db has been closed: the node is shutting down");
  const std::string log = file_ + "-wal";
  TRY_STATUS(mend_sqlite_log(env_.disk, log));
  TRY(bool left, env_.disk.exists(log));
  for (;;) {
    vfs_.forget_sync_failure();
    auto opened = SqliteDatabase::open(vfs_, file_);
    if (!opened) return fail(std::move(opened).error());
    TRY_STATUS((*opened)->execute("PRAGMA wal_checkpoint(RESTART)"));
    if (!left) {
      database_ = *std::move(opened);
      return {};
    }
    // Closing removes it: a name whose own sync failed once is saved by no later one. The next log's name is synced with it.
    opened->reset();
    TRY(left, env_.disk.exists(log));
    if (left) return fail(Errc::io, "cannot remove " + log + ", which an earlier run left: look at the disk");
  }
}

// The data directory of a node that lost its metadata looks like that of a new one, but for the data.
Status SqliteLocalStore::refuse_fresh_start() {
  TRY(const bool there, env_.disk.exists(std::string(kFile)));
  if (there) {
    TRY(auto file, env_.disk.open(std::string(kFile), OpenMode::read));
    TRY(const uint64_t bytes, file->size_now());
    if (bytes != 0) return {};
  }
  for (const std::string folder : {"sstables", "commitlog"}) {
    TRY(const bool exists, env_.disk.exists(folder));
    if (!exists) continue;
    TRY(const auto names, env_.disk.list(folder));
    if (!names.empty())
      return fail(Errc::corrupt, "metadata.db is missing or empty, and " + folder + "/" + names.front() +
                                     " is there: this node has lost its metadata");
  }
  return {};
}

Status SqliteLocalStore::open_now() {
  reserve().find();
  TRY_STATUS(refuse_fresh_start());
  TRY_STATUS(set_up());
  return compare_schema_log();
}

Status SqliteLocalStore::create_now() {
  for (const char* suffix : {"", "-wal"})
    if (const Status removed = env_.disk.remove(file_ + suffix); !removed && removed.error().code != Errc::not_found)
      return removed;
  return set_up();
}

bool tells_of_truncations(const SchemaLog::Content& kept, const std::vector<FlushedThrough>& flushed) {
  std::set<std::tuple<TableId, uint16_t, uint64_t, uint64_t>> told;
  for (const FlushedThrough& one : kept.flushed) told.insert({one.table, one.shard, one.segment, one.offset});
  return std::ranges::all_of(flushed, [&told](const FlushedThrough& one) {
    return one.shard_count != 0 || told.contains({one.table, one.shard, one.segment, one.offset});
  });
}

// A change in schema.log had been committed and synced here before: without it, metadata.db is not what it was.
Status SqliteLocalStore::refuse_older(const SchemaLog::Content& kept, SchemaVersion here,
                                      const ManifestState& manifest) {
  if (kept.version() > here) {
    return fail(Errc::corrupt,
                "metadata.db has lost its last changes, or was put back from a copy: schema.log tells of " +
                    std::to_string(kept.version().raw) + " changes of the schema where it has " +
                    std::to_string(here.raw));
  }
  const std::set<FileId> dead(kept.dead.begin(), kept.dead.end());
  const auto undone =
      std::ranges::find_if(manifest.live, [&dead](const ManifestFile& file) { return dead.contains(file.id); });
  if (undone == manifest.live.end()) return {};
  return fail(Errc::corrupt,
              "metadata.db has lost its last changes, or was put back from a copy: it counts on sstable " +
                  std::to_string(undone->id.raw) + ", which schema.log knows as dead");
}

// A crash between the two, or a change that could not be written there.
Status SqliteLocalStore::compare_schema_log() {
  const auto kept = SchemaLog::read(env_.disk);
  if (!kept && kept.error().code != Errc::corrupt) return fail(kept.error());
  SchemaLog::Content here;
  TRY(here.catalog, local_tables::catalog(*database_));
  TRY(const ManifestState manifest, local_tables::manifest(*database_));
  if (kept && *kept) TRY_STATUS(refuse_older(**kept, here.version(), manifest));
  const SchemaVersion there = kept && *kept ? (*kept)->version() : SchemaVersion{0};
  const bool whole = kept && *kept && there == here.version() && tells_of_truncations(**kept, manifest.flushed);
  if (!whole || !manifest.dead.empty()) schema_log_stale_ = !rewrite_schema_log();
  return {};
}

Status SqliteLocalStore::rewrite_schema_log() {
  if (database_ == nullptr) TRY_STATUS(open_database());
  SchemaLog::Content content;
  TRY(content.catalog, local_tables::catalog(*database_));
  TRY(ManifestState manifest, local_tables::manifest(*database_));
  content.flushed = std::move(manifest.flushed);
  content.dead = std::move(manifest.dead);
  return schema_log_.rewrite(content);
}

Status SqliteLocalStore::set_up() {
  TRY_STATUS(open_database());
  const std::unique_ptr<Rng> dice = env_.rng.stream("manifest id");
  const uint64_t high = dice->next(), low = dice->next();
  return set_up_local_schema(*database_, random_uuid(high, low));
}

Task<Status> SqliteLocalStore::close() {
  Executor* home = Executor::current();
  co_await env_.local.hop();
  Status status;
  if (database_ != nullptr) status = database_->execute("PRAGMA wal_checkpoint(RESTART)");
  database_.reset();
  closed_ = true;
  co_await home->hop();
  co_return status;
}

}  // namespace

static Task<Result<std::unique_ptr<LocalStore>>> open_store(Env& env, std::string file,
                                                            Status (SqliteLocalStore::*how)()) {
  Executor* home = Executor::current();
  co_await env.local.hop();
  auto store = std::make_unique<SqliteLocalStore>(env, std::move(file));
  Status status = (*store.*how)();
  if (!status) store.reset();
  if (home != nullptr) co_await home->hop();
  if (!status) co_return fail(std::move(status).error());
  co_return std::unique_ptr<LocalStore>(std::move(store));
}

Task<void> LocalStore::look_for_space(Env& env) {
  Executor* home = Executor::current();
  co_await env.local.hop();
  reserve_.look();
  co_await home->hop();
}

Task<Result<std::unique_ptr<LocalStore>>> LocalStore::open(Env& env) {
  return open_store(env, std::string(kFile), &SqliteLocalStore::open_now);
}

Task<Result<std::unique_ptr<LocalStore>>> LocalStore::create(Env& env, std::string file) {
  return open_store(env, std::move(file), &SqliteLocalStore::create_now);
}

}  // namespace ringlet
