#include "core/storage/log_uses.h"

#include "core/base/must.h"

namespace ringlet {

void LogUses::add(SegmentId segment, TableId table, ShardId shard, uint64_t bytes) {
  if (bytes == 0) return;
  if (last_ == nullptr || last_segment_ != segment || last_owner_.second != shard || last_owner_.first != table) {
    last_segment_ = segment;
    last_owner_ = {table, shard};
    last_ = &segments_[segment][last_owner_];
  }
  *last_ += bytes;
}

void LogUses::take_away(SegmentId segment, TableId table, ShardId shard, uint64_t bytes) {
  if (bytes == 0) return;
  const auto uses = segments_.find(segment);
  MUST(uses != segments_.end());
  const auto use = uses->second.find({table, shard});
  MUST(use != uses->second.end() && use->second >= bytes);
  use->second -= bytes;
  if (use->second != 0) return;
  last_ = nullptr;
  uses->second.erase(use);
  if (uses->second.empty()) segments_.erase(uses);
}

std::vector<LogUses::Owner> LogUses::owners(SegmentId segment) const {
  std::vector<Owner> owners;
  if (const auto uses = segments_.find(segment); uses != segments_.end()) {
    for (const auto& [owner, bytes] : uses->second) owners.push_back(owner);
  }
  return owners;
}

}  // namespace ringlet
