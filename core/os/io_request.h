// IoRequest: one suspended call on a file. It lives in the frame of the coroutine that waits for it, so queues of requests
// need no memory and cannot overflow.
#pragma once

#include <coroutine>
#include <cstddef>
#include <cstdint>

#include "core/env/executor.h"

namespace ringlet {

struct IoRequest {
  enum class Kind : uint8_t { read, write, sync, write_and_sync };
  Kind kind;
  int fd;
  uint64_t offset = 0;
  char* data = nullptr;  // only read from where kind is a write
  size_t size = 0;

  size_t done = 0;  // bytes moved; for a read, fewer than size only where the file ends
  int error_number = 0;

  std::coroutine_handle<> waiter = {};
  Executor* executor = nullptr;  // where the waiter goes on
  IoRequest* next = nullptr;

  bool writes() const { return kind == Kind::write || kind == Kind::write_and_sync; }
  bool syncs() const { return kind == Kind::sync || kind == Kind::write_and_sync; }
};

// Does what is left of the request on the calling thread, through interrupts and short transfers.
void perform(IoRequest& request);

}  // namespace ringlet
