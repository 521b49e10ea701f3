#include "core/env/timer_heap.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>

#include "core/env/seeded_rng.h"

namespace ringlet {
namespace {

std::coroutine_handle<> handle_number(uintptr_t n) {
  return std::coroutine_handle<>::from_address(reinterpret_cast<void*>(n * 16));
}
uintptr_t number_of(std::coroutine_handle<> handle) { return reinterpret_cast<uintptr_t>(handle.address()) / 16; }

TEST_SUITE("timer_heap") {
  TEST_CASE("timers of one instant fire in the order they were started") {
    TimerHeap heap;
    for (uintptr_t n = 1; n <= 20; ++n) heap.start(Instant{7}, handle_number(n));
    CHECK_FALSE(heap.pop_due(Instant{6}));
    for (uintptr_t n = 1; n <= 20; ++n) CHECK_EQ(number_of(heap.pop_due(Instant{7})), n);
    CHECK_EQ(heap.next(), kNever);
  }

  TEST_CASE("the id of a timer that fired cancels nothing, not even the next timer in its place") {
    TimerHeap heap;
    const TimerId fired = heap.start(Instant{1}, handle_number(1));
    heap.pop_due(Instant{1});
    const TimerId next = heap.start(Instant{2}, handle_number(2));
    CHECK_FALSE(heap.cancel(fired));
    CHECK_FALSE(heap.cancel(TimerId{}));
    CHECK(heap.cancel(next));
    CHECK_FALSE(heap.cancel(next));
  }

  TEST_CASE("any mix of starting, cancelling and firing agrees with a sorted list") {
    for (const uint64_t seed : {1u, 2u, 3u, 4u, 5u, 6u, 7u, 8u}) {
      CAPTURE(seed);
      SeededRng rng(seed);
      TimerHeap heap;
      std::map<std::pair<int64_t, uintptr_t>, TimerId> model;  // (when, order of start)
      int64_t now = 0;
      for (uintptr_t step = 1; step <= 3000; ++step) {
        const uint64_t what = rng.below(10);
        if (what < 5) {
          const int64_t when = now + static_cast<int64_t>(rng.below(50));
          model[{when, step}] = heap.start(Instant{when}, handle_number(step));
        } else if (what < 7 && !model.empty()) {
          const auto victim = std::next(model.begin(), static_cast<int64_t>(rng.below(model.size())));
          REQUIRE(heap.cancel(victim->second));
          model.erase(victim);
        } else {
          now += static_cast<int64_t>(rng.below(8));
          while (!model.empty() && model.begin()->first.first <= now) {
            REQUIRE_EQ(number_of(heap.pop_due(Instant{now})), model.begin()->first.second);
            model.erase(model.begin());
          }
          REQUIRE_FALSE(heap.pop_due(Instant{now}));
        }
        REQUIRE_EQ(heap.next().nanos, model.empty() ? kNever.nanos : model.begin()->first.first);
        REQUIRE_EQ(heap.size(), model.size());
      }
    }
  }
}

TEST_SUITE("seeded_rng") {
  TEST_CASE("a stream depends on the seed and its name, and asking again gives another") {
    SeededRngSource source(1), same(1), other(2);
    const uint64_t first = source.stream("a")->next();
    CHECK_EQ(same.stream("a")->next(), first);
    CHECK_NE(source.stream("a")->next(), first);
    CHECK_NE(same.stream("b")->next(), first);
    CHECK_NE(other.stream("a")->next(), first);
  }
}

}  // namespace
}  // namespace ringlet
