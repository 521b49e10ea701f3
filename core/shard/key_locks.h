// KeyLocks: one asynchronous lock for each key in use, for what must read before it writes (conditions, lists, counters).
// Waiters get it in order of arrival; a key nobody holds costs nothing. The shard's thread only.
#pragma once

#include <list>
#include <map>
#include <utility>

#include "core/base/bytes.h"
#include "core/env/event.h"
#include "core/env/request_context.h"
#include "core/env/task.h"

namespace ringlet {

class KeyLocks {
 public:
  class Guard {
   public:
    Guard() = default;
    Guard(KeyLocks* locks, Bytes key) : locks_(locks), key_(std::move(key)) {}
    Guard(Guard&& other) noexcept : locks_(std::exchange(other.locks_, nullptr)), key_(std::move(other.key_)) {}
    Guard& operator=(Guard&& other) noexcept {
      if (this != &other) {
        release();
        locks_ = std::exchange(other.locks_, nullptr);
        key_ = std::move(other.key_);
      }
      return *this;
    }
    ~Guard() { release(); }

   private:
    void release() {
      if (locks_ != nullptr) std::exchange(locks_, nullptr)->unlock(key_);
    }
    KeyLocks* locks_ = nullptr;
    Bytes key_;
  };

  // Errc::timeout when the request's deadline passes first.
  Task<Result<Guard>> lock(Bytes key, const RequestContext& context);

 private:
  struct Waiter {
    Event granted;
    bool has_it = false;
  };
  void unlock(const Bytes& key);
  std::map<Bytes, std::list<Waiter>> held_;  // key -> those who wait for it
};

}  // namespace ringlet
