// ReadDeadline: a time by which a reader must have got on. When it passes, the stream's reading side ends: the reader finds the
// peer's end, sees passed(), and can still say why before it goes.
//
// On the stream's thread. Set it as often as wanted; join() before it and the stream go.
#pragma once

#include "core/env/clock.h"
#include "core/env/task_group.h"
#include "net/transport/stream.h"

namespace ringlet {

class ReadDeadline {
 public:
  ReadDeadline(const Clock& clock, Stream& stream) : clock_(clock), stream_(stream) {}
  void set(Instant when);  // instead of an earlier one
  void clear() { when_ = kNever; }
  bool is_set() const { return when_ != kNever; }
  bool passed() const { return passed_; }
  Task<void> join();

 private:
  Task<void> watch();

  const Clock& clock_;
  Stream& stream_;
  Instant when_ = kNever;
  bool passed_ = false, ending_ = false;
  Event ended_;
  TaskGroup watching_;
};

}  // namespace ringlet
