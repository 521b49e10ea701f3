// Which shard of a node owns a token: the biased-token formula of Scylla's drivers. The top bits are shifted away first, so
// that a node that owns a small piece of the ring still spreads it over all its shards.
#pragma once

#include "core/base/types.h"

namespace ringlet {

inline constexpr int kShardIgnoreMsb = 12;

constexpr ShardId shard_of(Token token, uint16_t shard_count, int ignore_msb = kShardIgnoreMsb) {
  const uint64_t biased = (static_cast<uint64_t>(token.raw) + (uint64_t{1} << 63)) << ignore_msb;
  // The high word of biased * shard_count, in two halves: armhf has no 128-bit integers.
  const uint64_t low = (biased & 0xFFFFFFFFu) * shard_count, high = (biased >> 32) * shard_count;
  return ShardId{static_cast<uint16_t>((high + (low >> 32)) >> 32)};
}

}  // namespace ringlet
