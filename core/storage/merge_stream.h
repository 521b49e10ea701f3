// Merge: several streams of fragments as one, newest knowledge first. Reads merge memtables and sstables with it, compaction
// merges sstables.
//
// Always holds
//   - a partition is yielded once, with the newest of its deletions; a row once, merged from all that know it (merge_rows)
//   - range markers form one consistent sequence: what is open is the newest of what is open in any source
//   - what the partition's or a range's deletion shadows is gone from rows (a row of which nothing is left is not yielded);
//     the deletions themselves stay in the stream, except ranges that the partition's deletion covers whole
//   - no allocation for each row once its buffers have grown
//   - a source that the partition's deletion hides whole is not read; of long stretches that a range's hides, a part at a time is
// Sources are in the same direction (`reversed`: rows of a partition descend). The merge is blocked while any source that it
// must look at is; load() loads some of those that are.
#pragma once

#include <memory>
#include <vector>

#include "core/storage/fragment.h"

namespace ringlet {

// One source is returned as it is. What its own deletions shadow is then still in it, unless the source takes care.
std::unique_ptr<FragmentStream> merge_streams(std::vector<std::unique_ptr<FragmentStream>> sources, bool reversed);
// The same from storage that the caller uses again: the streams in it are taken.
std::unique_ptr<FragmentStream> merge_all(std::vector<std::unique_ptr<FragmentStream>>& sources, bool reversed);

// One stream, its own deletions applied to its rows.
std::unique_ptr<FragmentStream> apply_own_deletions(std::unique_ptr<FragmentStream> source, bool reversed);

}  // namespace ringlet
