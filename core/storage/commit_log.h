// Commit log of the node: makes mutations durable before they are acknowledged. One for all shards: on flash, one stream
// with one sync serves every core.
//
// The shard that finds the log idle leads: it takes what all shards have queued, writes and syncs it once, and wakes every
// waiter on its own executor; what arrives meanwhile rides on the next batch. No lock: shards push to a queue of atomics,
// and the log's state belongs to the leader of the moment.
//
// Always holds
//   - append() with `durable` returns success only after a sync that covers the record (mode group), or once the record is
//     in the log's buffer (mode periodic: the sync follows within the period)
//   - waiters of one shard are resumed in log order, so memtables are filled in log order
//   - segment ids rise and are never used again; a record's checksum is seeded with its segment's id
//   - after a failed write or sync nothing is retried on that file: the segment is abandoned, what was in the batch is written
//     to a new segment and synced there, and only then acknowledged; if that fails too, the append fails and so does every
//     later one, until the disk takes a new segment again
//   - replay cuts a torn tail and reports a hole: a bad record below a later valid record's `synced_through` is corruption
#pragma once

#include <compare>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/base/uuid.h"
#include "core/env/env.h"
#include "core/env/request_context.h"

namespace ringlet {

class LocalStore;

struct LogPosition {
  SegmentId segment;
  uint64_t offset = 0;
  friend constexpr auto operator<=>(const LogPosition&, const LogPosition&) = default;
};

enum class LogMode : uint8_t { group, periodic };

struct LogOptions {
  LogMode mode = LogMode::group;
  Duration period = millis(1000);        // periodic: at most this much acknowledged data is lost to a power cut
  Duration window{};                     // group: wait this long for company before a sync; 0: do not wait
  uint64_t segment_bytes = 8u << 20;
  uint64_t bytes_max = 64u << 20;        // past it, the oldest segments' tables are asked to flush
};

// How much of a segment a memtable still needs. A flush gives the whole list back.
struct LogUse {
  SegmentId segment;
  uint64_t bytes = 0;
};

struct LogReplayReport {
  uint64_t segments = 0, records = 0, bytes = 0;
  bool torn_tail = false;
  std::vector<std::string> holes;        // corrupt places: file, offset, what; reported loudly, never skipped silently
};

class CommitLog {
 public:
  // Called for every record found at start, in order. `position` is where the record ends.
  using Replay = std::function<Status(BytesView record, LogPosition position)>;
  // Scans what is there (blocking, on the local executor), then is ready to append. Old segments stay until released.
  static Task<Result<std::unique_ptr<CommitLog>>> open(Env& env, LocalStore& local, LogOptions options, Replay replay,
                                                       LogReplayReport& report);
  virtual ~CommitLog() = default;

  // From any shard's thread. `record` and `context` stay valid until it returns. Resumes on the caller's executor.
  virtual Task<Result<LogPosition>> append(TableId table, ShardId shard, BytesView record, bool durable) = 0;
  // The bytes counted against these segments for (table, shard) are in sstables now, or dropped. From any thread.
  virtual void release(TableId table, ShardId shard, std::vector<LogUse> uses) = 0;
  // Replayed records are counted as used by whoever took them.
  virtual void count_replayed(TableId table, ShardId shard, LogUse use) = 0;
  // Past bytes_max: called (on any shard's thread) with what should be flushed so that the oldest segment can go.
  virtual void on_pressure(std::function<void(TableId, ShardId)> flush) = 0;
  virtual LogPosition end() const = 0;   // everything appended so far lies below it
  virtual Task<Status> sync() = 0;       // everything appended so far is on the medium
  virtual Task<Status> stop() = 0;       // syncs, then accepts nothing more
  struct Counts {
    uint64_t bytes_written = 0, syncs = 0, records = 0, segments = 0, live_bytes = 0;
  };
  virtual Counts counts() const = 0;     // about now; from any thread
};

}  // namespace ringlet
