// What a table's `compaction` map asks for, checked. All strategies are settings of one engine (compaction_plan.h).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/base/result.h"

namespace ringlet {

enum class CompactionStrategy : uint8_t { size_tiered, leveled, time_window, unified };

struct CompactionOptions {
  CompactionStrategy strategy = CompactionStrategy::size_tiered;
  bool enabled = true;
  size_t min_threshold = 4, max_threshold = 32;  // files of a kind before they are merged; files in one merge
  // size_tiered, and inside time_window's newest window: what counts as of one size
  double bucket_low = 0.5, bucket_high = 1.5;
  // Smaller files are of one size. 0: what a flush writes (Cassandra's 50 MiB would have a small node rewrite its newest
  // files over and over).
  uint64_t min_sstable_bytes = 0;
  // unified and leveled: W of each level, the last one repeated. W > 0: tiers of W + 2; W < 0: levels of fanout 2 - W.
  std::vector<int> scaling = {2};
  uint64_t target_file_bytes = 0;  // outputs are split near this size; 0: not at all
  // time_window
  int64_t window_micros = 86400ll * 1000000;
  int64_t ticks_per_second = 1000000;       // of the clients' timestamps
  bool drop_without_overlap_check = false;  // unsafe_aggressive_sstable_expiration
  // one file rewritten for its tombstones
  double tombstone_threshold = 0.2;
  int64_t tombstone_interval_seconds = 86400;
  bool unchecked_tombstone_compaction = false;
};

// Errc::config, in Cassandra's words, for what it would refuse. Class names short or full.
Result<CompactionOptions> parse_compaction_options(const std::map<std::string, std::string>& options);

}  // namespace ringlet
