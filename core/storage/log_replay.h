// Reads what the commit log's folder holds after a start. Blocks on the disk.
//
// Which records count
//   - a segment's header names the segment before it and where that one ends; segments between the two were abandoned
//   - what lies above a segment's end, as its successor tells it, was abandoned too
//   - the last segment ends at its first bad record, a torn tail, unless a later record says that the bad one had been synced:
//     that is a hole, as is every bad record below an end that a successor tells. Holes are reported, and passed over
#pragma once

#include "core/storage/commit_log_format.h"
#include "core/storage/log_files.h"

namespace ringlet {

// Scans one segment's bytes. Pure; the heart of replay, of `inspect`, and of the fuzzer.
struct LogScan {
  // `position` is where the record ends in this segment.
  using Visit = std::function<Status(const log_format::FoundRecord& record, uint64_t end)>;
  struct Hole {
    uint64_t begin = 0, end = 0;
  };
  Status status;  // of visit: the scan stops at its first error
  std::optional<log_format::SegmentHeader> header;
  uint64_t records = 0;
  uint64_t end = 0;        // of the last record that counts
  bool torn_tail = false;  // something was begun above `end`
  std::vector<Hole> holes;
};
// `end`: where the successor says that it ends, if there is one.
LogScan scan_log_segment(BytesView bytes, SegmentId segment, std::optional<uint64_t> end, const LogScan::Visit& visit);

struct LogReplayed {
  LogPosition end;                  // the log goes on after this
  std::optional<SegmentId> oldest;  // no position below this segment can come up again
};
// Hands every record that counts to `replay`, and tells `files` what is there and what of it is needed.
Result<LogReplayed> replay_log(Disk& disk, LogFiles& files, const CommitLog::Replay& replay, LogReplayReport& report);

}  // namespace ringlet
