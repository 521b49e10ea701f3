#include "core/data/counter.h"

#include <algorithm>

#include "core/base/must.h"

namespace ringlet {
namespace {

constexpr size_t kIdBytes = 16, kShardBytes = 16 + 8 + 8;

struct CounterShard {
  BytesView id;
  uint64_t clock;
  int64_t count;
};

CounterShard shard_at(BytesView shards, size_t at) {
  return {shards.substr(at, kIdBytes), load_big<uint64_t>(shards.data() + at + kIdBytes),
          load_big<int64_t>(shards.data() + at + kIdBytes + 8)};
}

void append_shard(const CounterShard& shard, Bytes& out) {
  ByteWriter writer{out};
  writer.bytes(shard.id);
  writer.big(shard.clock);
  writer.big(shard.count);
}

int64_t wrapping_add(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
}

// One replica never gives one clock to two counts; should it happen, the larger one keeps replicas in agreement.
const CounterShard& later(const CounterShard& a, const CounterShard& b) {
  if (a.clock != b.clock) return a.clock > b.clock ? a : b;
  return a.count >= b.count ? a : b;
}

}  // namespace

bool counter_valid(BytesView shards) {
  if (shards.size() % kShardBytes != 0) return false;
  for (size_t at = kShardBytes; at < shards.size(); at += kShardBytes) {
    if (shards.substr(at - kShardBytes, kIdBytes) >= shards.substr(at, kIdBytes)) return false;
  }
  return true;
}

int64_t counter_sum(BytesView shards) {
  int64_t sum = 0;
  for (size_t at = 0; at + kShardBytes <= shards.size(); at += kShardBytes)
    sum = wrapping_add(sum, shard_at(shards, at).count);
  return sum;
}

Bytes counter_merge(BytesView a, BytesView b) {
  MUST(a.size() % kShardBytes == 0 && b.size() % kShardBytes == 0);
  Bytes out;
  out.reserve(a.size() + b.size());
  size_t i = 0, j = 0;
  while (i < a.size() && j < b.size()) {
    const CounterShard left = shard_at(a, i), right = shard_at(b, j);
    append_shard(left.id < right.id ? left : right.id < left.id ? right : later(left, right), out);
    i += left.id <= right.id ? kShardBytes : 0;
    j += right.id <= left.id ? kShardBytes : 0;
  }
  out.append(a.substr(i)).append(b.substr(j));
  return out;
}

Bytes counter_add(BytesView shards, const Uuid& replica, int64_t delta, Timestamp at) {
  CounterShard own{replica.bytes(), 0, 0};
  for (size_t at = 0; at + kShardBytes <= shards.size(); at += kShardBytes) {
    if (shards.substr(at, kIdBytes) == own.id) own = shard_at(shards, at);
  }
  own.clock = std::max(own.clock + 1, static_cast<uint64_t>(std::max<int64_t>(at.raw, 0)));
  own.count = wrapping_add(own.count, delta);
  Bytes next;
  append_shard(own, next);
  return counter_merge(shards, next);
}

}  // namespace ringlet
