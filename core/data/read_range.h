// ReadRange: which partitions, rows and static rows a read wants, in the order of bytes that the engine keeps (keys.h).
#pragma once

#include <atomic>
#include <optional>
#include <vector>

#include "core/data/mutation.h"

namespace ringlet {

struct Slice {
  Bytes start, end{kPositionEnd};  // positions, half-open
};

// What a traced read looked at, counted on whichever shard it looks.
struct ReadCounts {
  std::atomic<uint32_t> memtables{0}, sstables{0}, out_of_range{0}, filtered{0};  // filtered: of sstables
};

// What to read. Partitions whose prefix lies in [first_prefix, last_prefix); of each, the static row if asked for, and the
// rows in `slices` (ascending, disjoint; one whole slice for everything; none for no rows at all).
struct ReadRange {
  Bytes first_prefix;
  Bytes last_prefix;  // empty: to the end of the ring
  bool one_partition =
      false;  // first_prefix is that partition's whole prefix: filters are asked; last_prefix is unused
  std::vector<Slice> slices{Slice{}};
  // The slices of the first partition of the range where they differ: how a page resumes.
  std::optional<std::vector<Slice>> slices_of_first;
  bool static_row = true;
  bool reversed = false;         // rows inside each partition; partitions always ascend
  ReadCounts* counts = nullptr;  // not traced
};

}  // namespace ringlet
