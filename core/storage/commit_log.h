// Commit log of the node: makes mutations durable before they are acknowledged. One for all shards: on flash, one stream
// with one sync serves every core.
//
// The shard that finds the log idle leads: it takes what all shards have queued, writes and syncs it once, and wakes every
// waiter on its own executor; what arrives meanwhile rides on the next batch, with what those write who were answered last
// and come back at once. No lock: shards push to a queue of atomics,
// and the log's state belongs to the leader of the moment.
//
// Always holds
//   - append() with `durable` returns success only after a sync that covers the record (mode group), or once the record is
//     in the log's buffer (mode periodic: a sync is begun within the period, and appends go on beside it)
//   - waiters of one shard are resumed in log order, so memtables are filled in log order
//   - segment ids rise and are never used again; a record's checksum is seeded with its segment's id
//   - after a failed write or sync nothing is retried on that file: the segment is abandoned, what was in the batch is written
//     to a new segment and synced there, and only then acknowledged; if that fails too, the append fails and so does every
//     later one, until the disk takes a new segment again
//   - replay cuts a torn tail and reports a hole: a bad record below a later valid record's `synced_through` is corruption
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

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
  Duration period = millis(1000);  // periodic: a power cut takes at most what came in so long, and while syncs ran
  Duration window{};               // group: wait this long for company before a sync; 0: do not wait
  uint64_t segment_bytes = 8u << 20;
  uint64_t bytes_max = 64u << 20;  // past it, the oldest segments' tables are asked to flush
  uint64_t reserve_segments =
      4;  // the space of so many is kept back for when the disk is full (core/local/disk_reserve.h)
};

// How much of a segment a memtable still needs: bytes of the records themselves. A flush gives the whole list back.
struct LogUse {
  SegmentId segment;
  uint64_t bytes = 0;
};

struct LogReplayReport {
  uint64_t segments = 0, records = 0, bytes = 0;
  bool torn_tail = false;
  std::string torn;                // where it was cut, and how much
  std::vector<std::string> holes;  // corrupt places: file, offset, what; reported loudly, never skipped silently
};

// A record found at start, with the shard it was written by (of how many there were then).
struct LogRecord {
  TableId table;
  ShardId shard;
  uint16_t shard_count = 1;
  BytesView payload;
  LogPosition end;  // what append() returned for it
};

// A record to be written. `record` stays valid until the append returns.
struct LogAppend {
  TableId table;
  BytesView record;
  bool durable = true;
  LogPosition end;  // the log's answer: where the record ends
};

class CommitLog;

// Asked after each record that is replayed: when `wanted`, replay waits until `make` has come back. It may release already.
struct LogReplayRoom {
  std::function<bool()> wanted;
  std::function<Task<Status>(CommitLog& log)> make;
};

class CommitLog {
 public:
  // Called for every record found at start, in order. Returns the shard (of today's) whose memtable took it: the log counts
  // payload.size() bytes of segment end.segment as used by (table, that shard) until they are released; nullopt: not needed.
  using Replay = std::function<Result<std::optional<ShardId>>(const LogRecord& record)>;
  // Scans what is there (blocking, on the local executor), then is ready to append. Old segments stay until released.
  // `room`: where what is replayed may come to more than memory has room for.
  static Task<Result<std::unique_ptr<CommitLog>>> open(Env& env, LocalStore& local, LogOptions options, Replay replay,
                                                       LogReplayReport& report, LogReplayRoom room = {});
  virtual ~CommitLog() = default;

  // From any executor's thread; resumes there. The records are written in their order, and where each one ends is told.
  // From then on its bytes count as used in that segment by (table, shard), until released.
  // Not `durable`: need only be in the log's buffer; it reaches the medium with whatever is synced next.
  // A `context` that has ended before the first record was written: its error, and nothing was written. Any other error: what
  // became of each record is unknown, and none counts as used.
  virtual Task<Status> append(std::span<LogAppend> records, ShardId shard, const RequestContext* context = nullptr) = 0;
  Task<Result<LogPosition>> append_one(TableId table, ShardId shard, BytesView record, bool durable,
                                       const RequestContext* context = nullptr);
  // The bytes counted against these segments for (table, shard) are in sstables now, or dropped. From any executor's thread.
  // `outlive`: what is released says how something in that segment ended, and stays as long as that does.
  virtual void release(TableId table, ShardId shard, std::vector<LogUse> uses,
                       std::optional<SegmentId> outlive = {}) = 0;
  // Past bytes_max: called (on any shard's thread, a few times until it helps) with what should be flushed so that the
  // oldest segment can go. Set it before the first append.
  virtual void on_pressure(std::function<void(TableId, ShardId)> flush) = 0;
  // Everything appended so far ends at or below it. No flush position: records on their way to a memtable lie below it too.
  // What a memtable holds "through" is the position of the last record that was put into it.
  virtual LogPosition end() const = 0;
  virtual Task<Status> sync() = 0;  // everything appended so far is on the medium
  virtual Task<Status> stop() = 0;  // syncs, then accepts nothing more; to be awaited before the log goes
  struct Counts {
    uint64_t bytes_written = 0, syncs = 0, records = 0, segments = 0, live_bytes = 0;
    uint64_t groups = 0;              // of the records: compressed together
    uint64_t page_bytes_written = 0;  // of whole pages of 4 KiB, as the medium writes them: each sync at least one
  };
  virtual Counts counts() const = 0;  // about now; from any thread
};

}  // namespace ringlet
