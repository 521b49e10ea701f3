// A counter's value: its list of shards, one for each replica that counted. Merged shard by shard: the larger clock wins.
// Bytes: n x (16-byte replica epoch id, u64 big-endian clock, i64 big-endian count), sorted by id. The sum is the value.
//
// A clock is the time of the increment, in microseconds, or one more than the one before it. Counting from nothing again, after a
// deletion, thus wins over what was counted before, in whatever order shards and deletion come together.
#pragma once

#include "core/base/bytes.h"
#include "core/base/types.h"
#include "core/base/uuid.h"

namespace ringlet {

int64_t counter_sum(BytesView shards);
Bytes counter_merge(BytesView a, BytesView b);
Bytes counter_add(BytesView shards, const Uuid& replica, int64_t delta,
                  Timestamp at);  // wraps as two's complement does
bool counter_valid(BytesView shards);

}  // namespace ringlet
