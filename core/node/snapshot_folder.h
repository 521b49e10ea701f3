// A snapshot on the medium: `snapshots/NAME/<table id>/<file id>.sst`, hard links, and `snapshots/NAME/manifest`. While it is made,
// and while it is removed, the manifest's name is `manifest.unfinished`: what a crash leaves so is half a snapshot, and a start
// removes it. Anything else in snapshots/ is somebody's: never removed unasked. All of this blocks its thread.
#pragma once

#include <string>
#include <vector>

#include "core/env/disk.h"
#include "core/node/snapshot_manifest.h"

namespace ringlet {

// Letters, digits, '_', '-' and inner dots, at most kSnapshotNameCharsMax: Errc::invalid for anything else.
Status check_snapshot_name(const std::string& name);
bool is_auto_snapshot(const std::string& name);  // taken by the node itself: auto_snapshots.h
std::string snapshot_folder(const std::string& name);
std::string snapshot_file_path(const std::string& name, const TableId& table, FileId id);

Status begin_snapshot(Disk& disk, const std::string& name);  // Errc::exists: there is one of that name
// A second name for the file, under which it stays when the first is gone; fills in the hash of its footer.
Status link_into_snapshot(Disk& disk, const std::string& name, SnapshotFile& file);
// Everything that was linked is on the medium, and then the manifest.
Status finish_snapshot(Disk& disk, const std::string& name, const SnapshotManifest& manifest);
Status remove_snapshot(Disk& disk, const std::string& name);  // whole or half; Errc::not_found

Result<std::vector<std::string>> snapshot_names(Disk& disk);                  // half ones are left out
Result<SnapshotManifest> read_snapshot(Disk& disk, const std::string& name);  // Errc::not_found
Result<uint64_t> read_footer_hash(Disk& disk, const std::string& path,
                                  uint64_t bytes);  // MUST be that long, else corrupt
Status clear_half_snapshots(Disk& disk);            // at start

}  // namespace ringlet
