// What a merge does between its steps: it ends when it is told to, waits for the budget and for a smaller merge, and goes on
// where it disturbs nobody. Pure but for CompactionPause, which waits.
//
// A merge has two threads to go on. The idle one gets the processor only when nobody else wants it, so that a read that comes
// in goes at once, whatever is merged. But nobody promises that such a time comes, and a merge that never ends makes every
// read dearer. So it goes on with the background's thread, which always gets its share:
//   - while merges of any table are behind (kBacklogHurries): their files cost reads more than their thread does
//   - when a step on the idle thread took so long that it must have waited for the processor: then for as long as that step
//     took, so that half of the time at least is the background's
#pragma once

#include <atomic>

#include "core/base/result.h"
#include "core/env/clock.h"
#include "core/env/task.h"
#include "core/storage/compaction_budget.h"

namespace ringlet {

class Executor;

class MergeManners {
 public:
  void stepped_idly(Duration took, Instant now);
  bool may_idle(bool behind, Instant now) const { return !behind && now >= hurry_until_; }

 private:
  Instant hurry_until_{};
};

class CompactionPause {
 public:
  // `background`: the executor to hurry on; null: it stays on the one it began on. `budget` and `cancelled` may be null.
  struct Options {
    CompactionBudget* budget = nullptr;
    const std::atomic<bool>* cancelled = nullptr;
    Executor* background = nullptr;
    bool small = false;
  };
  CompactionPause(const Clock& clock, const Options& options);

  Status going_on() const;         // Errc::cancelled: the node stops, or the table is dropped
  Task<void> wait(Instant until);  // after each step

 private:
  Task<void> choose_thread();
  uint64_t rate() const { return options_.budget == nullptr ? 0 : options_.budget->bytes_per_second(); }

  const Clock& clock_;
  const Options options_;
  Executor* const idle_;
  MergeManners manners_;
  Instant step_began_;
};

}  // namespace ringlet
