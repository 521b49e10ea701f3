// Which files to merge next, which to drop, and why. Pure: files and options in, jobs out.
//
// One engine for all strategies: files are put into groups of a kind (of one size, of one window, of one density level),
// and a group that has grown past its threshold becomes a job. A strategy says how groups are made and what the threshold is.
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
  uint32_t level = 0;
  uint64_t bytes = 0;
  Token first_token, last_token;
  Timestamp min_timestamp, max_timestamp;
  Seconds min_expiry{INT64_MAX}, max_expiry{INT64_MIN};
  uint64_t cells = 0, tombstones = 0, expiring_cells = 0;
  bool all_expire = false;
  bool busy = false;  // part of a running job: left alone, but it still overlaps
};
PlanFile plan_file(FileId id, const SstableStatistics& statistics);

struct PlanContext {
  Seconds now;
  Seconds gc_before;                            // tombstones made before this may go (gc_before() of compaction_run.h)
  Timestamp memtable_min_timestamp{INT64_MAX};  // the oldest write that is not in a file yet
  uint64_t flush_bytes = 8u << 20;              // about what a flush writes: the size of unified's lowest level
};

struct CompactionJob {
  enum class Kind : uint8_t {
    merge,
    drop,  // everything in them has expired: remove them, nothing to write
  };
  Kind kind = Kind::merge;
  std::vector<FileId> inputs;      // by id
  uint64_t bytes = 0;              // of the inputs
  uint32_t level = 0;              // of the outputs
  uint64_t target_file_bytes = 0;  // 0: one output
  std::string reason;
};

// Jobs on disjoint files, the most urgent first. Empty: nothing is due.
std::vector<CompactionJob> plan_compaction(const std::vector<PlanFile>& files, const CompactionOptions& options,
                                           const PlanContext& context);
// On demand: everything that may be merged, is (window by window where there are windows).
std::vector<CompactionJob> plan_major_compaction(const std::vector<PlanFile>& files, const CompactionOptions& options);

}  // namespace ringlet
