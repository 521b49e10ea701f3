// How one --memory budget is divided. Every consumer has its share from here, and the shares add up.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/base/result.h"
#include "core/storage/engine.h"

namespace ringlet {

inline constexpr size_t kMemoryBytesMin = 48u << 20;

struct MemoryPlan {
  size_t memtable_bytes = 0;    // of each shard
  size_t cache_bytes = 0;       // of each shard
  size_t log_bytes = 0;         // of the node: the log's size on the medium, which bounds what a start replays
  size_t request_bytes = 0;     // of each shard: requests and answers in flight
  size_t read_bytes = 0;        // of each shard: what reads under way hold of files, beside the cache
  size_t background_bytes = 0;  // of the node: flush, compaction, SQLite
  size_t fixed_bytes = 0;       // program, threads, schema, connections
};

// Errc::config when `memory_bytes` is too little for so many shards; says how much is needed.
Result<MemoryPlan> plan_memory(size_t memory_bytes, uint16_t shards);

}  // namespace ringlet
