// Rng: the only source of dice. Each user draws from a stream of its own name, so that one more draw in one place does not
// change every other place's history under a seed.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

namespace ringlet {

class Rng {
 public:
  virtual ~Rng() = default;
  virtual uint64_t next() = 0;
  uint64_t below(uint64_t bound) { return next() % bound; }  // bound > 0; the bias is harmless for what we use it for
};

class RngSource {
 public:
  virtual ~RngSource() = default;
  virtual std::unique_ptr<Rng> stream(std::string_view name) = 0;
};

}  // namespace ringlet
