// What the admin API says of work on sstables, for people.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ringlet::cli {

struct CompactionView {
  uint64_t bytes_per_second = 0;   // 0: no bound
  std::vector<std::string> tasks;  // a line for each that runs
};
std::optional<CompactionView> read_compaction(const std::string& json);  // of /api/v1/compaction

}  // namespace ringlet::cli
