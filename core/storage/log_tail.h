// The segment being written, with everything in it that is not yet known to be on the medium. That is kept in memory until
// a sync has succeeded, so that after a failed one it can be written again elsewhere. Owned by the leader of the log.
#pragma once

#include "core/storage/commit_log.h"
#include "core/storage/commit_log_format.h"
#include "core/storage/log_segments.h"

namespace ringlet {

class LogTail {
 public:
  // Where the log that was replayed ends; what comes is written to a new segment.
  void continue_after(SegmentId segment, uint64_t end) { segment_.id = segment, synced_ = end; }

  bool open() const { return segment_.file != nullptr; }  // false before the first segment, and after a failure
  bool fits(uint64_t record_bytes) const { return open() && end() + record_bytes <= segment_.bytes; }
  bool past_half() const { return end() > segment_.bytes / 2; }
  SegmentId segment() const { return segment_.id; }
  uint64_t end() const { return synced_ + unsynced_.size(); }
  size_t unsynced_bytes() const { return unsynced_.size(); }

  LogPosition append(log_format::RecordHeader header, BytesView payload);
  void cut(uint64_t end) { unsynced_.resize(end - synced_); }  // forgets what was appended since; not below synced
  Task<Status> sync();                                         // writes and syncs; failed: no longer open

  // Goes on in `next`. From an open tail: MUST be synced. After a failure: writes what is unsynced to `next` and syncs it;
  // records keep their positions. An error leaves everything as it was, and `next` is of no use any more.
  Task<Status> go_on_in(LogSegmentFile next);

 private:
  Task<Status> move_to(LogSegmentFile next);

  LogSegmentFile segment_;
  uint64_t synced_ = 0;  // offset in the segment where unsynced_ begins
  Bytes unsynced_;
  bool broken_ = false;  // a write or sync failed: nobody knows what of unsynced_ is on the medium
};

}  // namespace ringlet
