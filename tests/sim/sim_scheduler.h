// One real thread, one virtual clock, one seed: SimScheduler runs the handles of all SimExecutors in an order that is a pure
// function of the seed and of what they do.
//
// Always holds
//   - handles of one executor run in the order they were posted; which executor goes next is drawn from the seed
//   - timers fire in order of virtual time; nobody waits for real time
//   - a step costs kStep of virtual time, so that a loop which only yields still reaches its deadline
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "core/env/executor.h"
#include "core/env/seeded_rng.h"
#include "core/env/timer_heap.h"

namespace ringlet::sim {

class SimExecutor;

class SimScheduler {
 public:
  explicit SimScheduler(uint64_t seed) : rng_(seed) {}
  SimScheduler(const SimScheduler&) = delete;

  Instant now() const { return now_; }
  bool step();  // runs one handle; false: nothing is ready and no timer is pending
  uint64_t steps() const { return steps_; }
  uint64_t trace() const { return trace_; }  // a hash of who ran when: equal for equal runs

 private:
  friend class SimExecutor;
  static constexpr Duration kStep = {100};
  void fire_due();
  Instant next_timer() const;

  std::vector<SimExecutor*> executors_;  // in order of construction
  Instant now_{1000000000};
  SeededRng rng_;
  uint64_t steps_ = 0, trace_ = 0;
};

class SimExecutor final : public Executor {
 public:
  SimExecutor(SimScheduler& scheduler, std::string name);
  ~SimExecutor() override;

  void post(std::coroutine_handle<> next) override { ready_.push_back(next); }
  TimerId start_timer(Instant when, std::coroutine_handle<> next) override { return timers_.start(when, next); }
  bool cancel_timer(TimerId id) override { return timers_.cancel(id); }
  bool yield_due() const override { return scheduler_.rng_.below(8) == 0; }
  const std::string& name() const { return name_; }

  // Runs `what` as this executor's work, for starting a task from outside.
  template <class What>
  void enter(What what) {
    const Running running(this);
    what();
  }

 private:
  friend class SimScheduler;
  SimScheduler& scheduler_;
  const std::string name_;
  std::deque<std::coroutine_handle<>> ready_;
  TimerHeap timers_;
};

}  // namespace ringlet::sim
