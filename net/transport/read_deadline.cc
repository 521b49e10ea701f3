#include "net/transport/read_deadline.h"

namespace ringlet {

void ReadDeadline::set(Instant when) {
  when_ = when;
  if (watching_.running() == 0 && !ending_) watching_.spawn(watch());
}

// One sleeper for however many deadlines: it wakes at the one it knew, and looks whether there is another by then.
Task<void> ReadDeadline::watch() {
  while (when_ != kNever && !ending_) {
    const Instant known = when_;
    co_await ended_.wait_until(known);
    if (ending_ || when_ == kNever || clock_.now() < when_) continue;
    passed_ = true;
    when_ = kNever;
    stream_.end_read();
  }
}

Task<void> ReadDeadline::join() {
  ending_ = true;
  ended_.notify_all();
  co_await watching_.join();
}

}  // namespace ringlet
