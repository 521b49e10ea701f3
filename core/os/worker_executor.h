// WorkerExecutor: a thread that runs coroutines which may block: flush and compaction, SQLite.
//
// Always holds
//   - handles posted before stop() run; what is posted later, and timers still pending at stop(), never do
//   - the destructor stops and joins: whoever posted work has awaited its end by then
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>

#include "core/env/executor.h"
#include "core/env/remote_queue.h"
#include "core/env/timer_heap.h"

namespace ringlet {

// low: behind others for the processor and the disk, with a share all the same. idle: what nobody else wants, at once given back.
enum class ThreadPriority : uint8_t { normal, low, idle };

class WorkerExecutor final : public Executor {
 public:
  WorkerExecutor(const Clock& clock, std::string name, ThreadPriority priority = ThreadPriority::normal);
  ~WorkerExecutor() override;

  void post(std::coroutine_handle<> next) override;
  TimerId start_timer(Instant when, std::coroutine_handle<> next) override { return timers_.start(when, next); }
  bool cancel_timer(TimerId id) override { return timers_.cancel(id); }
  bool yield_due() const override;
  void stop();

 private:
  void run();
  void take_ready();
  void wait_for_work();

  const Clock& clock_;
  const std::string name_;
  const ThreadPriority priority_;
  RemoteQueue posted_;
  std::mutex mutex_;  // guards only the sleep
  std::condition_variable wake_;
  std::atomic<bool> stopping_{false};
  std::deque<std::coroutine_handle<>> ready_;  // the worker thread's own
  TimerHeap timers_;
  Instant turn_started_;
  std::thread thread_;
};

}  // namespace ringlet
