// Stream: bytes to and from one peer. Each direction is tried first and waited for only when it must be, so that a session reads
// into its shard's shared buffer and an idle connection holds none.
//
// On its loop's thread only; one reader and one writer at a time.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/env/task.h"

namespace ringlet {

class Stream {
 public:
  virtual ~Stream() = default;  // closes; nobody waits any more

  // What is there now: nullopt for nothing yet, 0 when the peer has ended its side. An error is the connection's end.
  virtual Result<std::optional<size_t>> try_read(std::span<char> out) = 0;
  virtual Result<size_t> try_write(BytesView bytes) = 0;  // as many as the socket takes now, perhaps none
  virtual Task<Status> wait_readable() = 0;               // Errc::cancelled after stop()
  virtual Task<Status> wait_writable() = 0;
  virtual void end_write() = 0;                 // half-close: the peer reads to the end, we may still read
  virtual void end_read() = 0;                  // the reader finds the peer's end next; answers can still be written
  virtual void stop() = 0;                      // wakes whoever waits; what follows is Errc::cancelled
  virtual const std::string& peer() const = 0;  // "10.0.0.7:51234", for logs and system_views

  Task<Result<size_t>> read_some(std::span<char> out);  // at least one byte, or 0 at the peer's end
  Task<Status> write_all(BytesView bytes);              // `bytes` stays valid until it returns
};

}  // namespace ringlet
