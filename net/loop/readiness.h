// Readiness: waits on one socket's loop until it can be read or written. It holds no buffer: a connection that waits costs its
// coroutine and this.
//
// Always holds
//   - used on the loop's thread only; at most one waiter each for reading and for writing
//   - the descriptor stays its maker's, and outlives this
//   - stop() wakes both waiters; from then on every wait answers false at once
#pragma once

#include <coroutine>
#include <memory>

#include "net/loop/loop_executor.h"

namespace ringlet {

class Readiness {
 public:
  Readiness(LoopExecutor& loop, int fd);
  ~Readiness();  // nobody waits any more

  struct Wait {
    Readiness& readiness;
    bool for_write;
    bool await_ready() const;
    void await_suspend(std::coroutine_handle<> waiter);
    bool await_resume() const;  // false: stopped
  };
  Wait readable() { return {*this, false}; }
  Wait writable() { return {*this, true}; }
  void stop();
  bool stopped() const { return stopped_; }
  LoopExecutor& loop() { return loop_; }

 private:
  struct Descriptor;
  LoopExecutor& loop_;
  std::unique_ptr<Descriptor> descriptor_;
  std::coroutine_handle<> waiters_[2];
  bool stopped_ = false;
};

}  // namespace ringlet
