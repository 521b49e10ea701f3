// Snapshots of this node's data, taken while it serves, and restores from them. One piece of work at a time.
//
// A snapshot of a table is what its files hold as of one moment in each shard, after a flush: everything acknowledged before take()
// began is in it, and of what came meanwhile each shard has a part that belongs together. Files are linked, not copied: a shard's
// thread does nothing for it but freeze its memtable and read a list; all calls of the disk are made on Env::background.
//
// A restore checks every byte of the files, copies them under numbers of this manifest, and then commits: the schema that is
// missing in one catalog command, all files of all tables in one manifest transaction. Before that nobody sees anything, and a
// crash leaves nothing. What a table holds already stays, and merges with what comes by timestamps.
//
// On shard 0's executor.
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/local/local_store.h"
#include "core/meta/catalog.h"
#include "core/node/backups.h"
#include "core/node/restore_plan.h"
#include "core/node/snapshot_manifest.h"
#include "core/query/result.h"
#include "core/shard/shard.h"

namespace ringlet {

struct TableScope {  // empty: all of them
  std::string keyspace, table;
};

struct SnapshotTable {
  std::string keyspace, table;
  TableId id;
  uint64_t files = 0, bytes = 0;
};
struct SnapshotSummary {
  std::string name;
  Timestamp taken_at;
  uint16_t shards = 0;
  uint64_t backup_run = 0;  // the first of those with what was flushed after it; 0: none were made
  std::vector<SnapshotTable> tables;
  std::string damage;  // why it cannot be read; the rest is empty then
};

struct RestoreReport {
  std::vector<SnapshotTable> tables;
  // Of backups:
  std::vector<std::string> missing, left_out;  // in words
  Timestamp through{0};
};

struct SnapshotProgress {
  const char* kind = "";  // snapshot, restore, delete, clear
  std::string name;
  const char* step = "";  // flush, link; check, copy, commit
  uint64_t files = 0, files_done = 0;
  uint64_t bytes_total = 0, bytes_done = 0;  // a restore goes over everything twice

  double done() const {
    if (bytes_total > 0) return static_cast<double>(bytes_done) / static_cast<double>(bytes_total);
    return files == 0 ? 0 : static_cast<double>(files_done) / static_cast<double>(files);
  }
};

struct SnapshotWork {  // what runs; the counts also from the background executor
  SnapshotProgress told;
  std::atomic<uint64_t> files = 0, files_done = 0, bytes_total = 0, bytes_done = 0;  // instead of those in `told`
};

class Snapshots {
 public:
  struct Parts {  // all outlive it
    Env& env;
    LocalStore& local;
    Catalog& catalog;
    Shards& shards;
    CompactionBudget& budget;
    Backups& backups;
    Uuid manifest;
    std::function<void(const SchemaChange&)> announce;
    std::function<void(std::vector<ManifestFile>)> split;  // files of another number of shards
  };
  explicit Snapshots(Parts parts) : parts_(std::move(parts)) {}

  // Errc::busy while other work of this kind runs; Errc::exists; Errc::not_found: no such keyspace or table; Errc::invalid: the name.
  Task<Result<SnapshotSummary>> take(std::string name, TableScope scope);
  Task<Status> take_in_turn(std::string name,
                            TableScope scope);  // waits a little where take() is busy; names are auto_snapshots.h's
  Result<std::vector<TableRef>> tables_in(const TableScope& scope) const;
  Task<Result<std::vector<SnapshotSummary>>> list();  // by name
  Task<Status> remove(std::string name);
  // What came into which table. Errc::corrupt names the damaged file; no row was restored then, as after any other error (where the
  // commit itself failed, tables that it made are there, and empty: the same restore, made again, fills them). Errc::invalid where
  // backups are asked for that lack something, with what and since when.
  Task<Result<RestoreReport>> restore(RestoreRequest request);
  Task<Result<BackupReport>> backups();
  // Backups from before the snapshot, which needs none of them; "": all that there are. How many runs went.
  Task<Result<uint64_t>> clear_backups(std::string before);

  std::optional<SnapshotProgress> progress() const;                                          // of what runs
  uint64_t written_bytes() const { return written_bytes_.load(std::memory_order_relaxed); }  // by restores
  Task<void> stop();  // it ends at its next step; waits for that

 private:
  friend class SnapshotTurn;
  friend class Restore;
  Task<Result<SnapshotSummary>> take_named(std::string name, TableScope scope);
  Task<Status> take_begun(const std::string& name, const TableScope& scope, SnapshotManifest& manifest);
  Task<Status> collect(std::vector<TableRef> tables, std::vector<SnapshotFile>& files);
  Task<Status> link_all(const std::string& name, SnapshotManifest& manifest);
  Task<void> keep_names(bool keep);
  void record_schema(const std::vector<TableRef>& tables, SnapshotManifest& manifest) const;
  Status going_on() const;

  Parts parts_;
  std::optional<SnapshotWork> work_;
  Event ended_;
  std::atomic<bool> stopping_{false};  // read on the background executor
  std::atomic<uint64_t> written_bytes_ = 0;
};

}  // namespace ringlet
