// What all merges of a node share: the bytes a second that they may read and write together, what the daily budget of flash
// leaves them (flash_day.h), who goes first, and whether deletions may be forgotten at all.
//
// Two merges take turns, a step at a time: one of any size, and a small one, which the large one stands still for, so that new
// files do not pile up behind an hour's work on a deep level. That bounds their memory, too. The semaphores belong to the
// background executor's thread; all else may be called from any.
#pragma once

#include <atomic>
#include <cstdint>

#include "core/env/clock.h"
#include "core/env/event.h"
#include "core/storage/flash_day.h"

namespace ringlet {

inline constexpr uint64_t kCompactionBytesPerSecond = 64u << 20;  // where nothing else is asked for

class CompactionBudget {
 public:
  explicit CompactionBudget(uint64_t bytes_per_second = 0) : bytes_per_second_(bytes_per_second) {}
  void set(uint64_t bytes_per_second) { bytes_per_second_.store(bytes_per_second, std::memory_order_relaxed); }
  uint64_t bytes_per_second() const { return bytes_per_second_.load(std::memory_order_relaxed); }  // 0: no bound

  void stop() {
    stopped_.store(true, std::memory_order_relaxed);
  }  // the node stops: running merges end at their next step
  bool stopped() const { return stopped_.load(std::memory_order_relaxed); }

  // Batches that were left half applied and will be applied again, however old they are then: while there are any, no deletion
  // that could hide what they bring is forgotten.
  void add_late_writes(int more) { late_writes_.fetch_add(more, std::memory_order_relaxed); }
  bool any_late_writes() const { return late_writes_.load(std::memory_order_relaxed) > 0; }

  // The daily budget of flash; any thread. grant() is told now and then what it leaves, and how long ago the last time was.
  void grant(const FlashShare& share, bool merged_today, Duration elapsed);
  void grant_all() { flash_bounded_.store(false, std::memory_order_relaxed); }  // there is no budget
  FlashAllowance allowance() const;
  void spend(int64_t bytes) { credit_.fetch_sub(bytes, std::memory_order_relaxed); }  // below 0: was not needed

  Semaphore& turn(bool small) { return small ? small_turn_ : turn_; }
  Instant take(uint64_t bytes, Instant now);  // when to go on

  void begin(bool small) { small_running_.fetch_add(small ? 1 : 0, std::memory_order_relaxed); }
  void end(bool small) { small_running_.fetch_sub(small ? 1 : 0, std::memory_order_relaxed); }
  bool must_wait(bool small) const { return !small && small_running_.load(std::memory_order_relaxed) > 0; }

  // Tables whose files wait for merges (kBacklogHurries): merges then take a share of the processor (compaction_pause.h).
  void add_waiting(int more) { tables_waiting_.fetch_add(more, std::memory_order_relaxed); }
  bool hurries() const { return stopped() || tables_waiting_.load(std::memory_order_relaxed) > 0; }

 private:
  std::atomic<uint64_t> bytes_per_second_;
  std::atomic<int64_t> free_at_nanos_ = 0;
  std::atomic<uint64_t> taken_at_rate_ = 0;  // that free_at_nanos_ was reckoned with
  std::atomic<int> small_running_ = 0, tables_waiting_ = 0;
  std::atomic<bool> stopped_ = false;
  std::atomic<int> late_writes_ = 0;
  std::atomic<bool> flash_bounded_ = false, merged_today_ = false;
  std::atomic<int64_t> credit_ = 0;
  std::atomic<uint64_t> left_ = 0;
  Semaphore turn_{1}, small_turn_{1};
};

}  // namespace ringlet
