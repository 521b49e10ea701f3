// Which files to merge next, which to drop, and why. Pure: files and options in, jobs out.
//
// One engine for all strategies: files are put on levels by their density (compaction_levels.h), and where more files of a
// level lie over one token than its scaling parameter allows, they become a job. time_window does so within each window that may
// still grow, and makes one file of each that is over.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/types.h"
#include "core/storage/compaction_options.h"

namespace ringlet {

struct SstableStatistics;

struct PlanFile {
  FileId id;
  uint32_t level = 0;  // that it was written for
  uint64_t bytes = 0, partitions = 0;
  Token first_token, last_token;
  Timestamp min_timestamp, max_timestamp;
  Seconds min_expiry{INT64_MAX}, max_expiry{INT64_MIN};
  uint64_t cells = 0, tombstones = 0, expiring_cells = 0;
  bool all_expire = false;
  bool busy = false;             // part of a running job: left alone, but it still overlaps
  bool damaged = false;          // a merge could not read it: left out of further ones, but it still overlaps
  Seconds purged_at{INT64_MIN};  // when it was written alone for its tombstones
};
PlanFile plan_file(FileId id, const SstableStatistics& statistics);

struct PlanContext {
  Seconds now;
  Seconds gc_before;                            // tombstones made before this may go (tombstone_gc.h)
  Timestamp memtable_min_timestamp{INT64_MAX};  // the oldest write that is not in a file yet
  bool is_counter = false;                      // a counter's tombstone hides what was written after it, too
  uint64_t flush_bytes = 8u << 20;              // about what a flush writes: the size of the lowest level's files
  uint64_t merge_bytes_max = UINT64_MAX;  // a merge takes the smallest of its files, as many as make this; or none
};

struct CompactionJob {
  enum class Kind : uint8_t {
    merge,
    purge,  // one file, rewritten for its tombstones
    drop,   // everything in them has expired: remove them, nothing to write
  };
  Kind kind = Kind::merge;
  std::vector<FileId> inputs;  // by id
  uint64_t bytes = 0;          // of the inputs
  uint32_t level = 0;          // of the outputs, from 1: 0 is what a flush writes
  uint32_t parts = 1;          // outputs are cut where so many equal parts of the ring meet
  size_t outputs_max = 1;      // parts that the inputs reach into
  size_t deepest = 1;  // files that lie over one token where the inputs do, whether or not all of them are merged
  bool more = false;   // a pass of a merge of too many files for one: plan again when it is done
  std::string reason;
};

// Jobs on disjoint files, the most urgent first. Empty: nothing is due.
std::vector<CompactionJob> plan_compaction(const std::vector<PlanFile>& files, const CompactionOptions& options,
                                           const PlanContext& context);
// Files over one token that merges which are due would take away, whether or not they run already: what merges are behind by.
size_t backlog_of(const std::vector<PlanFile>& files, const CompactionOptions& options, const PlanContext& context);
// On demand: everything that may be merged, is (window by window where there are windows), where more than kMergeFilesMax lie over one
// token in passes: those before the last take the smallest files, few enough that as little as may be is written twice.
std::vector<CompactionJob> plan_major_compaction(const std::vector<PlanFile>& files, const CompactionOptions& options,
                                                 const PlanContext& context);
// On demand: each of these files alone (scrub, cleanup, upgrade), as finely cut as files of its density are.
CompactionJob plan_rewrite(const PlanFile& file, const CompactionOptions& options, const PlanContext& context);

}  // namespace ringlet
