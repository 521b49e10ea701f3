#include "net/loop/readiness.h"

#include <sys/epoll.h>

#include <utility>

#include "core/base/must.h"

namespace ringlet {

Readiness::Readiness(LoopExecutor& loop, int fd) : loop_(loop), fd_(fd) { stopped_ = !loop_.sockets().add(fd, *this); }

Readiness::~Readiness() {
  MUST(!waiters_[kRead] && !waiters_[kWrite]);
  loop_.sockets().remove(fd_);
}

void Readiness::stop() {
  stopped_ = true;
  wake(kRead);
  wake(kWrite);
}

void Readiness::tell(uint32_t epoll_events) {
  constexpr uint32_t kBroken = EPOLLERR | EPOLLHUP;
  constexpr uint32_t kMoreThanData = kBroken | EPOLLRDHUP | EPOLLPRI;
  more_than_data_ |= (epoll_events & kMoreThanData) != 0;
  if ((epoll_events & (EPOLLIN | kMoreThanData)) != 0) wake(kRead);
  if ((epoll_events & (EPOLLOUT | kBroken)) != 0) wake(kWrite);
}

void Readiness::wake(Direction direction) {
  ready_[direction] = true;
  if (waiters_[direction]) loop_.post(std::exchange(waiters_[direction], {}));
}

void Readiness::Wait::await_suspend(std::coroutine_handle<> waiter) const {
  std::coroutine_handle<>& slot = readiness.waiters_[direction];
  MUST(readiness.loop_.is_current() && !slot);
  slot = waiter;
}

}  // namespace ringlet
