// The segment being written, with everything in it that is not yet known to be on the medium. That is kept in memory until
// a sync has succeeded, so that after a failed one it can be written again elsewhere. Owned by the leader of the log.
//
//   | on the medium ........ | flying: a sync is under way | unsynced: what is appended meanwhile |
//   0                        synced                                                               end
#pragma once

#include <array>

#include "core/storage/commit_log.h"
#include "core/storage/commit_log_format.h"
#include "core/storage/log_errand.h"
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
  uint64_t synced() const { return synced_; }
  uint64_t end() const { return synced_ + unsynced_bytes(); }
  size_t waiting_bytes() const { return unsynced_.size(); }  // for a sync to take them along
  size_t unsynced_bytes() const { return flying_bytes_.size() + unsynced_.size(); }

  LogPosition append(log_format::RecordHeader header, BytesView payload);
  void cut(uint64_t end);  // forgets what was appended since; not what is flying
  Task<Status> sync();     // writes and syncs; MUST not be flying; failed: no longer open

  // The same beside the leader, with append() going on. MUST be open, with waiting bytes and nothing flying.
  void take_off();
  bool flying() const { return flight_.started(); }
  bool landed() const { return flying() && flight_.done(); }
  Task<Status> land();  // waits for it; failed: no longer open, and all of it unsynced again

  // Goes on in `next`. From an open tail: MUST be synced. After a failure: writes what is unsynced to `next` and syncs it;
  // records keep their positions. An error leaves everything as it was, and `next` is of no use any more.
  Task<Status> go_on_in(LogSegmentFile next);

 private:
  struct KnownTable {  // a record of this write that has it whole
    TableId table;
    uint64_t at = 0;
  };
  Task<Status> move_to(LogSegmentFile next);
  Task<void> fly();
  uint64_t back_to(const TableId& table);

  LogSegmentFile segment_;
  uint64_t synced_ = 0;  // offset in the segment where flying_bytes_ begins
  Bytes flying_bytes_, unsynced_;
  LogErrand flight_;
  Status flown_;
  std::array<KnownTable, 4> known_tables_;
  size_t next_known_ = 0;
  bool broken_ = false;  // a write or sync failed: nobody knows what of unsynced_ is on the medium
};

}  // namespace ringlet
