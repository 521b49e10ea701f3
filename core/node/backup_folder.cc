#include "core/node/backup_folder.h"

#include <algorithm>
#include <charconv>

#include "core/base/limits.h"
#include "core/env/read_file.h"
#include "core/storage/sstable.h"
#include "core/storage/stray_files.h"

namespace ringlet {
namespace {

std::string log_path(std::string_view backups, uint64_t number) { return backup_run_folder(backups, number) + "/log"; }

Status remove_tree(Disk& disk, const std::string& folder) {
  TRY(const auto names, disk.list(folder));
  for (const std::string& name : names) {
    const std::string path = folder + "/" + name;
    TRY_STATUS(name.ends_with('/') ? remove_tree(disk, path.substr(0, path.size() - 1)) : disk.remove(path));
  }
  return disk.remove(folder);
}

Result<std::vector<uint64_t>> numbered_folders(Disk& disk, std::string_view backups) {
  std::vector<uint64_t> numbers;
  TRY(const bool any, disk.exists(std::string(backups)));
  if (!any) return numbers;
  TRY(const auto names, disk.list(std::string(backups)));
  for (const std::string& name : names) {
    uint64_t number = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (error == std::errc{} && std::string_view(end) == "/") numbers.push_back(number);
  }
  std::ranges::sort(numbers);
  return numbers;
}

}  // namespace

std::string backup_run_folder(std::string_view backups, uint64_t number) {
  const std::string digits = std::to_string(number);
  return std::string(backups) + "/" + std::string(8 - std::min<size_t>(8, digits.size()), '0') + digits;
}

std::string backup_file_path(std::string_view backups, uint64_t number, const TableId& table, FileId id) {
  return backup_run_folder(backups, number) + sstable_path(table, id).substr(std::string_view("sstables").size());
}

Result<std::vector<uint64_t>> backup_run_numbers(Disk& disk, std::string_view backups) {
  TRY(const auto folders, numbered_folders(disk, backups));
  std::vector<uint64_t> numbers;
  for (const uint64_t number : folders) {
    TRY(const bool whole, disk.exists(log_path(backups, number)));
    if (whole) numbers.push_back(number);
  }
  return numbers;
}

Result<BackupRun> read_backup_run(Disk& disk, std::string_view backups, uint64_t number) {
  const std::string path = log_path(backups, number);
  TRY(const Bytes bytes, read_file_now(disk, path, 2 * kBackupLogBytesMax));
  return decode_backup_run(bytes, path);
}

Result<std::map<FileId, std::string>> files_in_backup_run(Disk& disk, std::string_view backups, uint64_t number) {
  std::map<FileId, std::string> found;
  const std::string folder = backup_run_folder(backups, number);
  TRY(const auto tables, disk.list(folder));
  for (const std::string& table : tables) {
    if (!table.ends_with('/')) continue;
    TRY(const auto names, disk.list(folder + "/" + table.substr(0, table.size() - 1)));
    for (const std::string& name : names)
      if (const auto id = sstable_id_of(name)) found[*id] = folder + "/" + table + name;
  }
  return found;
}

Status settle_backup_run(Disk& disk, uint64_t number, const BackupRun& run) {
  const std::string path = log_path(kBackupsFolder, number);
  TRY(const Bytes bytes, read_file_now(disk, path, 2 * kBackupLogBytesMax));
  TRY_STATUS(RecordLogWriter::create(disk, path, BytesView(bytes).substr(0, bytes.size() - run.torn_bytes)));
  return {};
}

// Without its log it is half a run, whatever a power cut brings back of the rest.
Status remove_backup_run(Disk& disk, uint64_t number) {
  const std::string folder = backup_run_folder(kBackupsFolder, number);
  TRY_STATUS(disk.remove(log_path(kBackupsFolder, number)));
  TRY_STATUS(disk.sync_directory(folder));
  return remove_tree(disk, folder);
}

Status clear_half_backup_runs(Disk& disk) {
  TRY(const auto folders, numbered_folders(disk, kBackupsFolder));
  for (const uint64_t number : folders) {
    TRY(const bool whole, disk.exists(log_path(kBackupsFolder, number)));
    if (!whole) TRY_STATUS(remove_tree(disk, backup_run_folder(kBackupsFolder, number)));
  }
  return {};
}

// --- writing ----------------------------------------------------------------------------------------------------------

Result<std::unique_ptr<BackupWriter>> BackupWriter::begin(Disk& disk, const std::vector<BackupRecord>& first) {
  std::unique_ptr<BackupWriter> writer(new BackupWriter(disk, std::get<BackupBegins>(first.front().what).place));
  const Status opened = writer->open(first);
  if (opened) return writer;
  (void)remove_tree(disk, backup_run_folder(kBackupsFolder, writer->place_.number));  // else the next start does
  return fail(opened.error());
}

Status BackupWriter::open(const std::vector<BackupRecord>& first) {
  const std::string backups(kBackupsFolder), folder = backup_run_folder(backups, place_.number);
  TRY(const bool any, disk_.exists(backups));
  TRY_STATUS(disk_.make_directory(folder));
  if (!any) TRY_STATUS(disk_.sync_directory(""));
  Bytes bytes = encode_backup_header(), payload;
  for (const BackupRecord& record : first)
    encode_logged_record(encode_backup_record(record, payload), bytes.size(), bytes);
  TRY(log_, RecordLogWriter::create(disk_, log_path(backups, place_.number), bytes));
  TRY_STATUS(disk_.sync_directory(backups));
  records_ = first.size();
  return {};
}

Status BackupWriter::make_table_folder(const TableId& table) {
  if (tables_.contains(table)) return {};
  const std::string run = backup_run_folder(kBackupsFolder, place_.number);
  TRY_STATUS(disk_.make_directory(run + "/" + to_string(table)));
  TRY_STATUS(disk_.sync_directory(run));
  tables_.insert(table);
  return {};
}

Status BackupWriter::link(const SnapshotFile& file, Timestamp at) {
  TRY_STATUS(make_table_folder(file.table));
  const std::string path = backup_file_path(kBackupsFolder, place_.number, file.table, file.id);
  TRY_STATUS(disk_.link(sstable_path(file.table, file.id), path));
  TRY_STATUS(disk_.sync_directory(path.substr(0, path.rfind('/'))));
  return append({at, file});
}

Status BackupWriter::append(const BackupRecord& record) {
  if (log_->bytes() > kBackupLogBytesMax)
    return fail(Errc::invalid, "too many files were backed up since the last snapshot: take one");
  Bytes payload;
  TRY_STATUS(log_->append(encode_backup_record(record, payload)));
  ++records_;
  return {};
}

}  // namespace ringlet
