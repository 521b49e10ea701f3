// metadata.db made anew from the other files, where it is lost, damaged, or older than they are: the schema and truncations from
// schema.log, the live files from sstables/, ids above all that a name or schema.log tells of.
//
// Which sstables live: those that open, whose table there still is, and that schema.log does not name as dead. Where it could not be
// written, files tell of one merge: one that another was compacted from is left out once any of that merge's inputs is gone, since
// inputs go only after the merge is committed. What is left out goes to quarantine/ at the same start, like any stray; so does the
// damaged metadata.db.
// A crash on the way leaves no metadata.db: the next start begins again. The node gets a new identity and new counter epoch.
// Lost with metadata.db: which log records are in sstables (those that no merge had seen are applied again, which changes
// nothing), prepared statements.
#pragma once

#include <string>
#include <vector>

#include "core/local/local_store.h"

namespace ringlet {

struct RebuildReport {
  std::string why;  // empty: there was no need
  uint64_t tables = 0, files = 0;
  std::vector<std::string> left_out;  // sstables and why
};

// Opens metadata.db, after a rebuild where it takes one. Errc::corrupt where schema.log is lost too; nothing is changed then.
Task<Result<std::unique_ptr<LocalStore>>> open_or_rebuild(Env& env, RebuildReport& report);

}  // namespace ringlet
