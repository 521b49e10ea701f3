// Executor: one thread's run queue and timers. A shard is an executor; so is the background worker and SQLite's thread.
// The simulator's executors share one real thread and one virtual clock.
//
// Always holds
//   - handles posted by one thread run in the order they were posted
//   - nothing runs inside post(): only the executor's own thread resumes a handle
//   - timers belong to the executor's thread: start and cancel them there only
#pragma once

#include <coroutine>
#include <cstdint>

#include "core/env/clock.h"

namespace ringlet {

using TimerId = Strong<uint64_t, struct TimerIdTag>;  // 0 is no timer

class Executor {
 public:
  virtual ~Executor() = default;

  virtual void post(std::coroutine_handle<> next) = 0;  // from any thread
  virtual TimerId start_timer(Instant when, std::coroutine_handle<> next) = 0;
  virtual bool cancel_timer(TimerId id) = 0;  // false: it has fired, or was cancelled
  virtual bool yield_due() const = 0;         // the current turn has run long enough that others should get theirs

  static Executor* current();  // the executor this thread is running; null outside of one
  bool is_current() const { return current() == this; }

  // co_await executor.hop(): go on as this executor's work (at once when already there).
  auto hop() {
    struct Awaiter {
      Executor& to;
      bool await_ready() const { return to.is_current(); }
      void await_suspend(std::coroutine_handle<> h) const { to.post(h); }
      void await_resume() const {}
    };
    return Awaiter{*this};
  }
  // co_await executor.yield(): let what is queued go first.
  auto yield() {
    struct Awaiter {
      Executor& to;
      bool await_ready() const { return false; }
      void await_suspend(std::coroutine_handle<> h) const { to.post(h); }
      void await_resume() const {}
    };
    return Awaiter{*this};
  }
  // Long loops call this once a step; it costs a clock look now and then.
  auto yield_if_due() {
    struct Awaiter {
      Executor& to;
      bool await_ready() const { return !to.yield_due(); }
      void await_suspend(std::coroutine_handle<> h) const { to.post(h); }
      void await_resume() const {}
    };
    return Awaiter{*this};
  }
  auto sleep_until(Instant when) {
    struct Awaiter {
      Executor& on;
      Instant when;
      bool await_ready() const { return false; }
      void await_suspend(std::coroutine_handle<> h) const { on.start_timer(when, h); }
      void await_resume() const {}
    };
    return Awaiter{*this, when};
  }

 protected:
  // Implementations wrap each stretch of running handles in one of these.
  class Running {
   public:
    explicit Running(Executor* executor);
    ~Running();
    Running(const Running&) = delete;

   private:
    Executor* before_;
  };
};

}  // namespace ringlet
