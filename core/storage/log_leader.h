// What the leader of the commit log does with a batch of requests: encode, write and sync once, answer. It holds the log's
// whole state, and runs as one coroutine at a time, on the executor of the shard that leads.
#pragma once

#include <atomic>
#include <functional>

#include "core/storage/log_files.h"
#include "core/storage/log_group.h"
#include "core/storage/log_queue.h"
#include "core/storage/log_tail.h"

namespace ringlet {

struct LogRelease {
  TableId table;
  ShardId shard;
  std::vector<LogUse> uses;
  std::optional<SegmentId> outlive;
  LogRelease* next = nullptr;
};

struct LogCounters {
  std::atomic<uint64_t> bytes_written{0}, page_bytes_written{0}, syncs{0}, records{0}, groups{0}, segments{0},
      live_bytes{0};
};

class LogLeader {
 public:
  LogLeader(Env& env, LocalStore& local, const LogOptions& options);
  ~LogLeader();

  // Before the first serve(): what replay found.
  LogFiles& files() { return files_; }
  void continue_after(LogPosition end);

  Task<void> serve(LogRequestList& waiting);  // answers all of them, in order
  void push_release(LogRelease* release);     // any thread; counted when the next batch begins

  std::function<void(TableId, ShardId)> on_pressure;
  LogCounters counters;
  LogPosition end() const;                                                             // any thread
  bool has_unsynced() const { return has_unsynced_.load(std::memory_order_relaxed); }  // any thread, about now

 private:
  enum class Stop { nothing_left, batch_full, segment_full };
  Stop fill(LogRequestList& waiting, LogRequestList& batch, bool& must_sync);
  Stop fill_group(LogRequestList& waiting, LogRequestList& batch, bool& must_sync);
  Stop fill_with(LogRequest& request, bool& must_sync);
  Stop put(LogAppend& append, ShardId shard);
  void write_group();
  Stop put_all(LogRequest& request, bool& must_sync);
  Status refusal(const LogRequest& request) const;
  Task<Status> sync();
  Task<Status> land();
  Task<Status> start_sync();
  void take_off();
  Task<Status> next_segment(uint64_t record_bytes);
  Task<Result<LogSegmentFile>> obtain(uint64_t bytes);
  Task<Result<LogSegmentFile>> finish_making();
  LogSegmentOrder order(uint64_t bytes);
  Task<Status> go_on_in(LogSegmentFile segment);
  void answer(LogRequestList& batch, const Status& status);
  void count_uses(LogRequest& request);
  void forget_uses(LogRequest& request);
  void count_release();
  void press();
  bool periodic() const { return options_.mode == LogMode::periodic; }
  bool past_hard_bound() const { return files_.live_bytes() > options_.bytes_max * 2; }
  Task<Status> wait_for_flushes();
  void publish();

  Env& env_;
  const LogOptions options_;
  LogFiles files_;
  LogTail tail_;
  LogGroup group_;  // between two batches, empty
  LogSegmentMaker maker_;
  std::optional<LogSegmentFile> ready_;  // made ahead, set aside while a larger one was needed
  bool stopped_ = false;
  std::atomic<LogRelease*> releases_{nullptr};
  std::atomic<uint64_t> end_{0};  // segment << 32 | offset
  std::atomic<bool> has_unsynced_{false};
};

}  // namespace ringlet
