#include "core/storage/bloom.h"

#include <algorithm>
#include <cmath>

#include "core/base/must.h"

namespace ringlet {
namespace {

constexpr size_t kLineBytes = 64;
constexpr int kLineBits = kLineBytes * 8;
constexpr double kBitsMin = 1, kBitsMax = 40;

size_t line_of(uint64_t hash, size_t lines) { return static_cast<size_t>(((hash >> 32) * lines) >> 32); }

// Each probe is the top nine bits of the next product; the constant is odd and has no pattern.
uint64_t next_probe(uint64_t at) { return at * 0x9E3779B97F4A7C15u; }
size_t bit_of(uint64_t probe) { return static_cast<size_t>(probe >> 55); }
uint64_t first_probe(uint64_t hash) { return next_probe((hash << 32) | 1); }

// Keys of a line are Poisson distributed around the mean; each false positive needs all probes to meet set bits.
double fp_chance_of(double bits_per_key, int probes) {
  const double mean = kLineBits / bits_per_key;
  const double clear_each = std::pow(1.0 - 1.0 / kLineBits, probes);
  double chance_of_keys = std::exp(-mean), clear = 1, sum = 0;
  for (int keys = 0; keys < mean + 12 * std::sqrt(mean) + 12; ++keys) {
    sum += chance_of_keys * std::pow(1 - clear, probes);
    chance_of_keys *= mean / (keys + 1);
    clear *= clear_each;
  }
  return sum;
}

int best_probes(double bits_per_key) {
  int best = 1;
  for (int probes = 2; probes <= kBloomProbesMax; ++probes) {
    if (fp_chance_of(bits_per_key, probes) < fp_chance_of(bits_per_key, best)) best = probes;
  }
  return best;
}

}  // namespace

double bloom_fp_chance(const BloomShape& shape) { return fp_chance_of(shape.bits_per_key, shape.probes); }

BloomShape bloom_shape(double fp_chance) {
  double low = kBitsMin, high = kBitsMax;
  while (high - low > 0.05) {
    const double middle = (low + high) / 2;
    (fp_chance_of(middle, best_probes(middle)) <= fp_chance ? high : low) = middle;
  }
  return {high, best_probes(high)};
}

void BloomBuilder::finish(Bytes& out) {
  const double bits = static_cast<double>(hashes_.size()) * shape_.bits_per_key;
  const size_t lines = std::max<size_t>(1, static_cast<size_t>(std::ceil(bits / kLineBits)));
  const size_t start = out.size();
  out.resize(start + lines * kLineBytes);
  for (const uint64_t hash : hashes_) {
    char* const line = out.data() + start + line_of(hash, lines) * kLineBytes;
    uint64_t probe = first_probe(hash);
    for (int i = 0; i < shape_.probes; ++i, probe = next_probe(probe)) {
      const size_t bit = bit_of(probe);
      line[bit / 8] = static_cast<char>(static_cast<uint8_t>(line[bit / 8]) | (1u << (bit % 8)));
    }
  }
  hashes_.clear();
}

bool bloom_valid(BytesView filter) { return !filter.empty() && filter.size() % kLineBytes == 0; }

const char* bloom_line(BytesView filter, uint64_t hash) {
  return filter.data() + line_of(hash, filter.size() / kLineBytes) * kLineBytes;
}

bool bloom_line_may_contain(const char* line, int probes, uint64_t hash) {
  uint64_t probe = first_probe(hash);
  for (int i = probes; i > 0; --i, probe = next_probe(probe)) {
    const size_t bit = bit_of(probe);
    if ((static_cast<uint8_t>(line[bit / 8]) & (1u << (bit % 8))) == 0) return false;
  }
  return true;
}

}  // namespace ringlet
