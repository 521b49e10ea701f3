// The queue between the shards and the commit log's leader: requests pushed from any thread, taken whole by the leader.
//
// One atomic word is queue and leadership both, so that "is anybody leading" and "did anything arrive" cannot disagree:
//   null: nobody leads; kLeading: a leader is at work and nothing waits; else: the newest of a chain of waiting requests.
// Whoever pushes onto null leads from then on, until step_down() finds that nothing has arrived.
#pragma once

#include <atomic>
#include <coroutine>

#include "core/storage/commit_log.h"

namespace ringlet {

// One waiter. It lives in the frame of the coroutine that waits.
struct LogRequest {
  enum class Kind : uint8_t { append, sync, start_sync, stop };  // start_sync: answered while it goes on

  Kind kind = Kind::append;
  ShardId shard;
  std::span<LogAppend> records;  // append: at least one
  size_t put = 0;                // that many of them are in the log's buffer, and
  size_t counted = 0;            // that many keep their segments from being used again
  const RequestContext* context = nullptr;

  uint64_t next_bytes() const { return put < records.size() ? records[put].record.size() : 0; }

  Executor* executor = nullptr;  // where `waiter` goes on
  std::coroutine_handle<> waiter;
  LogRequest* next = nullptr;

  Status status;  // the answer, set by the leader
};

// First in, first out, owned by the leader.
class LogRequestList {
 public:
  bool empty() const { return head_ == nullptr; }
  LogRequest* front() const { return head_; }
  void push_back(LogRequest* request);
  LogRequest* pop_front();
  void append_chain(LogRequest* oldest);  // linked by `next`, ended by null

 private:
  LogRequest* head_ = nullptr;
  LogRequest* tail_ = nullptr;
};

class LogQueue {
 public:
  bool push(LogRequest* request);   // any thread; true: the caller leads now. `request` may be gone on return
  void take(LogRequestList& into);  // leader only: everything pushed so far, in order
  bool step_down();                 // leader only; false: something has arrived, go on leading

 private:
  static inline LogRequest leading_;  // only its address means something
  static LogRequest* leading() { return &leading_; }
  std::atomic<LogRequest*> newest_{nullptr};
};

}  // namespace ringlet
