// Latency histogram: log-linear buckets (1/64 of a power of two), so that any quantile is within 1.6 % at any scale.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

namespace ringlet::bench {

class Histogram {
 public:
  void add(int64_t nanos) {
    ++counts_[index(nanos < 0 ? 0 : static_cast<uint64_t>(nanos))];
    ++total_;
  }
  uint64_t total() const { return total_; }
  // The smallest latency that at least `quantile` of all stay within, in microseconds.
  double micros(double quantile) const {
    const auto wanted = static_cast<uint64_t>(quantile * static_cast<double>(total_));
    uint64_t seen = 0;
    for (size_t i = 0; i < counts_.size(); ++i) {
      seen += counts_[i];
      if (seen > wanted) return static_cast<double>(upper(i)) / 1000.0;
    }
    return 0;
  }

 private:
  static constexpr int kSubBits = 6;
  static size_t index(uint64_t v) {
    if (v < (1u << kSubBits)) return v;
    const int shift = 63 - std::countl_zero(v) - kSubBits;
    return (static_cast<size_t>(shift + 1) << kSubBits) + ((v >> shift) & ((1u << kSubBits) - 1));
  }
  static uint64_t upper(size_t i) {
    if (i < (1u << kSubBits)) return i;
    const int shift = static_cast<int>(i >> kSubBits) - 1;
    return ((uint64_t{1} << kSubBits) + (i & ((1u << kSubBits) - 1)) + 1) << shift;
  }
  std::array<uint64_t, (64 - kSubBits + 1) << kSubBits> counts_{};
  uint64_t total_ = 0;
};

}  // namespace ringlet::bench
