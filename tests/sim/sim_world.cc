#include "tests/sim/sim_world.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <sstream>

#include "core/env/task_group.h"

namespace ringlet::sim {
namespace {

// A broken MUST aborts, past doctest's own messages: say the seed on the way out.
char replay_note[512];
void say_seed_and_abort(int) {
  (void)!write(STDERR_FILENO, replay_note, std::strlen(replay_note));
  std::signal(SIGABRT, SIG_DFL);
  std::abort();
}

class ReplayNote {
 public:
  explicit ReplayNote(uint64_t seed) {
    const auto* options = doctest::getContextOptions();
    const char* test = options != nullptr && options->currentTest != nullptr ? options->currentTest->m_name : "*";
    std::snprintf(replay_note, sizeof replay_note, "seed %llu; replay: %sRINGLET_SIM_SEEDS=%llu sim_tests -tc=\"%s\"\n",
                  static_cast<unsigned long long>(seed), long_run() ? "RINGLET_LONG=1 " : "",
                  static_cast<unsigned long long>(seed), test);
    before_ = std::signal(SIGABRT, say_seed_and_abort);
  }
  ~ReplayNote() { std::signal(SIGABRT, before_); }

 private:
  void (*before_)(int);
};

std::vector<std::unique_ptr<SimExecutor>> make_shards(SimScheduler& scheduler, size_t count) {
  std::vector<std::unique_ptr<SimExecutor>> shards;
  for (size_t n = 0; n < count; ++n)
    shards.push_back(std::make_unique<SimExecutor>(scheduler, "shard " + std::to_string(n)));
  return shards;
}

std::vector<Executor*> pointers_to(const std::vector<std::unique_ptr<SimExecutor>>& executors) {
  std::vector<Executor*> pointers;
  for (const auto& executor : executors) pointers.push_back(executor.get());
  return pointers;
}

std::vector<uint64_t> numbers_in(const char* text) {
  std::vector<uint64_t> numbers;
  std::istringstream in(text);
  std::string one;
  while (std::getline(in, one, ',')) numbers.push_back(std::stoull(one));
  return numbers;
}

}  // namespace

SimWorld::SimWorld(uint64_t s, WorldOptions options)
    : seed(s),
      steps_max(options.steps_max),
      scheduler(s),
      rng(s),
      clock(scheduler),
      disk(scheduler, rng, options.disk),
      shards(make_shards(scheduler, options.shards)),
      background(scheduler, "background"),
      merges(scheduler, "merges"),
      local(scheduler, "local"),
      env{clock, disk, net, rng, pointers_to(shards), background, merges, local} {}

void SimWorld::run(Task<void> task) {
  TaskGroup group;
  shards.front()->enter([&] { group.spawn(std::move(task)); });
  while (group.running() > 0) {
    const bool goes_on = scheduler.step();
    if (goes_on && scheduler.steps() < steps_max) continue;
    std::fprintf(stderr, goes_on ? "no end: the scenario takes more steps than it may\n"
                                 : "deadlock: the scenario waits, and nothing is ready and no timer is pending\n");
    MUST(group.running() == 0);
  }
}

uint64_t run_sim(uint64_t seed, WorldOptions options, const Scenario& scenario) {
  const ReplayNote note(seed);
  INFO(replay_note);
  SimWorld world(seed, options);
  world.run(scenario(world));
  return world.scheduler.trace();
}

bool long_run() { return std::getenv("RINGLET_LONG") != nullptr; }

std::vector<uint64_t> seeds(size_t n, size_t fresh) {
  if (const char* given = std::getenv("RINGLET_SIM_SEEDS")) return numbers_in(given);
  std::vector<uint64_t> all;
  if (long_run()) {
    fresh = std::max(n, 10 * fresh);
    n *= 10;
  }
  for (uint64_t seed = 1; seed <= n; ++seed) all.push_back(seed);
  if (const char* given = std::getenv("RINGLET_SIM_FRESH")) fresh = std::stoull(given);
  std::random_device entropy;
  for (; fresh > 0; --fresh) all.push_back(uint64_t{entropy()} << 32 | entropy());
  return all;
}

}  // namespace ringlet::sim
