// Runs of backups on the medium: `backups/NUMBER/log` and `backups/NUMBER/<table id>/<file id>.sst`, hard links. A folder without a log
// is no run: what a crash left of one that was being made or removed, and a start removes it. A run is a folder that can be copied:
// beside a snapshot of another node runs lie in `snapshots/NAME/backups/`. All of this blocks its thread.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/env/disk.h"
#include "core/node/backup_log.h"

namespace ringlet {

inline constexpr std::string_view kBackupsFolder = "backups";

std::string backup_run_folder(std::string_view backups, uint64_t number);
std::string backup_file_path(std::string_view backups, uint64_t number, const TableId& table, FileId id);

Result<std::vector<uint64_t>> backup_run_numbers(Disk& disk,
                                                 std::string_view backups);  // ascending; none where there is no folder
Result<BackupRun> read_backup_run(Disk& disk, std::string_view backups, uint64_t number);
Result<std::map<FileId, std::string>> files_in_backup_run(Disk& disk, std::string_view backups,
                                                          uint64_t number);  // and their paths
// Before anything goes on from a run that another process wrote: what that one could not sync may be in the page cache alone. Written
// once more it is on the medium when this returns, or it is an error; its folder's name is once the next run has begun.
Status settle_backup_run(Disk& disk, uint64_t number, const BackupRun& run);
Status remove_backup_run(Disk& disk, uint64_t number);
Status clear_half_backup_runs(Disk& disk);  // at start

// A run that is being written. After any error it is given up: nothing is written to it again.
class BackupWriter {
 public:
  // All of `first` is on the medium when this returns, and the run's name.
  static Result<std::unique_ptr<BackupWriter>> begin(Disk& disk, const std::vector<BackupRecord>& first);
  Status link(const SnapshotFile& file,
              Timestamp at);  // a second name for the sstable, and its record: both are on the medium then
  Status append(const BackupRecord& record);

  const BackupPlace& place() const { return place_; }
  uint64_t records() const { return records_; }
  uint64_t log_bytes() const { return log_->bytes(); }

 private:
  BackupWriter(Disk& disk, BackupPlace place) : disk_(disk), place_(place) {}
  Status open(const std::vector<BackupRecord>& first);
  Status make_table_folder(const TableId& table);

  Disk& disk_;
  const BackupPlace place_;
  std::unique_ptr<RecordLogWriter> log_;
  std::set<TableId> tables_;  // whose folders are on the medium
  uint64_t records_ = 0;
};

}  // namespace ringlet
