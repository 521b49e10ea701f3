// Poller: something beside sockets that a shard's loop looks after, as an io_uring's completions. The loop calls poll() once
// a turn, and wakes from its sleep when `fd` becomes readable.
#pragma once

namespace ringlet {

class Poller {
 public:
  virtual ~Poller() = default;
  virtual int fd() const = 0;
  virtual bool poll() = 0;  // true: something was found, and what waited for it is posted
  // What is under way takes far longer than a wake-up, and a thread of the kernel does it: a loop that goes on looking for it
  // may keep that thread from this processor.
  virtual bool waits_long() const { return false; }
};

}  // namespace ringlet
