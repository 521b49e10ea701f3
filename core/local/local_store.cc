#include "core/local/local_store.h"

#include "core/local/local_schema.h"
#include "core/local/local_tables.h"

namespace ringlet {
namespace {

class SqliteLocalStore final : public LocalStore {
 public:
  explicit SqliteLocalStore(Env& env) : env_(env), vfs_(env) {}

  Status open_now();
  Task<Status> close() override;

  Task<Result<ManifestState>> manifest() override { return on_local(local_tables::manifest); }
  Task<Status> edit_manifest(ManifestEdit edit) override {
    return decide(local_tables::edit_manifest, std::move(edit));
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
  Task<Result<std::optional<Bytes>>> setting(std::string name) override {
    return on_local(local_tables::setting, std::move(name));
  }
  Task<Status> set_setting(std::string name, Bytes value) override {
    return on_local(local_tables::set_setting, std::move(name), std::move(value));
  }
  Task<Result<Catalog>> catalog() override { return on_local(local_tables::catalog); }
  Task<Status> append_catalog(CatalogRecord record) override {
    return decide(local_tables::append_catalog, std::move(record));
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
  Task<Status> decide(Status (*call)(SqliteDatabase&, const Change&), Change change);
  template <class Change>
  Status decide_now(Status (*call)(SqliteDatabase&, const Change&), const Change& change);
  template <class Answer>
  static bool is_disk_failure(const Answer& answer) {
    return !answer && answer.error().code == Errc::io;
  }
  Status refuse_fresh_start();
  Status open_database();

  Env& env_;
  SqliteVfs vfs_;
  std::unique_ptr<SqliteDatabase> database_;  // null when closed, or when it has to be opened again
  bool closed_ = false;
  bool undecided_ = false;  // see decide_now()
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
Task<Status> SqliteLocalStore::decide(Status (*call)(SqliteDatabase&, const Change&), Change change) {
  Executor* home = Executor::current();
  co_await env_.local.hop();
  Status done = decide_now(call, change);
  co_await home->hop();
  co_return done;
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
  vfs_.forget_sync_failure();
  auto opened = SqliteDatabase::open(vfs_, std::string(kFile));
  if (!opened) return fail(std::move(opened).error());
  TRY_STATUS((*opened)->execute("PRAGMA wal_checkpoint(RESTART)"));
  database_ = *std::move(opened);
  return {};
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
      return fail(Errc::corrupt,
                  "metadata.db is missing or empty, and " + folder + "/" + names.front() +
                      " is there: this node has lost its metadata. Restore metadata.db from a snapshot, or "
                      "rebuild it from the sstables; nothing was changed");
  }
  return {};
}

Status SqliteLocalStore::open_now() {
  TRY_STATUS(refuse_fresh_start());
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

Task<Result<std::unique_ptr<LocalStore>>> LocalStore::open(Env& env) {
  Executor* home = Executor::current();
  co_await env.local.hop();
  auto store = std::make_unique<SqliteLocalStore>(env);
  Status status = store->open_now();
  if (!status) store.reset();
  if (home != nullptr) co_await home->hop();
  if (!status) co_return fail(std::move(status).error());
  co_return std::unique_ptr<LocalStore>(std::move(store));
}

}  // namespace ringlet
