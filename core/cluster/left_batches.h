// Logged batches that could be applied in part only (a full disk, a deadline, a crash): tried again until they are whole.
// Their records stay in the log meanwhile, and the memory that they take is bounded (kLeftBatchBytesMax).
#pragma once

#include "core/env/env.h"
#include "core/env/event.h"
#include "core/shard/shard.h"

namespace ringlet {

class LeftBatches {
 public:
  LeftBatches(Env& env, Shards& shards) : env_(env), shards_(shards) {}

  Task<void> apply_once();  // each shard's, in their order; on shard 0's executor, as all of it
  Task<void> keep();        // the same every second until stop(); spawned by the node
  void stop();

 private:
  Task<Status> apply_of(ShardId shard);
  Task<Status> apply(const LoggedBatch& batch);

  Env& env_;
  Shards& shards_;
  bool stopping_ = false;
  Event stopped_;
};

}  // namespace ringlet
