// The list of segments that count, kept in metadata.db: what a start must find in commitlog/, and what it must not read.
//
// A segment is put on the list after its file is whole and named on the medium, and before the first record is written into
// it; it is taken off before its file is unlinked or used again. So at start
//   - a segment on the list whose file is missing or too short has lost records: a hole
//   - so has one without the header that it was made with, or that ends below what the list knows to have been synced in it: all of
//     it by the time that its successor, whose header says so too, is released
//   - a file that is not on the list and older than those that are was released: nothing in it counts any more
// All that is released between two orders of the maker leaves the list in one transaction.
#pragma once

#include <map>
#include <optional>

#include "core/local/local_store.h"

namespace ringlet {

struct ListedSegment {
  uint64_t bytes = 0;
  uint64_t synced_through = 0;  // at least, when the list was stored
  friend bool operator==(const ListedSegment&, const ListedSegment&) = default;
};
using LogList = std::map<SegmentId, ListedSegment>;

Task<Status> store_log_list(LocalStore& local, LogList list);
// nullopt: none was ever stored (a directory of an older version, or metadata that was rebuilt).
Task<Result<std::optional<LogList>>> stored_log_list(LocalStore& local);

}  // namespace ringlet
