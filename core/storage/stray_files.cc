#include "core/storage/stray_files.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "core/storage/sstable.h"

namespace ringlet {

std::optional<FileId> sstable_id_of(std::string_view name) {
  if (!name.ends_with(".sst")) return std::nullopt;
  uint64_t id = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size() - 4, id);
  if (error != std::errc{} || end != name.data() + name.size() - 4) return std::nullopt;
  return FileId{id};
}

namespace {

// A name in quarantine/ that nobody has: what was put aside before stays.
Result<std::string> place_for(Disk& disk, std::string path) {
  TRY_STATUS(disk.make_directory("quarantine"));
  std::ranges::replace(path, '/', '_');
  const std::string base = "quarantine/" + path;
  std::string to = base;
  for (int n = 2;; ++n) {
    TRY(const bool taken, disk.exists(to));
    if (!taken) return to;
    to = base + "." + std::to_string(n);
  }
}

Status quarantine(Disk& disk, const std::string& folder, const std::string& name, StrayReport& report) {
  TRY(const std::string to, place_for(disk, folder + name));
  TRY_STATUS(disk.rename(folder + name, to));
  report.quarantined.push_back(to);
  return {};
}

void unlink(Disk& disk, const std::string& path, StrayReport& report) {
  if (const Status removed = disk.remove(path); !removed) report.left.push_back(removed.error().detail);
}

Status look_at(Disk& disk, const std::string& folder, const TableId& table, const std::string& name,
               const ManifestState& manifest, const std::set<FileId>& live, StrayReport& report) {
  if (name.ends_with(kUnfinishedSuffix)) {
    unlink(disk, folder + name, report);
    return {};
  }
  const std::optional<FileId> id = sstable_id_of(name);
  if (id && live.contains(*id)) return {};
  if (id) {
    const auto reader = SstableReader::open(disk, table, *id, SstableAccess::background, nullptr);
    if (reader && (*reader)->manifest() == manifest.id) {
      unlink(disk, folder + name, report);
      report.unlinked.push_back(*id);
      return {};
    }
  }
  return quarantine(disk, folder, name, report);
}

}  // namespace

Status quarantine_copy(Disk& disk, const std::string& path) {
  TRY(const std::string to, place_for(disk, path));
  TRY_STATUS(disk.link(path, to));
  TRY_STATUS(disk.sync_directory("quarantine"));
  return disk.sync_directory("");
}

Result<StrayReport> clear_strays(Disk& disk, const ManifestState& manifest) {
  StrayReport report;
  std::set<FileId> live;
  for (const ManifestFile& file : manifest.live) live.insert(file.id);
  TRY(const auto folders, disk.list("sstables"));
  for (const std::string& folder : folders) {
    const auto table = parse_uuid(std::string_view(folder).substr(0, folder.size() - 1));
    if (!folder.ends_with('/') || !table) {
      TRY_STATUS(
          quarantine(disk, "sstables/", folder.ends_with('/') ? folder.substr(0, folder.size() - 1) : folder, report));
      continue;
    }
    TRY(const auto names, disk.list("sstables/" + folder));
    const size_t moved = report.unlinked.size() + report.quarantined.size();
    for (const std::string& name : names)
      TRY_STATUS(look_at(disk, "sstables/" + folder, *table, name, manifest, live, report));
    if (report.unlinked.size() + report.quarantined.size() > moved)
      TRY_STATUS(disk.sync_directory(sstable_folder(*table)));
  }
  return report;
}

}  // namespace ringlet
