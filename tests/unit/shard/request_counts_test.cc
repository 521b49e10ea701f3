#include "core/shard/request_counts.h"

#include <doctest/doctest.h>

#include "core/env/event.h"
#include "tests/sim/sim_world.h"

using namespace ringlet;

TEST_SUITE("request counts") {
  TEST_CASE("a quantile is at most a quarter longer than it was, and never longer than the longest") {
    for (const int64_t micros_taken : {1, 3, 4, 7, 100, 999, 1000, 123456, 5000000}) {
      LatencyHistogram times;
      for (int i = 0; i < 100; ++i) times.add(micros(micros_taken));
      const double exact = static_cast<double>(micros_taken) / 1000;
      CAPTURE(micros_taken);
      CHECK(times.quantile_ms(0.5) >= exact);
      CHECK(times.quantile_ms(0.99) <= exact * 1.26 + 0.001);
      CHECK(times.quantile_ms(0.99) <= times.max_ms());
      CHECK_EQ(times.max_ms(), doctest::Approx(exact));
    }
  }
  TEST_CASE("half of the times lie below the median, wherever they were taken") {
    LatencyHistogram fast, slow;
    for (int i = 0; i < 60; ++i) fast.add(micros(100));
    for (int i = 0; i < 40; ++i) slow.add(millis(50));
    fast.merge(slow);
    CHECK(fast.quantile_ms(0.5) < 0.2);
    CHECK(fast.quantile_ms(0.99) > 40);
    CHECK_EQ(LatencyHistogram().quantile_ms(0.99), 0);
  }
  TEST_CASE("every request is counted under its table and kind, and some are timed") {
    const sim::Scenario scenario = [](sim::SimWorld& world) -> Task<void> {
      RequestCounts counts;
      const TableId a = name_uuid("a"), b = name_uuid("b");
      for (int i = 0; i < 20; ++i) {
        const RequestTiming read(counts, world.clock, a, RequestKind::read);
        const RequestTiming write(counts, world.clock, b, RequestKind::write);
        CHECK_EQ(counts.running, 2);
        Event nothing;
        co_await nothing.wait_until(world.clock.now() + millis(3));
      }
      CHECK_EQ(counts.running, 0);
      CHECK_EQ(counts.of(a).counts[0], 20);
      CHECK_EQ(counts.of(b).counts[2], 20);
      CHECK_EQ(counts.of(b).counts[0], 0);
      CHECK(counts.of(a).times[0].max_ms() >= 3);
    };
    sim::run_sim(1, scenario);
  }
}
