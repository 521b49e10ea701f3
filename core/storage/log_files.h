// Which segment files there are, who needs them, and which are free to be used again. Owned by the leader of the log.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <vector>

#include "core/storage/log_segments.h"
#include "core/storage/log_uses.h"

namespace ringlet {

class LogFiles {
 public:
  LogFiles(uint64_t segment_bytes, uint64_t bytes_max) : segment_bytes_(segment_bytes), bytes_max_(bytes_max) {}

  LogUses uses;

  // `keeper`: this file tells where another one ends, or holds bytes of it, and stays as long as that one is used.
  void add(SegmentId id, uint64_t bytes, std::optional<SegmentId> keeper);
  void abandon(SegmentId id);                          // never written again, not even in another life
  void give_up(SegmentId id);                          // the same, and nothing in it counts
  void set_aside(SegmentId id) { spare_.insert(id); }  // made, and never begun
  // `kept` says how something in `until` ended (a batch): it stays as long as that is there.
  void outlive(SegmentId kept, SegmentId until);
  void free_unused(std::optional<SegmentId> but);  // all that nobody needs, except the one being written
  LogSegmentOrder order(uint64_t bytes);           // for the maker: what is free goes with it
  void order_ended(bool well);                     // one at a time; of a failed one nobody knows what is gone

  // For the list: kept as long as the segment is, also when the one that told where it ends is gone.
  void note_synced(SegmentId id, uint64_t through);
  LogList needed() const;
  uint64_t live_bytes() const { return live_bytes_; }
  uint64_t count() const { return live_.size(); }
  bool past_bound() const { return live_bytes_ > bytes_max_; }
  std::vector<SegmentId> oldest_past_bound() const;  // without these it would be within its bound

 private:
  struct Live {
    uint64_t bytes = 0;
    std::optional<SegmentId> keeper;
    bool abandoned = false;
    uint64_t synced_through = 0;
    std::set<SegmentId> outlives;
  };
  bool holds_records_of(SegmentId segment, SegmentId before) const;
  bool needed(SegmentId id, const Live& live) const;
  void free(SegmentId id, const Live& live);

  const uint64_t segment_bytes_, bytes_max_;
  uint64_t live_bytes_ = 0;
  std::map<SegmentId, Live> live_;
  // The oldest is used again first: where the list is lost, what came after a record is there if that record is.
  std::set<SegmentId> spare_;
  std::vector<SegmentId> unlink_, ordered_;
};

}  // namespace ringlet
