#include "core/node/memory_plan.h"

#include <algorithm>

#include "core/base/must.h"

namespace ringlet {

static constexpr size_t kFixedBytes = 14u << 20, kBackgroundBytes = 8u << 20, kShardFixedBytes = 1u << 20;
static constexpr size_t kShardMemtableBytesMin = 4u << 20;

Result<MemoryPlan> plan_memory(size_t memory_bytes, uint16_t shards) {
  MemoryPlan plan;
  plan.fixed_bytes = kFixedBytes + shards * kShardFixedBytes;
  plan.background_bytes = kBackgroundBytes;
  const size_t needed =
      std::max(kMemoryBytesMin, plan.fixed_bytes + plan.background_bytes + shards * 4 * kShardMemtableBytesMin);
  if (memory_bytes < needed)
    return fail(Errc::config, "--memory is too little for " + std::to_string(shards) + " shards: give at least " +
                                  std::to_string((needed + (1u << 20) - 1) >> 20) + "M, or fewer --shards");
  // What is left goes by quarters: memtables, cache, requests; of the last one half is for reads under way, and half is slack for
  // what the allocator cannot give back.
  const size_t quarter = (memory_bytes - plan.fixed_bytes - plan.background_bytes) / 4;
  plan.memtable_bytes = quarter / shards;
  plan.cache_bytes = quarter / shards;
  plan.request_bytes = quarter / shards;
  plan.read_bytes = quarter / 2 / shards;
  plan.log_bytes = std::clamp<size_t>(quarter, 16u << 20, 256u << 20);
  MUST(plan.fixed_bytes + plan.background_bytes +
           shards * (plan.memtable_bytes + plan.cache_bytes + plan.request_bytes + plan.read_bytes) <=
       memory_bytes);
  return plan;
}

}  // namespace ringlet
