// SeededRngSource: streams that are a pure function of (seed, name, how often that name was asked for). Good for dice, not
// for secrets. Used by the simulator with its seed, and by core/os with one from the kernel.
#pragma once

#include <map>
#include <string>

#include "core/env/rng.h"

namespace ringlet {

// xoshiro256**, its state filled by splitmix64.
class SeededRng final : public Rng {
 public:
  explicit SeededRng(uint64_t seed);
  uint64_t next() override;

 private:
  uint64_t state_[4];
};

class SeededRngSource final : public RngSource {
 public:
  explicit SeededRngSource(uint64_t seed) : seed_(seed) {}
  std::unique_ptr<Rng> stream(std::string_view name) override;

 private:
  uint64_t seed_;
  std::map<std::string, uint64_t, std::less<>> asked_;  // a second stream of one name must not repeat the first
};

}  // namespace ringlet
