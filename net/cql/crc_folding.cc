#include "net/cql/crc_folding.h"

#include "core/base/must.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace ringlet::wire {

#if defined(__x86_64__)

namespace {

// A message is a polynomial over bits, its CRC the remainder by P. Sixteen bytes that stand d bits before others may be
// added to those, once multiplied by x^d: so 16 bytes fold into the next 16, or into those 64 further on, and only
// the last 16 are left to divide. Their two halves need powers that differ by 64; bit order is reversed throughout, which
// makes the powers d + 32 and d - 32.
constexpr uint32_t kPolynomial = 0x04C11DB7;

constexpr uint64_t reversed_power(unsigned exponent) {
  uint32_t remainder = 1;
  for (unsigned i = 0; i < exponent; ++i) remainder = (remainder << 1) ^ ((remainder >> 31) ? kPolynomial : 0);
  uint64_t reversed = 0;
  for (unsigned bit = 0; bit < 32; ++bit) reversed |= static_cast<uint64_t>((remainder >> bit) & 1) << (31 - bit);
  return reversed << 1;
}

struct Powers {
  uint64_t low, high;
};
constexpr Powers powers_for(unsigned distance_bits) {
  return {reversed_power(distance_bits + 32), reversed_power(distance_bits - 32)};
}
constexpr Powers kNextButThree = powers_for(4 * 128), kNext = powers_for(128);

#define RINGLET_CLMUL __attribute__((target("pclmul,sse2")))

RINGLET_CLMUL __m128i load(const char* at) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at)); }

RINGLET_CLMUL __m128i fold_into(__m128i x, Powers powers, __m128i next) {
  const __m128i k = _mm_set_epi64x(static_cast<int64_t>(powers.high), static_cast<int64_t>(powers.low));
  return _mm_xor_si128(_mm_xor_si128(_mm_clmulepi64_si128(x, k, 0x00), _mm_clmulepi64_si128(x, k, 0x11)), next);
}

RINGLET_CLMUL void fold(uint32_t crc, BytesView& bytes, char* folded) {
  const char* at = bytes.data();
  const char* const end = at + bytes.size();
  __m128i a = _mm_xor_si128(load(at), _mm_cvtsi32_si128(static_cast<int>(crc)));
  __m128i b = load(at + 16), c = load(at + 32), d = load(at + 48);
  for (at += 64; end - at >= 64; at += 64) {  // four at a time, because a multiplication takes as long as four
    a = fold_into(a, kNextButThree, load(at));
    b = fold_into(b, kNextButThree, load(at + 16));
    c = fold_into(c, kNextButThree, load(at + 32));
    d = fold_into(d, kNextButThree, load(at + 48));
  }
  a = fold_into(fold_into(fold_into(a, kNext, b), kNext, c), kNext, d);
  for (; end - at >= 16; at += 16) a = fold_into(a, kNext, load(at));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(folded), a);
  bytes.remove_prefix(static_cast<size_t>(at - bytes.data()));
}

}  // namespace

bool can_fold_crc32() { return __builtin_cpu_supports("pclmul"); }

void fold_crc32(uint32_t crc, BytesView& bytes, char (&folded)[kFoldedBytes]) {
  MUST(bytes.size() >= kFoldBytesMin);
  fold(crc, bytes, folded);
}

#else

bool can_fold_crc32() { return false; }
void fold_crc32(uint32_t, BytesView&, char (&)[kFoldedBytes]) { MUST(!"folding without the instruction for it"); }

#endif

}  // namespace ringlet::wire
