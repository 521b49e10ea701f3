// The list of segments that count, kept in metadata.db: what a start must find in commitlog/, and what it must not read.
//
// A segment is put on the list after its file is whole and named on the medium, and before the first record is written into
// it; it is taken off before its file is unlinked or used again. So at start
//   - a segment on the list whose file is missing or too short has lost records: a hole
//   - a file that is not on the list and older than those that are was released: nothing in it counts any more
// All that is released between two orders of the maker leaves the list in one transaction.
#pragma once

#include <map>
#include <optional>

#include "core/local/local_store.h"

namespace ringlet {

using LogList = std::map<SegmentId, uint64_t>;  // bytes of each file

Task<Status> store_log_list(LocalStore& local, LogList list);
// nullopt: none was ever stored (a directory of an older version, or metadata that was rebuilt).
Task<Result<std::optional<LogList>>> stored_log_list(LocalStore& local);

}  // namespace ringlet
