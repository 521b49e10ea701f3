// Bloom filter over one range of partitions: a lookup touches one cache line, and never answers "absent" for a member.
//
// Bytes: lines x 64 bytes of bits; how many probes a key has is told elsewhere, and the same for a whole file. A key is the 64-bit hash of its partition prefix: the upper half picks
// the line, the lower half the bits in it. Frozen: part of the sstable format.
#pragma once

#include <cstdint>
#include <vector>

#include "core/base/bytes.h"

namespace ringlet {

inline constexpr int kBloomProbesMax = 16;

struct BloomShape {
  double bits_per_key = 10;
  int probes = 6;
};

// The least memory that keeps the false-positive chance at or below `fp_chance`. Lines fill unevenly, which costs a little
// more than the textbook's filter; that is counted in.
BloomShape bloom_shape(double fp_chance);
double bloom_fp_chance(const BloomShape& shape);  // what is to be expected of it

class BloomBuilder {
 public:
  explicit BloomBuilder(const BloomShape& shape) : shape_(shape) {}
  void add(uint64_t hash) { hashes_.push_back(hash); }
  int probes() const { return shape_.probes; }
  bool empty() const { return hashes_.empty(); }
  size_t bytes() const { return static_cast<size_t>(static_cast<double>(hashes_.size()) * shape_.bits_per_key / 8); }
  void finish(Bytes& out);  // appends the filter, and starts over

 private:
  BloomShape shape_;
  std::vector<uint64_t> hashes_;
};

bool bloom_valid(BytesView filter);
// The one line that says whether a key may be there; the filter MUST be valid.
const char* bloom_line(BytesView filter, uint64_t hash);
bool bloom_line_may_contain(const char* line, int probes, uint64_t hash);
inline bool bloom_may_contain(BytesView filter, int probes, uint64_t hash) {
  return bloom_line_may_contain(bloom_line(filter, hash), probes, hash);
}

}  // namespace ringlet
