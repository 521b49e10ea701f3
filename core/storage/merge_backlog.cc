#include "core/storage/merge_backlog.h"

#include <algorithm>

#include "core/base/limits.h"

namespace ringlet {

void MergeBacklog::found(size_t files, Instant now) {
  const bool reached = held_against_writers() >= kBacklogMost;
  files_ = files;
  brought_ = std::min(brought_, files);
  if (!reached && held_against_writers() >= kBacklogMost) progress_at_ = now;
}

void MergeBacklog::merged(size_t files, Instant now) {
  found(files, now);
  progress_at_ = now;
}

// Nobody is slowed for them alone: what is let pass is all of them.
void MergeBacklog::brought(size_t files) {
  brought_ = files - std::min(held_against_writers(), files);
  files_ = files;
}

bool MergeBacklog::behind() const { return held_against_writers() >= kBacklogSlow; }

uint64_t MergeBacklog::pace(Instant now) const {
  constexpr uint64_t kSteps = kBacklogMost - kBacklogSlow;
  const size_t files = held_against_writers();
  if (files < kBacklogMost) return kHeldBackBytesPerSecond * (kBacklogMost - files) / kSteps;
  return now - progress_at_ < seconds(kNoMergeSecondsMax) ? 0 : kHeldBackBytesPerSecond / kSteps;
}

void MergeBacklog::take(size_t bytes, Instant now) {
  const uint64_t rate = std::max<uint64_t>(pace(now), 1);
  free_at_ = turn(now) + Duration{static_cast<int64_t>(static_cast<double>(bytes) * 1e9 / static_cast<double>(rate))};
}

}  // namespace ringlet
