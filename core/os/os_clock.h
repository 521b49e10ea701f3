// OsClock: the kernel's clocks.
#pragma once

#include "core/env/clock.h"

namespace ringlet {

class OsClock final : public Clock {
 public:
  OsClock();
  Instant now() const override;
  Timestamp wall() const override;
  uint64_t boot() const override { return boot_; }

 private:
  uint64_t boot_;  // a hash of the kernel's boot id; where there is none, random: every start then looks like a reboot
};

}  // namespace ringlet
