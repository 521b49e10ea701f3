// What a restore of a snapshot and the backups made since brings, before anything is done: the snapshot's manifest with the files of the
// runs added, less what was truncated or dropped since, and under the schema that there was last. Pure.
//
// The runs count from the one that began with the snapshot. That nothing is missing takes an unbroken chain of them: each says
// from which one it goes on, and how many records that one had. What is missing is said with its time.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/node/backup_log.h"

namespace ringlet {

struct BackupPlan {
  SnapshotManifest merged;            // SnapshotFile::run says where each lies
  std::vector<std::string> missing;   // in words; none: the chain is whole
  std::vector<std::string> left_out;  // truncated and dropped tables
  Timestamp through{0};               // the last thing that the runs tell of
  uint64_t runs = 0;
};

// `undo_losses`: what TRUNCATE and DROP took away since is restored as well.
BackupPlan plan_backups(const SnapshotManifest& snapshot, const std::map<uint64_t, BackupRun>& runs, bool undo_losses);

std::string utc_text(Timestamp at);  // 2026-11-22 05:40:00.123Z

}  // namespace ringlet
