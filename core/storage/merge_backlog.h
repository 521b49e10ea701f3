// How far a table's merges are behind its writes on one shard, and what that means for its writers. Pure: no clock of its own.
//
// The backlog is the number of files over one token that merges which are due would take away (backlog_of in compaction_plan.h).
// Files that a strategy means to lie over one another, as one a level or one a window, are not in it. What reads hold and cost
// grows with it, so it has a bound:
//   below kBacklogSlow          writes go as fast as they can
//   from there                  they are paced to so many bytes a second, fewer with each file, so that merges catch up
//   from kBacklogMost           they wait until a merge has ended, and are refused in the end
// Flushes are never held: they free memory, and the log. So files of what memory held may still come on top of the bound.
//
// Nobody is held for what merges cannot mend. Writes go on, and the memory of reads is bounded by their own turns
// (read_turns.h), while
//   - compaction is off, for the table or the node: nothing is due, the backlog is 0
//   - the disk is full (no merge runs), a merge of the table failed (a damaged file; tried again each minute, and by every flush)
//   - the day's flash has no bytes for a merge that is due: that budget has its own bound, kFilesPiledUp on a level
//   - somebody has the table's files to himself: a major compaction, scrub, a split, a restore; TRUNCATE and DROP
//   - the table was started, or restored, with many files: that backlog is not its writers' doing, only what they add counts
//   - merges are busy elsewhere, or this table's take very long: after kNoMergeSecondsMax at the bound without one that ended, writes
//     go on at the slowest pace
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/env/clock.h"

namespace ringlet {

class MergeBacklog {
 public:
  // A flush made another file, or a definition changed: so many there are now.
  void found(size_t files, Instant now);
  void merged(size_t files, Instant now);  // a merge has ended
  void brought(size_t files);              // they came with a start or a restore

  size_t files() const { return files_; }
  size_t held_against_writers() const { return files_ - brought_; }
  bool behind() const;  // writes are not as free as ever

  // Bytes a second that may be written now; 0: none, until a merge has ended. Only while behind().
  uint64_t pace(Instant now) const;
  // When a write of so many bytes may go on, if it waits its turn; for it to be so, take() it.
  Instant turn(Instant now) const { return free_at_ > now ? free_at_ : now; }
  void take(size_t bytes, Instant now);

 private:
  size_t files_ = 0;
  size_t brought_ = 0;     // of them
  Instant progress_at_{};  // the last merge's end, or when the bound was reached
  Instant free_at_{};      // of those who are paced
};

}  // namespace ringlet
