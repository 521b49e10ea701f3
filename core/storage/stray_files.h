// Stray files told from dead ones, at start, before any sstable is opened.
//
//   unfinished (a crash while writing), or stamped with this manifest's id and not live (dead, or never committed): unlinked
//   anything else under sstables/: moved to quarantine/ and reported; it may be somebody's data
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/env/disk.h"
#include "core/local/local_store.h"

namespace ringlet {

inline constexpr std::string_view kUnfinishedSuffix = ".unfinished";

struct StrayReport {
  std::vector<FileId> unlinked;
  std::vector<std::string> quarantined;  // where they are now
  std::vector<std::string> left;         // could not be unlinked: it counts for nothing, and the next start tries again
};

std::optional<FileId> sstable_id_of(std::string_view name);   // of a name inside a table's folder
Status quarantine_copy(Disk& disk, const std::string& path);  // a second name for it there; blocks
// Blocks. What went away stays away, also after a power cut, once this returns. What cannot be unlinked keeps no node from starting.
Result<StrayReport> clear_strays(Disk& disk, const ManifestState& manifest);

}  // namespace ringlet
