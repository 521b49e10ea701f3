#include "core/storage/bloom.h"

#include <doctest/doctest.h>

#include "core/base/checksum.h"

namespace ringlet::testing {
namespace {

uint64_t hash_of(uint64_t n) { return hash64({reinterpret_cast<const char*>(&n), sizeof n}); }

Bytes filter_of(const BloomShape& shape, uint64_t keys) {
  BloomBuilder builder(shape);
  for (uint64_t n = 0; n < keys; ++n) builder.add(hash_of(n));
  Bytes filter;
  builder.finish(filter);
  return filter;
}

}  // namespace

TEST_SUITE("bloom") {
  TEST_CASE("a member is never denied, whatever the size") {
    for (const uint64_t keys : {1, 2, 7, 100, 5000}) {
      const BloomShape shape = bloom_shape(0.01);
      const Bytes filter = filter_of(shape, keys);
      REQUIRE(bloom_valid(filter));
      for (uint64_t n = 0; n < keys; ++n) CHECK(bloom_may_contain(filter, shape.probes, hash_of(n)));
    }
  }

  TEST_CASE("the measured false-positive rate is within a fifth of what was asked") {
    for (const double asked : {0.1, 0.01, 0.001}) {
      CAPTURE(asked);
      constexpr uint64_t kKeys = 20000, kAsked = 2000000;
      const BloomShape shape = bloom_shape(asked);
      const Bytes filter = filter_of(shape, kKeys);
      uint64_t wrong = 0;
      for (uint64_t n = kKeys; n < kKeys + kAsked; ++n)
        wrong += bloom_may_contain(filter, shape.probes, hash_of(n)) ? 1 : 0;
      const double measured = static_cast<double>(wrong) / kAsked;
      CHECK_GT(measured, asked * 0.8);
      CHECK_LT(measured, asked * 1.2);
    }
  }

  TEST_CASE("one in a hundred costs less than eleven bits a key") {
    const BloomShape shape = bloom_shape(0.01);
    CHECK_LT(shape.bits_per_key, 11);
    CHECK_LE(bloom_fp_chance(shape), 0.01);
  }

  TEST_CASE("bytes that are no filter are told") {
    CHECK_FALSE(bloom_valid({}));
    CHECK_FALSE(bloom_valid(Bytes(65, '\1')));
    CHECK(bloom_valid(Bytes(64, '\0')));
  }
}

}  // namespace ringlet::testing
