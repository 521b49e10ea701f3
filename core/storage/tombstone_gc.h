// When deletions may be forgotten: a table's `tombstone_gc`, as a time. What else must hold (nothing older elsewhere) is
// PurgeRule's.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "core/base/result.h"
#include "core/base/types.h"

namespace ringlet {

enum class TombstoneGcMode : uint8_t {
  timeout,    // gc_grace_seconds after the deletion
  repair,     // once a repair has told it to every replica
  immediate,  // after a grace for late retries
  disabled,
};

struct TombstoneGc {
  TombstoneGcMode mode = TombstoneGcMode::timeout;
  int32_t propagation_delay_seconds = 3600;  // until every write that was under way has arrived or failed
};

// Without a mode: `repair` where there are other replicas, `immediate` where there are none. Errc::config for what is unknown.
Result<TombstoneGc> parse_tombstone_gc(const std::map<std::string, std::string>& options, bool has_other_replicas);

// Deletions made before this may go. `repaired_through`: every deletion made before it is known to all replicas, and no hint
// or batch that could bring its data back is left. Where there are no other replicas, that is as of now.
Seconds gc_before(const TombstoneGc& gc, Seconds now, int32_t gc_grace_seconds,
                  std::optional<Seconds> repaired_through);

}  // namespace ringlet
