// SimWorld: everything a node needs, simulated, under one seed. run_sim() builds one, runs a test's coroutine on its first shard
// until that ends, and makes every failure say which seed it was and how to run it again.
//
//   TEST_CASE("sim: ...") {
//     for (const uint64_t seed : sim::seeds(50)) sim::run_sim(seed, [](sim::SimWorld& world) -> Task<void> { ... });
//   }
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "core/env/env.h"
#include "tests/sim/sim_clock.h"
#include "tests/sim/sim_disk.h"
#include "tests/sim/sim_net.h"
#include "tests/sim/sim_scheduler.h"

namespace ringlet::sim {

struct WorldOptions {
  size_t shards = 1;
  SimDisk::Options disk = {};
  uint64_t steps_max = UINT64_MAX;  // a scenario that takes more goes on for ever: it ends the process
};

class SimWorld {
 public:
  SimWorld(uint64_t seed, WorldOptions options);

  const uint64_t seed, steps_max;
  SimScheduler scheduler;
  SeededRngSource rng;
  SimClock clock;
  SimDisk disk;
  SimNet net;
  std::vector<std::unique_ptr<SimExecutor>> shards;
  SimExecutor background, merges, local;
  Env env;

  void run(Task<void> task);              // on the first shard, until it has ended; a deadlock ends the process
  void restart(uint64_t survivor_seed) {  // after disk.crash() and the old node's end
    disk.restart(survivor_seed);
    clock.reboot();
  }
};

using Scenario = std::function<Task<void>(SimWorld&)>;
uint64_t run_sim(uint64_t seed, WorldOptions options, const Scenario& scenario);  // the run's trace hash
inline uint64_t run_sim(uint64_t seed, const Scenario& scenario) { return run_sim(seed, WorldOptions{}, scenario); }

// RINGLET_LONG=1: a run of an hour instead of minutes.
bool long_run();

// 1..n, always the same, and `fresh` new ones, or as many as the environment says: RINGLET_SIM_FRESH=k. In a long run ten times
// as many of each, and n new ones at least. With RINGLET_SIM_SEEDS=a,b,c exactly those.
std::vector<uint64_t> seeds(size_t n, size_t fresh = 0);

}  // namespace ringlet::sim
