// RequestContext: what every request carries down every call. It lives in the request's outermost coroutine, which outlives
// all it calls; the fields below are read from any shard's thread.
#pragma once

#include <atomic>
#include <string>

#include "core/base/result.h"
#include "core/env/clock.h"
#include "core/env/event.h"

namespace ringlet {

enum class Priority : uint8_t { interactive, background };

// Receives what happens to one traced request. Called from any shard's thread.
class TraceSink {
 public:
  virtual ~TraceSink() = default;
  virtual void event(std::string activity) = 0;
  virtual void parameter(const char* name, std::string value) = 0;  // of the request itself
};

// Bytes that the requests of one shard and their answers may hold together; taken before they are allocated. On that shard's
// thread.
class MemoryBudget {
 public:
  explicit MemoryBudget(size_t bytes) : bytes_(bytes), left_(static_cast<int64_t>(bytes)) {}
  bool take(size_t bytes) {
    const auto wanted = static_cast<int64_t>(bytes);
    if (left_.fetch_sub(wanted) >= wanted) return true;
    left_.fetch_add(wanted);
    return false;
  }
  void take_anyway(size_t bytes) { left_.fetch_sub(static_cast<int64_t>(bytes)); }  // it is allocated already
  void give_back(size_t bytes) {
    left_.fetch_add(static_cast<int64_t>(bytes));
    freed_.notify_all();
  }
  Event& freed() { return freed_; }  // for who waits for room
  size_t bytes() const { return bytes_; }
  bool short_of(size_t bytes) const { return left_.load(std::memory_order_relaxed) < static_cast<int64_t>(bytes); }

 private:
  const size_t bytes_;
  Event freed_;
  std::atomic<int64_t> left_;
};

// What one holder has taken of a budget, given back with it. No budget: everything is granted.
class MemoryShare {
 public:
  explicit MemoryShare(MemoryBudget* budget) : budget_(budget) {}
  MemoryShare(const MemoryShare&) = delete;
  ~MemoryShare() { set(0); }
  bool grow_to(size_t bytes) {
    if (budget_ == nullptr || bytes <= held_) return true;
    if (!budget_->take(bytes - held_)) return false;
    held_ = bytes;
    return true;
  }
  void set(size_t bytes) {
    if (budget_ == nullptr) return;
    if (bytes > held_)
      budget_->take_anyway(bytes - held_);
    else
      budget_->give_back(held_ - bytes);
    held_ = bytes;
  }
  size_t held() const { return held_; }

 private:
  MemoryBudget* budget_;
  size_t held_ = 0;
};

struct RequestContext {
  const Clock& clock;
  Instant deadline = kNever;
  const std::atomic<bool>* cancelled = nullptr;  // set when the client went away or the node stops
  TraceSink* trace = nullptr;
  MemoryBudget* memory = nullptr;  // of the shard that the client is connected to; used on that shard
  Priority priority = Priority::interactive;

  // For the client that asked for a trace; others pay this one look.
  void note(const char* activity) const {
    if (trace != nullptr) [[unlikely]]
      trace->event(activity);
  }

  // Long work asks between steps.
  Status check() const {
    if (cancelled != nullptr && cancelled->load(std::memory_order_relaxed))
      return fail(Errc::cancelled, "request cancelled");
    if (deadline != kNever && clock.now() > deadline) return fail(Errc::timeout, "the request's deadline passed");
    return {};
  }
};

}  // namespace ringlet
