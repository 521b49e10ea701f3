#include "core/os/worker_executor.h"

#include <doctest/doctest.h>
#include <sched.h>

#include "core/env/event.h"
#include "core/os/os_clock.h"
#include "core/os/os_rng.h"
#include "core/os/run_and_wait.h"

namespace ringlet {
namespace {

Task<int> bounce(Executor& a, Executor& b, int times) {
  int right = 0;
  for (int n = 0; n < times; ++n) {
    co_await b.hop();
    right += b.is_current();
    co_await a.hop();
    right += a.is_current();
  }
  co_return right;
}

Task<int> sum_on(Executor& home, Executor& other, int times) {
  int sum = 0;
  for (int n = 0; n < times; ++n) {
    co_await other.hop();
    ++sum;
    co_await home.yield();
    ++sum;
  }
  co_return sum;
}

Task<void> bump(Executor& target, std::atomic<int>& before, int& counted) {
  co_await target.hop();
  before.fetch_add(1, std::memory_order_relaxed);
  ++counted;  // only ever touched on target's thread
}

TEST_SUITE("worker_executor") {
  TEST_CASE("a task hops between two threads and always finds itself where it asked to be") {
    const OsClock clock;
    WorkerExecutor a(clock, "a"), b(clock, "b", ThreadPriority::low);
    CHECK_EQ(run_and_wait(a, bounce(a, b, 2000)), 4000);
  }

  TEST_CASE("handles posted from many threads at once all run, and none at the same time") {
    const OsClock clock;
    WorkerExecutor target(clock, "target");
    std::atomic<int> posted{0};
    int counted = 0;
    {
      std::vector<std::thread> threads;
      for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&] {
          WorkerExecutor own(clock, "own");
          for (int n = 0; n < 300; ++n) run_and_wait(own, bump(target, posted, counted));
        });
      }
      for (std::thread& thread : threads) thread.join();
    }
    CHECK_EQ(posted.load(), 1200);
    CHECK_EQ(run_and_wait(target, [](int& c) -> Task<int> { co_return c; }(counted)), 1200);
  }

  TEST_CASE("timers fire in order, and a cancelled one never") {
    const OsClock clock;
    WorkerExecutor worker(clock, "worker");
    auto sleeps = [](Executor& on, const Clock& time) -> Task<bool> {
      const Instant start = time.now();
      co_await on.sleep_until(start + millis(2));
      const bool late_enough = time.now() - start >= millis(2);
      Event never;
      const bool notified = co_await never.wait_until(time.now() + millis(1));
      co_return late_enough && !notified;
    };
    CHECK(run_and_wait(worker, sleeps(worker, clock)));
  }

  TEST_CASE("an idle thread leaves the processor to whoever else wants it") {
    const OsClock clock;
    WorkerExecutor idle(clock, "idle", ThreadPriority::idle), normal(clock, "normal");
    const auto policy = []() -> Task<int> { co_return sched_getscheduler(0); };
    CHECK_EQ(run_and_wait(idle, policy()), SCHED_IDLE);
    CHECK_EQ(run_and_wait(normal, policy()), SCHED_OTHER);
  }

  TEST_CASE("work that goes back and forth ends with every step counted") {
    const OsClock clock;
    WorkerExecutor a(clock, "a"), b(clock, "b");
    CHECK_EQ(run_and_wait(a, sum_on(a, b, 1000)), 2000);
  }
}

TEST_SUITE("os_clock") {
  TEST_CASE("the monotonic clock never goes back, the wall clock is this century's, the boot number stays") {
    const OsClock clock, again;
    const Instant first = clock.now();
    CHECK_LE(first, clock.now());
    CHECK_GT(clock.wall().raw, int64_t{946684800} * 1000000);
    CHECK_EQ(clock.boot(), again.boot());
  }
}

TEST_SUITE("os_rng") {
  TEST_CASE("two nodes, and two streams of one node, do not throw the same dice") {
    OsRng one, two;
    CHECK_NE(one.stream("a")->next(), two.stream("a")->next());
    CHECK_NE(one.stream("b")->next(), one.stream("b")->next());
  }
}

}  // namespace
}  // namespace ringlet
