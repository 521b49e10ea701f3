// SimClock: one node's view of virtual time. Its wall clock may be off, drift and jump; its boot number is the test's.
#pragma once

#include "core/env/clock.h"
#include "tests/sim/sim_scheduler.h"

namespace ringlet::sim {

class SimClock final : public Clock {
 public:
  explicit SimClock(const SimScheduler& scheduler) : scheduler_(scheduler) {}
  Instant now() const override { return scheduler_.now(); }
  Timestamp wall() const override {
    const int64_t elapsed_us = scheduler_.now().nanos / 1000;
    return Timestamp{wall_start_us_ + elapsed_us + elapsed_us / 1000000 * drift_ppm_};
  }
  uint64_t boot() const override { return boot_; }

  void jump_wall(Duration by) { wall_start_us_ += by.nanos / 1000; }      // either way
  void set_wall(Timestamp to) { wall_start_us_ += to.raw - wall().raw; }  // 1970, say: a gateway without a battery
  void set_drift_ppm(int64_t ppm) { drift_ppm_ = ppm; }
  void reboot() { ++boot_; }

 private:
  const SimScheduler& scheduler_;
  int64_t wall_start_us_ = int64_t{1767225600} * 1000000;  // 2026-01-01
  int64_t drift_ppm_ = 0;
  uint64_t boot_ = 1;
};

}  // namespace ringlet::sim
