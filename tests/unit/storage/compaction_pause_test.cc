#include "core/storage/compaction_pause.h"

#include <doctest/doctest.h>

#include "core/os/os_clock.h"
#include "core/os/run_and_wait.h"
#include "core/os/worker_executor.h"

namespace ringlet {
namespace {

class HandClock final : public Clock {
 public:
  Instant now() const override { return Instant{nanos.load()}; }
  Timestamp wall() const override { return Timestamp{0}; }
  uint64_t boot() const override { return 1; }
  std::atomic<int64_t> nanos = 1;
  void pass(Duration time) { nanos += time.nanos; }
};

struct Threads {
  OsClock clock;
  WorkerExecutor merges{clock, "merges", ThreadPriority::idle}, background{clock, "background"};
  HandClock hand;
  CompactionBudget budget;
};

// Whether each step, of so long, was followed by one on the merges' own thread.
Task<std::vector<bool>> steps(Threads& threads, const std::vector<Duration>& times) {
  std::vector<bool> idle;
  const CompactionPause::Options options{.budget = &threads.budget, .background = &threads.background};
  CompactionPause pause(threads.hand, options);
  for (const Duration time : times) {
    threads.hand.pass(time);
    co_await pause.wait(Instant{});
    idle.push_back(threads.merges.is_current());
  }
  co_await threads.merges.hop();
  co_return idle;
}

using Where = std::vector<bool>;

}  // namespace

TEST_SUITE("compaction_pause") {
  TEST_CASE("a merge stays on the thread that nobody waits for while no table's merges are behind") {
    Threads threads;
    CHECK(run_and_wait(threads.merges, steps(threads, {millis(1), millis(2), millis(30)})) == Where{true, true, true});
  }

  TEST_CASE("a merge takes a share of the processor while a table's merges are behind, and when the node stops") {
    Threads threads;
    threads.budget.add_waiting(1);
    CHECK(run_and_wait(threads.merges, steps(threads, {millis(1), millis(1)})) == Where{false, false});
    threads.budget.add_waiting(-1);
    CHECK(run_and_wait(threads.merges, steps(threads, {millis(1)})) == Where{true});
    threads.budget.stop();
    CHECK(run_and_wait(threads.merges, steps(threads, {millis(1)})) == Where{false});
  }

  TEST_CASE("a merge that nobody lets have the processor takes a share of it for as long as it had to wait") {
    Threads threads;
    CHECK(run_and_wait(threads.merges, steps(threads, {millis(300), millis(200), millis(99), millis(2), millis(1)})) ==
          Where{false, false, false, true, true});
    // After a very long wait, for two seconds.
    CHECK(run_and_wait(threads.merges, steps(threads, {seconds(60), millis(1999), millis(1)})) ==
          Where{false, false, true});
  }
}

}  // namespace ringlet
