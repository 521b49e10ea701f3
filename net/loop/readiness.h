// Readiness: knows whether one socket can be read or written, and waits until it can. It holds no buffer: a connection that
// waits costs its coroutine and this.
//
// The loop tells of each change once. Whoever reads says when the socket is drained, and from then on there is nothing to
// read until the loop tells of more; what came since it was last told stays told, so a wait never misses it. Data that is
// followed by something else (the peer's end, an error, urgent bytes) is never taken for drained: the next read finds that.
//
// Always holds
//   - used on the loop's thread only; at most one waiter each for reading and for writing
//   - the descriptor stays its maker's, and outlives this
//   - stop() wakes both waiters; from then on every wait answers false at once
#pragma once

#include <coroutine>
#include <cstdint>

#include "net/loop/loop_executor.h"

namespace ringlet {

class Readiness {
 public:
  Readiness(LoopExecutor& loop, int fd);  // nothing is ready until the loop says so; stopped when the kernel refuses it
  ~Readiness();                           // nobody waits any more
  Readiness(const Readiness&) = delete;

  enum Direction : uint8_t { kRead, kWrite };
  struct Wait {
    Readiness& readiness;
    Direction direction;
    bool await_ready() const { return readiness.stopped_ || readiness.ready_[direction]; }
    void await_suspend(std::coroutine_handle<> waiter) const;
    bool await_resume() const { return !readiness.stopped_; }  // false: stopped
  };
  Wait readable() { return {*this, kRead}; }
  Wait writable() { return {*this, kWrite}; }
  bool may_read() const { return ready_[kRead]; }
  void drained() { ready_[kRead] = more_than_data_; }               // a read gave less than it was asked for
  void used_up(Direction direction) { ready_[direction] = false; }  // EAGAIN, or a write took less than it was given
  void stop();
  bool stopped() const { return stopped_; }

  void tell(uint32_t epoll_events);  // the loop's

 private:
  void wake(Direction direction);

  LoopExecutor& loop_;
  const int fd_;
  std::coroutine_handle<> waiters_[2];
  bool ready_[2] = {};
  bool more_than_data_ = false;
  bool stopped_ = false;
};

}  // namespace ringlet
