// What a table's `compaction` map asks for, checked. All strategies are settings of one engine (compaction_plan.h).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/base/result.h"

namespace ringlet {

enum class CompactionStrategy : uint8_t { size_tiered, leveled, time_window, unified };

// Which files of a set that overlaps are merged when one token of it has too many: those over the token, those that overlap
// them, or all that hang together.
enum class OverlapInclusion : uint8_t { none, single, transitive };

struct CompactionOptions {
  CompactionStrategy strategy = CompactionStrategy::size_tiered;
  bool enabled = true;
  bool adapt_to_reads =
      true;  // merge more where that pays for reads (compaction_reads.h); our own option, of every strategy
  // W of each level, the last one repeated (compaction_levels.h). size_tiered and time_window: min_threshold - 2.
  // leveled: 2 - fanout_size.
  std::vector<int> scaling = {2};
  size_t max_runs = 32;  // files over one token in one merge: max_threshold, max_sstables_to_compact
  OverlapInclusion inclusion = OverlapInclusion::transitive;
  uint64_t flush_bytes = 0;  // flush_size_override; 0: what flushes are seen to write
  uint64_t small_bytes = 0;  // min_sstable_size of tiers: smaller files are of the lowest level
  // How outputs are cut.
  uint64_t target_file_bytes = 0;  // 0: not at all
  uint64_t min_file_bytes = 0;
  uint32_t base_parts = 1;
  double growth = 0;  // 0: more files as there is more; 1: larger ones
  // time_window
  int64_t window_micros = 86400ll * 1000000;
  int64_t ticks_per_second = 1000000;       // of the clients' timestamps
  bool drop_without_overlap_check = false;  // unsafe_aggressive_sstable_expiration
  // one file rewritten for its tombstones
  bool purge_alone = true;
  double tombstone_threshold = 0.2;
  int64_t tombstone_interval_seconds = 86400;
  bool unchecked_tombstone_compaction = false;
};

// Errc::config, in Cassandra's words, for what it would refuse. Class names short or full.
Result<CompactionOptions> parse_compaction_options(const std::map<std::string, std::string>& options);

}  // namespace ringlet
