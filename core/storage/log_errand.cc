#include "core/storage/log_errand.h"

#include "core/base/must.h"

namespace ringlet {

// The last thing the work does: it stays suspended here, because whoever learns that it is done destroys it.
struct LogErrand::Park {
  LogErrand& errand;
  bool await_ready() const { return false; }
  void await_suspend(std::coroutine_handle<>) const {
    LogErrand& of = errand;  // nothing of the frame is ours after the exchange
    void* waiter = of.waiter_.exchange(&of, std::memory_order_acq_rel);
    if (waiter != nullptr) of.waiter_executor_->post(std::coroutine_handle<>::from_address(waiter));
  }
  void await_resume() const {}
};

struct LogErrand::Done {
  LogErrand& errand;
  bool await_ready() const { return errand.done(); }
  bool await_suspend(std::coroutine_handle<> h) const {
    errand.waiter_executor_ = Executor::current();
    void* at_work = nullptr;
    return errand.waiter_.compare_exchange_strong(at_work, h.address(), std::memory_order_acq_rel);
  }
  void await_resume() const {}
};

Task<void> LogErrand::run(Task<void> work) {
  co_await work;
  co_await Park{*this};
}

void LogErrand::start(Task<void> work) {
  MUST(!started());
  waiter_.store(nullptr, std::memory_order_relaxed);
  work_.emplace(run(std::move(work)));
  work_->operator co_await().handle.resume();
}

Task<void> LogErrand::finish() {
  MUST(started());
  co_await Done{*this};
  work_.reset();
}

}  // namespace ringlet
