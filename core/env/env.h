// Env: the world, passed down by reference; there is no global one. cli/ builds it from core/os, tests/sim from its own.
#pragma once

#include <vector>

#include "core/env/clock.h"
#include "core/env/disk.h"
#include "core/env/executor.h"
#include "core/env/net.h"
#include "core/env/rng.h"

namespace ringlet {

struct Env {
  Clock& clock;
  Disk& disk;
  Net& net;
  RngSource& rng;
  std::vector<Executor*> shards;  // one a shard, in ShardId order
  Executor& background;           // flushes, and whatever else may block on the disk
  Executor& merges;  // the same, when nobody else wants the processor: whoever waits must not wait for this
  Executor& local;   // SQLite's; may block on the disk
};

}  // namespace ringlet
