#include "core/storage/compaction_budget.h"

#include <algorithm>

namespace ringlet {

Instant CompactionBudget::take(uint64_t bytes, Instant now) {
  const uint64_t rate = bytes_per_second();
  if (taken_at_rate_.exchange(rate, std::memory_order_relaxed) != rate)
    free_at_nanos_.store(now.nanos, std::memory_order_relaxed);
  if (rate == 0) return now;
  const auto takes = static_cast<int64_t>(static_cast<double>(bytes) * 1e9 / static_cast<double>(rate));
  int64_t free_at = free_at_nanos_.load(std::memory_order_relaxed), mine;
  do {
    mine = std::max(free_at, now.nanos) + takes;
  } while (!free_at_nanos_.compare_exchange_weak(free_at, mine, std::memory_order_relaxed));
  return Instant{mine};
}

// What was spent while nothing bounded it is not owed.
void CompactionBudget::grant(const FlashShare& share, bool merged_today, Duration elapsed) {
  left_.store(share.left, std::memory_order_relaxed);
  merged_today_.store(merged_today, std::memory_order_relaxed);
  if (!flash_bounded_.exchange(true, std::memory_order_relaxed)) {
    credit_.store(0, std::memory_order_relaxed);
    return;
  }
  const auto most = static_cast<int64_t>(credit_max(share)), more = static_cast<int64_t>(credit_for(share, elapsed));
  int64_t had = credit_.load(std::memory_order_relaxed);
  while (!credit_.compare_exchange_weak(had, std::min(had + more, most), std::memory_order_relaxed)) {
  }
}

FlashAllowance CompactionBudget::allowance() const {
  return {.bounded = flash_bounded_.load(std::memory_order_relaxed),
          .merged_today = merged_today_.load(std::memory_order_relaxed),
          .credit = credit_.load(std::memory_order_relaxed),
          .left = left_.load(std::memory_order_relaxed)};
}

}  // namespace ringlet
