// LogErrand: work that goes on beside the leader of the log. Whoever leads when it has ended looks, or waits for it: one thread
// starts it, another may finish it. Used by the leader of the moment, one piece of work at a time.
#pragma once

#include <atomic>
#include <optional>

#include "core/env/executor.h"
#include "core/env/task.h"

namespace ringlet {

class LogErrand {
 public:
  bool started() const { return work_.has_value(); }
  bool done() const { return waiter_.load(std::memory_order_acquire) == this; }
  void start(Task<void> work);  // runs until it waits for the first time
  Task<void> finish();          // waits until it is done

 private:
  struct Park;
  struct Done;
  Task<void> run(Task<void> work);

  std::optional<Task<void>> work_;
  std::atomic<void*> waiter_{nullptr};  // null: at work; a coroutine's address: it waits; this: done
  Executor* waiter_executor_ = nullptr;
};

}  // namespace ringlet
