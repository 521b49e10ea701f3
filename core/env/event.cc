#include "core/env/event.h"

#include "core/base/must.h"

namespace ringlet {

Event::~Event() { MUST(waiters_.empty() && woken_.empty()); }

void Event::Wait::await_suspend(std::coroutine_handle<> h) {
  Executor* executor = Executor::current();
  MUST(executor != nullptr);
  at = event.waiters_.insert(event.waiters_.end(), Waiter{h, executor, TimerId{}});
  queued = true;
  if (deadline != kNever) at->timer = executor->start_timer(deadline, h);
}

bool Event::Wait::await_resume() {
  const bool notified = at->notified;
  (notified ? event.woken_ : event.waiters_).erase(at);
  return notified;
}

void Event::wake(Waiter& waiter) {
  // A timer that has fired but not yet run its handle counts as not cancelled: then the handle is already queued.
  const bool timer_has_it = waiter.timer != TimerId{} && !waiter.executor->cancel_timer(waiter.timer);
  waiter.notified = true;
  if (!timer_has_it) waiter.executor->post(waiter.handle);
}

void Event::notify_all() {
  while (!waiters_.empty()) notify_one();
}

void Event::notify_one() {
  if (waiters_.empty()) return;
  const auto first = waiters_.begin();
  woken_.splice(woken_.end(), waiters_, first);
  wake(*first);
}

bool Semaphore::Acquire::await_ready() {
  if (semaphore.free_ == 0) return false;
  --semaphore.free_;
  return true;
}

void Semaphore::Acquire::await_suspend(std::coroutine_handle<> h) {
  semaphore.waiters_.emplace_back(h, Executor::current());
}

void Semaphore::release() {
  if (waiters_.empty()) {
    ++free_;
    return;
  }
  const auto [handle, executor] = waiters_.front();  // the permit passes straight on
  waiters_.pop_front();
  executor->post(handle);
}

}  // namespace ringlet
