#include "net/loop/loop_executor.h"

#include <sched.h>

#include <algorithm>

namespace ringlet {
namespace {

constexpr Duration kTurn = micros(500);       // a handle that ran this long should yield
constexpr unsigned kTurnsWithoutSockets = 4;  // under load, look at the sockets only every so many turns

bool has_processors_to_spare() {
  cpu_set_t set;
  return sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 1;
}

void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

}  // namespace

LoopExecutor::Options::Options() : poll_before_sleep(has_processors_to_spare() ? micros(50) : micros(0)) {}

LoopExecutor::LoopExecutor(const Clock& clock, Options options)
    : clock_(clock), options_(options), turn_started_(clock.now()) {}

void LoopExecutor::add_poller(Poller& poller) {
  pollers_.push_back(&poller);
  sockets_.add_poller(poller.fd());
}

bool LoopExecutor::yield_due() const { return clock_.now() - turn_started_ > kTurn; }

void LoopExecutor::post(std::coroutine_handle<> next) {
  if (is_current()) {
    ready_.push_back(next);
    return;
  }
  // Only the push that found the queue empty may have to wake the loop, and only one thread then gets to.
  if (posted_.push(next) && may_be_asleep_.exchange(false)) sockets_.wake();
}

void LoopExecutor::stop() {
  stopping_ = true;
  sockets_.wake();
}

void LoopExecutor::run() {
  const Running running(this);
  while (true) {
    const bool worked = turn();
    if (!ready_.empty() && ++turns_without_sockets_ < kTurnsWithoutSockets) continue;
    turns_without_sockets_ = 0;
    if (worked) idle_since_ = kNever;
    if (!ready_.empty()) {
      sockets_.look(0);
    } else if (stopping_ && posted_.empty()) {
      return;
    } else if (time_to_sleep()) {
      sleep();
    } else {
      relax();
      sockets_.look(0);
    }
  }
}

bool LoopExecutor::turn() {
  turn_started_ = clock_.now();
  bool worked = run_ready();
  for (Poller* poller : pollers_) worked |= poller->poll();
  return worked;
}

bool LoopExecutor::run_ready() {
  posted_.take_all([this](std::coroutine_handle<> handle) { ready_.push_back(handle); });
  if (timers_.next() <= turn_started_) {
    while (const auto due = timers_.pop_due(turn_started_)) ready_.push_back(due);
  }
  running_.swap(ready_);
  for (const std::coroutine_handle<> handle : running_) handle.resume();
  const bool worked = !running_.empty();
  running_.clear();
  return worked;
}

bool LoopExecutor::time_to_sleep() {
  if (options_.poll_before_sleep == Duration{}) return true;
  // A sync of the log: on two processors it began 50 us later while its shard looked for its end.
  if (std::ranges::any_of(pollers_, [](const Poller* poller) { return poller->waits_long(); })) return true;
  if (idle_since_ == kNever) idle_since_ = turn_started_;
  return turn_started_ - idle_since_ >= options_.poll_before_sleep;
}

void LoopExecutor::sleep() {
  may_be_asleep_ = true;
  // Whoever posts after this look sees that the loop may be asleep, and wakes it.
  if (posted_.empty() && !stopping_) sockets_.look(sleep_ms_max());
  may_be_asleep_ = false;
  idle_since_ = kNever;
}

// Until the next timer, rounded up: a sleep that ends too soon would have to be followed by another.
int LoopExecutor::sleep_ms_max() const {
  if (timers_.next() == kNever) return -1;
  constexpr int64_t kNanosPerMs = 1000000, kLongestMs = 3600000;
  const int64_t nanos = std::max<int64_t>((timers_.next() - clock_.now()).nanos, 0);
  return static_cast<int>(std::min((nanos + kNanosPerMs - 1) / kNanosPerMs, kLongestMs));
}

}  // namespace ringlet
