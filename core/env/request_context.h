// RequestContext: what every request carries down every call. It lives in the request's outermost coroutine, which outlives
// all it calls; the fields below are read from any shard's thread.
#pragma once

#include <atomic>
#include <string>

#include "core/base/result.h"
#include "core/env/clock.h"

namespace ringlet {

enum class Priority : uint8_t { interactive, background };

// Receives what happens to one traced request. Called from any shard's thread, one at a time for one request.
class TraceSink {
 public:
  virtual ~TraceSink() = default;
  virtual void event(std::string activity) = 0;
};

// Bytes that one request may hold; taken before they are allocated.
class MemoryBudget {
 public:
  explicit MemoryBudget(size_t bytes) : left_(static_cast<int64_t>(bytes)) {}
  bool take(size_t bytes) { return left_.fetch_sub(static_cast<int64_t>(bytes)) >= static_cast<int64_t>(bytes); }
  void give_back(size_t bytes) { left_.fetch_add(static_cast<int64_t>(bytes)); }

 private:
  std::atomic<int64_t> left_;
};

struct RequestContext {
  const Clock& clock;
  Instant deadline = kNever;
  const std::atomic<bool>* cancelled = nullptr;  // set when the client went away or the node stops
  TraceSink* trace = nullptr;
  MemoryBudget* memory = nullptr;
  Priority priority = Priority::interactive;

  // Long work asks between steps.
  Status check() const {
    if (cancelled != nullptr && cancelled->load(std::memory_order_relaxed))
      return fail(Errc::cancelled, "request cancelled");
    if (deadline != kNever && clock.now() > deadline) return fail(Errc::timeout, "the request's deadline passed");
    return {};
  }
};

}  // namespace ringlet
