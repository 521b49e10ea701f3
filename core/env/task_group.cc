#include "core/env/task_group.h"

namespace ringlet {
namespace {

// A coroutine that starts at once and frees itself at its end; the group counts it, so nothing is lost track of.
struct Driver {
  struct promise_type {
    Driver get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    [[noreturn]] void unhandled_exception() noexcept { must_failed("no exception leaves a Task", __FILE__, __LINE__); }
    static void* operator new(size_t bytes) { return frame_allocate(bytes); }
    static void operator delete(void* frame, size_t bytes) { frame_release(frame, bytes); }
  };
};

Driver drive(Task<void> task, size_t& running, Event& ended) {
  co_await task;
  task = Task<void>{};  // the frame and what it holds go before anyone learns that it ended
  if (--running == 0) ended.notify_all();
}

}  // namespace

void TaskGroup::spawn(Task<void> task) {
  ++running_;
  drive(std::move(task), running_, ended_);
}

void TaskGroup::leave() {
  if (--running_ == 0) ended_.notify_all();
}

Task<void> TaskGroup::join() {
  while (running_ != 0) co_await ended_.wait();
}

}  // namespace ringlet
