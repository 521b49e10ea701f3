// Reads what the commit log's folder holds after a start. Blocks on the disk.
//
// Which records count
//   - those of segments on the list in metadata.db (log_list.h). A file that is missing or shorter than the list says is a hole
//   - a file that is not on the list and older than one that is was released; a younger one counts if its header is whole
//   - one on the list that does not even have the header it was made with has lost what it held: a hole, too, as is a bad record
//     below what the list knows to be on the medium
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
  // `end` is where the record ends in this segment. Of a group each record comes by itself, as if it had been written alone.
  using Visit = std::function<Status(const log_format::FoundRecord& record, uint64_t end)>;
  struct Hole {
    uint64_t begin = 0, end = 0;
  };
  struct Part {  // of a scan in several steps
    uint64_t from = log_format::kSegmentHeaderBytes;
    std::function<bool()> pause;  // asked after each record, or group of them
    uint64_t synced_through = 0;  // somebody outside of the segment knows: all below was on the medium
  };
  Status status;  // of visit: the scan stops at its first error
  std::optional<log_format::SegmentHeader> header;
  uint64_t records = 0;
  uint64_t groups = 0, grouped_bytes = 0, plain_bytes = 0;  // that some of them lay in: in the file, and unpacked
  uint64_t end = 0;                                         // of the last record that counts
  bool paused = false;                                      // go on from `end`
  bool torn_tail = false;                                   // something was begun above `end`
  uint64_t torn_bytes = 0;                                  // so much of it can be told from what was there before
  std::vector<Hole> holes;
};
// `end`: where the successor says that it ends, if there is one.
LogScan scan_log_segment(BytesView bytes, SegmentId segment, std::optional<uint64_t> end, const LogScan::Visit& visit,
                         const LogScan::Part& part = {});

struct LogReplayed {
  LogPosition end;                  // the log goes on after this
  std::optional<SegmentId> oldest;  // no position below this segment can come up again
};
struct LogReplayWork {
  Disk& disk;
  LogFiles& files;
  const std::optional<LogList>& list;
  CommitLog::Replay replay;
  std::function<bool()> wants_room;  // may be empty; then so is
  std::function<Task<Status>()> make_room;
  LogReplayReport& report;
};
// Hands every record that counts to `replay`, and tells `files` what is there and what of it is needed. `work` outlives it.
Task<Result<LogReplayed>> replay_log(LogReplayWork& work);

}  // namespace ringlet
