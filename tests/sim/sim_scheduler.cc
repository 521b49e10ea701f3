#include "tests/sim/sim_scheduler.h"

#include <algorithm>

namespace ringlet::sim {

void SimScheduler::fire_due() {
  for (SimExecutor* executor : executors_) {
    while (const auto due = executor->timers_.pop_due(now_)) executor->ready_.push_back(due);
  }
}

Instant SimScheduler::next_timer() const {
  Instant next = kNever;
  for (const SimExecutor* executor : executors_) next = std::min(next, executor->timers_.next());
  return next;
}

bool SimScheduler::step() {
  const auto is_ready = [](const SimExecutor* executor) { return !executor->ready_.empty(); };
  if (std::ranges::none_of(executors_, is_ready)) {
    if (next_timer() == kNever) return false;
    now_ = std::max(now_, next_timer());
  }
  fire_due();
  std::vector<size_t> candidates;
  for (size_t n = 0; n < executors_.size(); ++n) {
    if (is_ready(executors_[n])) candidates.push_back(n);
  }
  const size_t chosen = candidates[rng_.below(candidates.size())];
  SimExecutor& executor = *executors_[chosen];
  const std::coroutine_handle<> next = executor.ready_.front();
  executor.ready_.pop_front();
  ++steps_;
  trace_ = (trace_ ^ (static_cast<uint64_t>(now_.nanos) * 31 + chosen)) * 0x9e3779b97f4a7c15u;
  const SimExecutor::Running running(&executor);
  next.resume();
  now_ = now_ + kStep;
  return true;
}

SimExecutor::SimExecutor(SimScheduler& scheduler, std::string name) : scheduler_(scheduler), name_(std::move(name)) {
  scheduler_.executors_.push_back(this);
}

SimExecutor::~SimExecutor() { std::erase(scheduler_.executors_, this); }

}  // namespace ringlet::sim
