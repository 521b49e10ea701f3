#include "core/storage/tombstone_gc.h"

#include <algorithm>

namespace ringlet {

static constexpr int64_t kImmediateGraceSeconds = 3600;

Result<TombstoneGc> parse_tombstone_gc(const std::map<std::string, std::string>& options, bool has_other_replicas) {
  for (const auto& [name, value] : options) {
    if (name != "mode" && name != "propagation_delay_in_seconds")
      return fail(Errc::config, "tombstone_gc option " + name + " is not known");
  }
  const auto mode = options.find("mode");
  if (mode == options.end()) return has_other_replicas ? TombstoneGc::repair : TombstoneGc::immediate;
  if (mode->second == "timeout") return TombstoneGc::timeout;
  if (mode->second == "repair") return TombstoneGc::repair;
  if (mode->second == "immediate") return TombstoneGc::immediate;
  if (mode->second == "disabled") return TombstoneGc::disabled;
  return fail(Errc::config,
              "tombstone_gc mode must be one of timeout, repair, immediate, disabled, but was " + mode->second);
}

Seconds gc_before(TombstoneGc mode, Seconds now, int32_t gc_grace_seconds, std::optional<Seconds> repaired_through) {
  switch (mode) {
    case TombstoneGc::timeout:
      return Seconds{now.raw - gc_grace_seconds};
    case TombstoneGc::immediate:
      return Seconds{now.raw - kImmediateGraceSeconds};
    case TombstoneGc::repair:
      return repaired_through ? std::min(*repaired_through, now) : Seconds{INT64_MIN};
    case TombstoneGc::disabled:
      return Seconds{INT64_MIN};
  }
  return Seconds{INT64_MIN};
}

}  // namespace ringlet
