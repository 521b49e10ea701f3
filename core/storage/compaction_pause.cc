#include "core/storage/compaction_pause.h"

#include <algorithm>

#include "core/env/executor.h"

namespace ringlet {
namespace {

constexpr Duration kSleepAtMost = millis(200);
constexpr Duration kLookAgainAfter = millis(5);  // while a small merge runs
constexpr Duration kStepUnheard = millis(100);   // of a step that has the processor, on any machine and medium
constexpr Duration kHurryAtMost = seconds(2);

}  // namespace

void MergeManners::stepped_idly(Duration took, Instant now) {
  if (took >= kStepUnheard) hurry_until_ = now + std::min(took, kHurryAtMost);
}

CompactionPause::CompactionPause(const Clock& clock, const Options& options)
    : clock_(clock), options_(options), idle_(Executor::current()), step_began_(clock.now()) {}

Status CompactionPause::going_on() const {
  const bool ended = options_.cancelled != nullptr && options_.cancelled->load(std::memory_order_relaxed);
  if (!ended && (options_.budget == nullptr || !options_.budget->stopped())) return {};
  return fail(Errc::cancelled, "work on sstables cancelled");
}

Task<void> CompactionPause::choose_thread() {
  if (options_.background == nullptr) co_return;
  const Instant now = clock_.now();
  if (idle_->is_current()) manners_.stepped_idly(now - step_began_, now);
  const bool behind = options_.budget != nullptr && options_.budget->hurries();
  Executor& next = manners_.may_idle(behind, now) ? *idle_ : *options_.background;
  co_await next.hop();
}

Task<void> CompactionPause::wait(Instant until) {
  if (idle_ == nullptr) co_return;
  co_await choose_thread();
  Executor& executor = *Executor::current();
  if (until <= clock_.now()) co_await executor.yield_if_due();
  // A little at a time: the node may stop, the table be dropped, or the bound change.
  const uint64_t rate_then = rate();
  while (until > clock_.now() && rate() == rate_then && going_on())
    co_await executor.sleep_until(std::min(until, clock_.now() + kSleepAtMost));
  while (options_.budget != nullptr && options_.budget->must_wait(options_.small) && going_on())
    co_await executor.sleep_until(clock_.now() + kLookAgainAfter);
  step_began_ = clock_.now();
}

}  // namespace ringlet
