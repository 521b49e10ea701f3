// Waiting inside one executor: Event (something happened), Semaphore (so many at once). All on the executor's own thread;
// for news from another thread, post a handle or hop.
#pragma once

#include <coroutine>
#include <list>

#include "core/env/executor.h"

namespace ringlet {

// A wake-up call for whoever waits now. It keeps no memory: test your condition, then wait, in a loop.
class Event {
 public:
  Event() = default;
  Event(const Event&) = delete;
  ~Event();  // nobody may still be waiting

  void notify_all();
  void notify_one();
  bool has_waiters() const { return !waiters_.empty(); }

 private:
  struct Waiter {
    std::coroutine_handle<> handle;
    Executor* executor;
    TimerId timer;
    bool notified = false;
  };
  struct Wait {
    Event& event;
    Instant deadline;
    std::list<Waiter>::iterator at{};
    bool queued = false;
    bool await_ready() const { return false; }
    void await_suspend(std::coroutine_handle<> h);
    bool await_resume();
  };
  void wake(Waiter& waiter);

  std::list<Waiter> waiters_;  // those notified have moved to woken_ until they run
  std::list<Waiter> woken_;

 public:
  // true: notified; false: the deadline passed first.
  Wait wait_until(Instant deadline) { return Wait{*this, deadline}; }
  Wait wait() { return Wait{*this, kNever}; }
};

// At most `permits` holders; the others wait in order of arrival.
class Semaphore {
 public:
  explicit Semaphore(size_t permits) : free_(permits) {}
  struct Acquire {
    Semaphore& semaphore;
    bool await_ready();
    void await_suspend(std::coroutine_handle<> h);
    void await_resume() const {}
  };
  Acquire acquire() { return Acquire{*this}; }
  void release();

 private:
  size_t free_;
  std::list<std::pair<std::coroutine_handle<>, Executor*>> waiters_;
};

}  // namespace ringlet
