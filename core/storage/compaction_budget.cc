#include "core/storage/compaction_budget.h"

#include <algorithm>
#include <utility>

namespace ringlet {

Instant CompactionBudget::take(uint64_t bytes, Instant now) {
  const uint64_t rate = bytes_per_second();
  if (std::exchange(taken_at_rate_, rate) != rate) free_at_ = now;
  if (rate == 0) return now;
  free_at_ = std::max(free_at_, now) +
             Duration{static_cast<int64_t>(static_cast<double>(bytes) * 1e9 / static_cast<double>(rate))};
  return free_at_;
}

}  // namespace ringlet
