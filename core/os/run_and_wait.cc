#include "core/os/run_and_wait.h"

#include <condition_variable>
#include <mutex>

namespace ringlet {
namespace {

struct Ended {
  std::mutex mutex;
  std::condition_variable changed;
  bool ended = false;
};

struct Driver {  // starts at once, frees itself at its end; run_and_wait() outlives it
  struct promise_type {
    Driver get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    [[noreturn]] void unhandled_exception() noexcept { must_failed("no exception leaves a Task", __FILE__, __LINE__); }
  };
};

Driver drive(Executor& executor, Task<void> task, Ended& ended) {
  co_await executor.hop();
  co_await task;
  task = Task<void>{};
  const std::lock_guard lock(ended.mutex);  // notify under the lock: the waiter frees `ended` once it has the lock
  ended.ended = true;
  ended.changed.notify_one();
}

}  // namespace

void run_and_wait(Executor& executor, Task<void> task) {
  MUST(Executor::current() == nullptr);
  Ended ended;
  drive(executor, std::move(task), ended);
  std::unique_lock lock(ended.mutex);
  ended.changed.wait(lock, [&ended] { return ended.ended; });
}

}  // namespace ringlet
