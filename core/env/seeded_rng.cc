#include "core/env/seeded_rng.h"

#include <bit>

#include "core/base/checksum.h"

namespace ringlet {

SeededRng::SeededRng(uint64_t seed) {
  for (uint64_t& word : state_) {  // splitmix64: nearby seeds give unrelated states
    uint64_t z = (seed += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    word = z ^ (z >> 31);
  }
}

uint64_t SeededRng::next() {
  const uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
  const uint64_t shifted = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= shifted;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

std::unique_ptr<Rng> SeededRngSource::stream(std::string_view name) {
  auto at = asked_.find(name);
  if (at == asked_.end()) at = asked_.emplace(std::string(name), 0).first;
  return std::make_unique<SeededRng>(hash64(name, seed_ + at->second++));
}

}  // namespace ringlet
