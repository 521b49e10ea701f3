#include "core/node/snapshot_folder.h"

#include <algorithm>
#include <set>

#include "core/base/checksum.h"
#include "core/base/limits.h"
#include "core/env/read_file.h"
#include "core/storage/sstable_format.h"

namespace ringlet {
namespace {

constexpr std::string_view kFolder = "snapshots";

std::string manifest_path(const std::string& name) { return snapshot_folder(name) + "/manifest"; }
std::string unfinished_path(const std::string& name) { return manifest_path(name) + ".unfinished"; }

Result<bool> is_half(Disk& disk, const std::string& name) {
  TRY(const bool whole, disk.exists(manifest_path(name)));
  if (whole) return false;
  TRY(const bool begun, disk.exists(unfinished_path(name)));
  if (begun) return true;
  TRY(const auto inside, disk.list(snapshot_folder(name)));
  return inside.empty();  // a crash before even that name was on the medium
}

Status remove_tree(Disk& disk, const std::string& folder, const std::string& last) {
  TRY(const auto names, disk.list(folder));
  for (const std::string& name : names) {
    const std::string path = folder + "/" + name;
    if (path == last) continue;
    if (name.ends_with('/'))
      TRY_STATUS(remove_tree(disk, path.substr(0, path.size() - 1), {}));
    else
      TRY_STATUS(disk.remove(path));
  }
  if (!last.empty()) {
    TRY_STATUS(disk.sync_directory(folder));  // what says that this is half a snapshot goes last
    TRY(const bool there, disk.exists(last));
    if (there) TRY_STATUS(disk.remove(last));
  }
  return disk.remove(folder);
}

Status remove_half(Disk& disk, const std::string& name) {
  return remove_tree(disk, snapshot_folder(name), unfinished_path(name));
}

std::unexpected<Error> no_such(const std::string& name) {
  return fail(Errc::not_found, "there is no snapshot " + name);
}

}  // namespace

Status check_snapshot_name(const std::string& name) {
  const bool plain = std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.';
  });
  if (plain && !name.empty() && name.size() <= kSnapshotNameCharsMax && name.front() != '.' && name.back() != '.')
    return {};
  return fail(Errc::invalid, "a snapshot's name is made of letters, digits, '_', '-' and '.', and at most " +
                                 std::to_string(kSnapshotNameCharsMax) + " of them (got '" + name + "')");
}

bool is_auto_snapshot(const std::string& name) {
  return name.starts_with("dropped-") || name.starts_with("truncated-");
}

std::string snapshot_folder(const std::string& name) { return std::string(kFolder) + "/" + name; }

std::string snapshot_file_path(const std::string& name, const TableId& table, FileId id) {
  return snapshot_folder(name) + sstable_path(table, id).substr(std::string_view("sstables").size());
}

Status begin_snapshot(Disk& disk, const std::string& name) {
  TRY(const bool there, disk.exists(snapshot_folder(name)));
  if (there) {
    TRY(const bool half, is_half(disk, name));
    if (!half) return fail(Errc::exists, "there is a snapshot " + name + " already: delete it, or choose another name");
    TRY_STATUS(remove_half(disk, name));
  }
  TRY_STATUS(disk.make_directory(snapshot_folder(name)));
  TRY(auto mark, disk.open(unfinished_path(name), OpenMode::create));  // its name says all
  TRY_STATUS(disk.sync_directory(snapshot_folder(name)));
  return disk.sync_directory(std::string(kFolder));  // its own name was synced when the log was opened
}

Status link_into_snapshot(Disk& disk, const std::string& name, SnapshotFile& file) {
  const std::string path = snapshot_file_path(name, file.table, file.id);
  TRY_STATUS(disk.make_directory(path.substr(0, path.rfind('/'))));
  TRY_STATUS(disk.link(sstable_path(file.table, file.id), path));
  TRY(file.footer_hash, read_footer_hash(disk, path, file.bytes));
  return {};
}

Status finish_snapshot(Disk& disk, const std::string& name, const SnapshotManifest& manifest) {
  std::set<TableId> tables;
  for (const SnapshotFile& file : manifest.files) tables.insert(file.table);
  for (const TableId& table : tables) TRY_STATUS(disk.sync_directory(snapshot_folder(name) + "/" + to_string(table)));
  Bytes bytes;
  encode_snapshot(manifest, bytes);
  TRY(auto file, disk.open(unfinished_path(name), OpenMode::write));
  TRY_STATUS(file->write_now(0, bytes));
  TRY_STATUS(file->sync_now());
  TRY_STATUS(disk.sync_directory(snapshot_folder(name)));  // the tables' folders
  TRY_STATUS(disk.rename(unfinished_path(name), manifest_path(name)));
  return disk.sync_directory(snapshot_folder(name));
}

Status remove_snapshot(Disk& disk, const std::string& name) {
  TRY(const bool there, disk.exists(snapshot_folder(name)));
  if (!there) return no_such(name);
  TRY(const bool whole, disk.exists(manifest_path(name)));
  if (whole) {
    TRY_STATUS(disk.rename(manifest_path(name), unfinished_path(name)));
    TRY_STATUS(disk.sync_directory(snapshot_folder(name)));
  }
  return remove_half(disk, name);  // what a power cut brings back of it is half a snapshot: a start removes it again
}

Result<std::vector<std::string>> snapshot_names(Disk& disk) {
  TRY(const auto folders, disk.list(std::string(kFolder)));
  std::vector<std::string> names;
  for (const std::string& folder : folders) {
    if (!folder.ends_with('/')) continue;
    const std::string name = folder.substr(0, folder.size() - 1);
    TRY(const bool half, is_half(disk, name));
    if (!half) names.push_back(name);
  }
  return names;
}

Result<SnapshotManifest> read_snapshot(Disk& disk, const std::string& name) {
  const std::string path = manifest_path(name);
  TRY(const bool there, disk.exists(snapshot_folder(name)));
  if (!there) return no_such(name);
  TRY(const bool whole, disk.exists(path));
  if (!whole) return fail(Errc::corrupt, snapshot_folder(name) + " has no manifest: it is no whole snapshot");
  TRY(const Bytes bytes, read_file_now(disk, path, kSnapshotManifestBytesMax));
  return decode_snapshot(bytes, path);
}

Result<uint64_t> read_footer_hash(Disk& disk, const std::string& path, uint64_t bytes) {
  TRY(auto file, disk.open(path, OpenMode::read));
  TRY(const uint64_t size, file->size_now());
  if (size != bytes || size < kFooterBytes)
    return fail(Errc::corrupt, path + ": cut short or grown since it was written");
  char footer[kFooterBytes];
  TRY(const size_t read, file->read_now(size - kFooterBytes, footer));
  return hash64({footer, read});
}

Status clear_half_snapshots(Disk& disk) {
  TRY(const auto folders, disk.list(std::string(kFolder)));
  for (const std::string& folder : folders) {
    if (!folder.ends_with('/')) continue;
    const std::string name = folder.substr(0, folder.size() - 1);
    TRY(const bool half, is_half(disk, name));
    if (half) TRY_STATUS(remove_half(disk, name));
  }
  return {};
}

}  // namespace ringlet
