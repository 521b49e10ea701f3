#include "core/storage/log_files.h"

#include <algorithm>
#include <utility>

namespace ringlet {

void LogFiles::add(SegmentId id, uint64_t bytes, std::optional<SegmentId> keeper) {
  MUST(live_.emplace(id, Live{bytes, keeper, false, 0, {}}).second);
  live_bytes_ += bytes;
}

void LogFiles::abandon(SegmentId id) {
  const auto at = live_.find(id);
  MUST(at != live_.end());
  at->second.abandoned = true;
}

void LogFiles::give_up(SegmentId id) {
  abandon(id);
  live_.find(id)->second.keeper.reset();
}

void LogFiles::outlive(SegmentId kept, SegmentId until) {
  const auto at = live_.find(kept);
  if (at != live_.end() && until < kept && live_.contains(until)) at->second.outlives.insert(until);
}

// In its own file, or moved to a later one after a failed sync.
bool LogFiles::holds_records_of(SegmentId segment, SegmentId before) const {
  for (auto at = live_.lower_bound(segment); at != live_.end() && at->first < before; ++at)
    if (at->first == segment || at->second.keeper == segment) return true;
  return false;
}

bool LogFiles::needed(SegmentId id, const Live& live) const {
  if (uses.used(id) || (live.keeper && uses.used(*live.keeper))) return true;
  for (const SegmentId until : live.outlives)
    if (holds_records_of(until, id)) return true;
  return false;
}

void LogFiles::free_unused(std::optional<SegmentId> but) {
  for (auto at = live_.begin(); at != live_.end();) {
    if (at->first == but || needed(at->first, at->second)) {
      ++at;
      continue;
    }
    free(at->first, at->second);
    at = live_.erase(at);
  }
}

void LogFiles::free(SegmentId id, const Live& live) {
  live_bytes_ -= live.bytes;
  const bool odd = live.abandoned || live.bytes != segment_bytes_;
  const auto too_many = [&] { return live_bytes_ + spare_.size() * segment_bytes_ > bytes_max_; };
  spare_.insert(id);
  while (!spare_.empty() && *spare_.begin() <= id && (odd || too_many()))
    unlink_.push_back(spare_.extract(spare_.begin()).value());
}

LogSegmentOrder LogFiles::order(uint64_t bytes) {
  LogSegmentOrder order{bytes, {}, std::exchange(unlink_, {}), {}};
  ordered_ = order.unlink;
  if (bytes == segment_bytes_ && !spare_.empty()) {
    order.recycle = spare_.extract(spare_.begin()).value();
    ordered_.push_back(*order.recycle);
  }
  order.needed = needed();
  return order;
}

LogList LogFiles::needed() const {
  LogList list;
  for (const auto& [id, live] : live_) list[id] = {live.bytes, live.synced_through};
  return list;
}

void LogFiles::note_synced(SegmentId id, uint64_t through) {
  if (const auto at = live_.find(id); at != live_.end())
    at->second.synced_through = std::max(at->second.synced_through, through);
}

void LogFiles::order_ended(bool well) {
  if (!well) unlink_.insert(unlink_.end(), ordered_.begin(), ordered_.end());
  ordered_.clear();
}

std::vector<SegmentId> LogFiles::oldest_past_bound() const {
  std::vector<SegmentId> oldest;
  uint64_t left = live_bytes_;
  for (auto at = live_.begin(); at != live_.end() && left > bytes_max_; ++at) {
    oldest.push_back(at->first);
    left -= at->second.bytes;
  }
  return oldest;
}

}  // namespace ringlet
