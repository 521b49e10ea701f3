// LoopExecutor: the executor of a shard: one thread with its run queue, its timers, its pollers and its sockets.
//
// Always holds
//   - run() is called once, and everything this executor resumes runs inside it
//   - a turn runs what was ready when it began; what that posts runs in the next turn, so that sockets are looked at between
//   - another thread's post() makes a system call only when the loop may be asleep
// stop() lets run() return once nothing is ready. Sessions and listeners must have ended by then: what still waits for a socket
// or a timer never goes on.
#pragma once

#include <atomic>
#include <vector>

#include "core/env/executor.h"
#include "core/env/poller.h"
#include "core/env/remote_queue.h"
#include "core/env/timer_heap.h"
#include "net/loop/epoll_set.h"

namespace ringlet {

class LoopExecutor final : public Executor {
 public:
  struct Options {
    Duration poll_before_sleep;  // how long to look for work before sleeping: a wake-up costs more than a request
    Options();                   // 50 us where this process has two processors or more, else none
  };
  explicit LoopExecutor(const Clock& clock, Options options = {});

  void post(std::coroutine_handle<> next) override;
  TimerId start_timer(Instant when, std::coroutine_handle<> next) override { return timers_.start(when, next); }
  bool cancel_timer(TimerId id) override { return timers_.cancel(id); }  // timers are late by up to 1 ms after a sleep
  bool yield_due() const override;

  void add_poller(Poller& poller);  // before run(); an io_uring, say
  void run();                       // until stop(), on the calling thread
  void stop();                      // from any thread

  const Clock& clock() const { return clock_; }
  EpollSet& sockets() { return sockets_; }  // Readiness's

 private:
  bool turn();
  bool run_ready();
  bool time_to_sleep();
  void sleep();
  int sleep_ms_max() const;

  const Clock& clock_;
  const Options options_;
  RemoteQueue posted_;  // by other threads
  std::atomic<bool> may_be_asleep_{false};
  std::atomic<bool> stopping_{false};
  std::vector<std::coroutine_handle<>> ready_;  // the rest is the loop thread's own
  std::vector<std::coroutine_handle<>> running_;
  TimerHeap timers_;
  std::vector<Poller*> pollers_;
  Instant turn_started_;
  Instant idle_since_ = kNever;
  unsigned turns_without_sockets_ = 0;
  EpollSet sockets_;
};

}  // namespace ringlet
