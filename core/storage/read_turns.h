// Who may read now: what the reads of a shard hold together, files' blocks and streams over them, stays within a budget. Scans and
// reads of one partition have half of it each, so that none of the one kind waits for the other.
//
// Always holds
//   - a read that finds no room waits, in the order of coming, until its deadline or kReadTurnSecondsMax, and is then Overloaded
//   - one alone always goes, even if it takes more than there is, up to kReadAloneTimes of it: that is Overloaded at once, for it
//     has to look into more files than memory allows, which only compaction can mend
// How much a read takes goes by the files that it may have to look into: what merges keep few (merge_backlog.h) or, where they
// cannot, nobody else does. A read has its turn until it ends, so who holds one must not wait for another of the same shard;
// shards are asked in the order of their numbers.
#pragma once

#include <set>

#include "core/base/result.h"
#include "core/env/event.h"
#include "core/env/request_context.h"
#include "core/env/task.h"

namespace ringlet {

class ReadTurns {
 public:
  explicit ReadTurns(size_t bytes) : bytes_(bytes) {}
  ReadTurns(const ReadTurns&) = delete;

  bool try_begin(size_t bytes);  // where nobody has to wait
  Task<Status> begin(size_t bytes, size_t files, const RequestContext& context);
  void end(size_t bytes);

  size_t reads() const { return reads_; }
  size_t waiting() const { return waiting_.size(); }
  uint64_t refused() const { return refused_; }

 private:
  bool has_room_for(size_t bytes) const { return reads_ == 0 || held_ + bytes <= bytes_; }
  Task<Status> wait_for(size_t bytes, const RequestContext& context);

  const size_t bytes_;
  size_t held_ = 0, reads_ = 0;
  uint64_t next_ = 0, refused_ = 0;
  std::set<uint64_t> waiting_;  // numbers, in the order of coming
  Event ended_;
};

}  // namespace ringlet
