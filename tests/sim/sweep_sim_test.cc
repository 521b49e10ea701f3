// Every disk operation of everyday work made to fail, one after the other, once and for good: whatever the node then answers, it
// loses nothing acknowledged, shows nothing that was not written, says what failed and where, comes to an end, and starts again when
// the disk is well.
#include <doctest/doctest.h>

#include <cstdlib>

#include "tests/sim/sweep_scene.h"

namespace ringlet::sim {
namespace {

// Builds that are slow look at some operations only.
#if defined(__OPTIMIZE__) && !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)
constexpr uint64_t kStride = 1;
#else
constexpr uint64_t kStride = 5;
#endif

bool names_what_and_where(const Error& error) {
  for (const char* place : {"commitlog", "sstables", "metadata.db", "schema.log", "snapshots", "backups", "quarantine",
                            "LOCK", "hints", "certs", "the data directory"})
    if (error.detail.find(place) != std::string::npos) return true;
  return false;
}

// Runs the scenario with its n-th operation failing. False: it ended before it came to so many.
bool reaches(const SweepScenario& scenario, Fault fault, uint64_t survivor) {
  bool reached = false;
  run_sim(fault.nth, {.shards = 2, .steps_max = 1'000'000}, [&](SimWorld& world) -> Task<void> {
    const std::string name = scenario.name;
    CAPTURE(name);
    CAPTURE(fault.nth);
    NodeDriver driver(world);
    scenario.configure(driver.options());
    require_ok(co_await driver.start(1));
    SweepScene scene(world, driver);
    co_await scene.set_up();
    co_await scenario.prepare(scene);
    world.disk.plan(fault);
    co_await scenario.act(scene);
    co_await Executor::current()->sleep_until(world.clock.now() + millis(1500));  // what it left to be done behind
    reached = world.disk.faults_fired() > 0;
    world.disk.clear_faults();
    for (const Error& error : scene.errors)
      CHECK_MESSAGE(names_what_and_where(error), "an error that does not say where: ", error.detail);
    if (driver.running()) {
      co_await Executor::current()->sleep_until(world.clock.now() + seconds(3));
      co_await scene.check(false);
      const bool goes_on = co_await scene.write("healed");
      CHECK_MESSAGE(goes_on, "no write is taken though the disk is well: ", scene.errors.back().detail);
      co_await scene.settle();
    } else if (fault.nth % 2 == 0) {  // the process was killed, the machine was not
      require_ok(co_await driver.start(scene.shards));
      co_await scene.check(true);
    }
    co_await scene.cut(survivor);
    require_ok(co_await driver.start(scene.shards));
    co_await scene.check(true);
    const bool goes_on = co_await scene.write("after");
    CHECK(goes_on);
    co_await scene.finish();
    CHECK(driver.node().strays().quarantined.empty());
    for (const std::string& hole : driver.node().replay_report().holes) CHECK_MESSAGE(false, "a hole: ", hole);
    require_ok(co_await driver.stop());
  });
  return reached;
}

// RINGLET_SWEEP names one scenario; RINGLET_LONG asks for eight disks after the power cut that follows, where CI takes one.
void sweep(FaultKind kind, bool for_good) {
  const uint64_t survivors = long_run() ? 8 : 1;
  const char* only = std::getenv("RINGLET_SWEEP");
  uint64_t runs = 0;
  for (const SweepScenario& scenario : sweep_scenarios()) {
    if (only != nullptr && scenario.name != std::string(only)) continue;
    uint64_t nth = 1;
    for (bool reached = true; reached; nth += kStride) {
      reached = false;
      for (uint64_t n = 0; n < survivors; ++n, ++runs)
        reached |= reaches(scenario, {.kind = kind, .nth = nth, .for_good = for_good}, (nth + n) % 8);
    }
    const std::string name = scenario.name;
    MESSAGE(name, ": ", nth - 1 - kStride, " operations");
    CHECK_GT(nth, 1 + kStride);
  }
  MESSAGE("scenarios: ", sweep_scenarios().size(), ", runs: ", runs);
}

TEST_SUITE("sweep_sim") {
  TEST_CASE("sim: every disk operation of everyday work may fail once, and nothing acknowledged is lost") {
    sweep(FaultKind::io_error, false);
  }
  TEST_CASE("sim: from every disk operation of everyday work on, all may fail, and nothing acknowledged is lost") {
    sweep(FaultKind::io_error, true);
  }
  TEST_CASE(
      "sim: from every disk operation of everyday work on, the disk may be full, and nothing acknowledged is lost") {
    sweep(FaultKind::no_space, true);
  }
}

}  // namespace
}  // namespace ringlet::sim
