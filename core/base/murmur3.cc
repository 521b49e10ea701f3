#include "core/base/murmur3.h"

#include <algorithm>

namespace ringlet {
namespace {

constexpr uint64_t kC1 = 0x87c37b91114253d5u, kC2 = 0x4cf5ad432745937fu;

uint64_t final_mix(uint64_t k) {
  k ^= k >> 33;
  k *= 0xff51afd7ed558ccdu;
  k ^= k >> 33;
  k *= 0xc4ceb9fe1a85ec53u;
  return k ^ (k >> 33);
}

uint64_t signed_byte(BytesView tail, size_t i) {
  return static_cast<uint64_t>(static_cast<int64_t>(static_cast<signed char>(tail[i])));
}

}  // namespace

Token token_of(BytesView key) {
  if (key.empty()) return Token{INT64_MIN};
  uint64_t h1 = 0, h2 = 0;
  size_t at = 0;
  for (; at + 16 <= key.size(); at += 16) {
    uint64_t k1 = load_little<uint64_t>(key.data() + at), k2 = load_little<uint64_t>(key.data() + at + 8);
    h1 ^= std::rotl(k1 * kC1, 31) * kC2;
    h1 = (std::rotl(h1, 27) + h2) * 5 + 0x52dce729;
    h2 ^= std::rotl(k2 * kC2, 33) * kC1;
    h2 = (std::rotl(h2, 31) + h1) * 5 + 0x38495ab5;
  }
  const BytesView tail = key.substr(at);
  uint64_t k1 = 0, k2 = 0;
  for (size_t i = tail.size(); i > 8; --i) k2 ^= signed_byte(tail, i - 1) << (8 * (i - 9));
  if (tail.size() > 8) h2 ^= std::rotl(k2 * kC2, 33) * kC1;
  for (size_t i = std::min<size_t>(tail.size(), 8); i > 0; --i) k1 ^= signed_byte(tail, i - 1) << (8 * (i - 1));
  if (!tail.empty()) h1 ^= std::rotl(k1 * kC1, 31) * kC2;
  h1 ^= key.size();
  h2 ^= key.size();
  h1 += h2;
  h2 += h1;
  h1 = final_mix(h1) + final_mix(h2);
  const auto token = static_cast<int64_t>(h1);
  return Token{token == INT64_MIN ? INT64_MAX : token};
}

}  // namespace ringlet
