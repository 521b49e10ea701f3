// Incremental backups: while they are on, every sstable that a flush or a restore makes gets a second name in backups/ (backup_folder.h),
// on the medium with its record before the manifest commits the file, and so before the log may forget its rows. A snapshot and the
// runs since then hold everything that was flushed; what was not is in the log, and `ringlet backup flush` flushes it.
//
// Nothing fails because a file cannot be backed up: the run ends there, and that it is not whole is committed in metadata.db in the
// same transaction as the file (setting "backup-broken-NUMBER"). A run without that note, of this manifest, is whole: a start goes on
// from it in a new run. After a gap the next run says what is missing since when, and a restore refuses to call that complete.
// A gap begins where backups are switched off, a link or a sync fails, less than an eighth of the disk is free (for backups hold
// the blocks of files that were merged away), metadata.db was made anew, or a log of backups is damaged. What ends it, as soon as
// it can, is a new run; only a snapshot after that makes it a whole backup again.
//
// TRUNCATE leaves a mark, DROP a schema without the table: a restore passes over what they took away.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "core/env/event.h"
#include "core/node/backup_folder.h"
#include "core/storage/engine.h"

namespace ringlet {

struct BackupState {
  bool on = false, linking = false;
  BackupPlace run;     // that files are linked into, or the last one
  Timestamp since{0};  // linking: of what no file is missing; else since when some are
  std::string why;     // not linking
};
struct BackupRunReport {
  uint64_t number = 0, files = 0, bytes = 0;
  Timestamp began{0}, last{0};
  bool goes_on = false, of_restore = false;  // goes on: nothing is missing between it and the one before
  Timestamp missing_since{0};
  std::string why, damage;
};
struct BackupReport {
  BackupState state;
  std::vector<BackupRunReport> runs;
  uint64_t files = 0, bytes = 0;
  uint64_t held_files = 0,
           held_bytes = 0;  // that no table reads any more: clearing frees them, unless a snapshot has them too
};

class Backups final : public FlushedFileKeeper {
 public:
  // `warn` is told of every gap, once, on the background executor.
  using Warn = std::function<void(const std::string&)>;
  Backups(Env& env, LocalStore& local, Warn warn) : env_(env), local_(local), warn_(std::move(warn)) {}

  // Before the log is replayed. `wanted`: nullopt: as it was switched last.
  Task<Status> open(ManifestState manifest, SchemaRef schema, uint16_t shards, std::optional<bool> wanted);
  Task<void>
  keep_on();  // begins again after a gap, until stop(); spawned on shard 0's executor, as all below but keep() and truncated()
  void stop();
  Task<Status> switch_to(bool on);
  Task<Status> schema_changes(SchemaRef after);  // before any shard learns of it
  Task<BackupPlace> begin_next_run();            // for a snapshot; number 0: nothing is backed up now
  Task<Result<BackupReport>> report();
  Task<Result<uint64_t>> clear(uint64_t before);  // runs of lesser numbers; 0: all that there is. How many went
  Task<BackupState> state();

  // A restore's files, before their commit: `settings` go with it. The place is of the run that they are in, for restored().
  Task<BackupPlace> keep_restored(std::vector<ManifestFile> files,
                                  std::vector<std::pair<std::string, Bytes>>& settings);
  Task<Status> restored(BackupPlace run, bool committed);

  std::vector<std::pair<std::string, Bytes>> keep(const ManifestFile& file) override;
  Task<Status> truncated(FlushedThrough note) override;

 private:
  using TruncationKey = std::pair<TableId, uint16_t>;
  // All of these on the background executor.
  Task<Status> open_here(const ManifestState& manifest, std::optional<bool> wanted);
  Task<Status> go_on_from_last(const ManifestState& manifest);
  struct TakenOver {
    uint64_t records = 0;
    std::vector<BackupEvent> unmarked;  // that happened, and the last run does not say so
  };
  Task<Result<TakenOver>> take_over(const BackupRun& run, const ManifestState& manifest);
  Result<std::optional<BackupRun>> find_last_run(const std::vector<uint64_t>& numbers);
  Task<Result<BackupPlace>> next_place();
  BackupBegins begins_at(const BackupPlace& place) const;
  Task<Status> begin_run(std::optional<uint64_t> records_of_last);
  Result<BackupPlace> link_restored(const BackupPlace& place, const std::vector<ManifestFile>& files);
  Status write_schema();
  Task<void> begin_after_gap();
  Task<Status> switch_here(bool on);
  Task<Status> make_known();
  Task<Status> append_or_break(BackupEvent event);
  Status room_for_more();
  Status read_into(SnapshotFile& file);
  void break_run(const std::string& why);
  Timestamp now() const { return env_.clock.wall(); }

  Env& env_;
  LocalStore& local_;
  const Warn warn_;
  Uuid manifest_{};
  uint16_t shards_ = 1;
  bool on_ = false;
  std::unique_ptr<BackupWriter> writer_;  // null: there is a gap, or they are off
  BackupPlace last_;                      // the run that is written, or was
  bool broken_known_ = true;              // that it is not whole is in metadata.db
  Timestamp since_{0};
  std::string why_, waits_;  // why there is a gap; why it does not end
  SchemaRef schema_;
  SchemaVersion written_schema_{0};
  std::map<TruncationKey, FlushedThrough> truncated_;
  Semaphore one_at_a_time_{1};  // runs begin, and backups are switched
  bool stopping_ = false;       // on shard 0's executor, as the event
  Event stopped_;
};

}  // namespace ringlet
