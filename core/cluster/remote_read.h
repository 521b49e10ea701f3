// A read whose data belongs to other shards of this node: fragments are fetched in batches over the mailbox, so that the
// reader goes through them without hopping for each. A range scan merges all shards: a token range is many slices, each of
// one shard.
#pragma once

#include <optional>

#include "core/cluster/coordinator.h"

namespace ringlet {

// From `owner`, or from every shard. Nothing is fetched before the first load().
std::unique_ptr<CoordinatedRead> read_from_others(Shards& shards, TableId table, const ReadRange& range,
                                                  std::optional<ShardId> owner, uint32_t rows_hint);

}  // namespace ringlet
