// Keeps the ceiling of every shard's stamps stored ahead of use: whatever the wall clock says after a power cut, no stamp is
// given out twice and none goes back. Written when stamps or the clock come near the ceiling:
// every few minutes.
#pragma once

#include "core/env/event.h"
#include "core/env/task.h"
#include "core/local/local_store.h"
#include "core/shard/shard.h"

namespace ringlet {

class ClockMark {
 public:
  ClockMark(Env& env, LocalStore& local, Shards& shards) : env_(env), local_(local), shards_(shards) {}

  Task<Status> begin();  // before the first stamp; on shard 0's executor, as all of it
  Task<void> keep();     // until stop(); spawned by the node
  void stop();
  Task<Status> store_exact();  // at a clean stop, when no stamp will follow

 private:
  Task<Status> store(Timestamp ceiling);
  Task<Result<Timestamp>> highest_stamp();

  Env& env_;
  LocalStore& local_;
  Shards& shards_;
  Timestamp ceiling_{0};
  bool stopping_ = false;
  Event stopped_;
};

}  // namespace ringlet
