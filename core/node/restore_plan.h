// What a restore is to do, before it does anything: which tables of a snapshot go where, and what the schema needs for them.
// Pure, so that every refusal can be tested without a file.
//
// Cells in sstables name their columns by number. Into a table that exists, a restore puts files only where every column of the
// snapshot's table has the same number, name, type and kind there; a table that is missing is made with the snapshot's numbers.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/meta/catalog_command.h"
#include "core/node/snapshot_manifest.h"

namespace ringlet {

struct RestoreRequest {
  std::string snapshot;
  std::string keyspace, table;        // of the snapshot; empty: all of it
  std::string as_keyspace, as_table;  // another name for the one table; empty: its own
  bool backups = false;               // with the incremental backups that were made since it
  bool incomplete = false;            // though some of those are missing
  bool undo_losses = false;           // with what TRUNCATE and DROP took away since
};

struct RestoreTarget {
  TableRef from;  // as it was in the snapshot
  TableRef to;
  bool is_new = false;  // the restore makes it
  std::vector<SnapshotFile> files;
};

// `new_id`: an id for each table that is to be made: never the snapshot's, so that no record of an older life, still in the log,
// comes back with it.
Result<std::vector<RestoreTarget>> plan_restore(const SnapshotManifest& snapshot, const RestoreRequest& request,
                                                const Schema& schema, const std::function<TableId()>& new_id);

// What makes the new tables, and the keyspaces and types that they need. No changes: nothing is missing. Errc::invalid where
// `schema` does not suit the targets any more.
Result<CatalogCommand> restore_schema(const SnapshotManifest& snapshot, const std::vector<RestoreTarget>& targets,
                                      const Schema& schema);

}  // namespace ringlet
