// Who still needs which segment: live bytes per (segment, table, shard). Owned by the leader of the commit log.
#pragma once

#include <map>
#include <vector>

#include "core/storage/commit_log.h"

namespace ringlet {

class LogUses {
 public:
  using Owner = std::pair<TableId, ShardId>;

  void add(SegmentId segment, TableId table, ShardId shard, uint64_t bytes);
  // Bytes that were never counted are our own bug: MUST.
  void take_away(SegmentId segment, TableId table, ShardId shard, uint64_t bytes);
  bool used(SegmentId segment) const { return segments_.contains(segment); }
  std::vector<Owner> owners(SegmentId segment) const;  // in order

 private:
  using Bytes = std::map<Owner, uint64_t>;
  std::map<SegmentId, Bytes> segments_;
  // Most records follow one of their own table and shard: one comparison instead of two searches.
  SegmentId last_segment_;
  Owner last_owner_;
  uint64_t* last_ = nullptr;
};

}  // namespace ringlet
