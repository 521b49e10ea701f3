// Bits of values rearranged so that unsigned order is the type's order; shared by comparison and by the ordered form.
#pragma once

#include <array>
#include <cstdint>

#include "core/base/bytes.h"

namespace ringlet {

// Java's Double.compare: -0.0 below 0.0, every NaN equal and above all. So: flip all bits of negatives, the sign of others.
inline uint32_t ordered_float_bits(uint32_t bits) {
  if ((bits & 0x7FFFFFFFu) > 0x7F800000u) bits = 0x7FC00000u;
  return bits & 0x80000000u ? ~bits : bits | 0x80000000u;
}
inline uint64_t ordered_double_bits(uint64_t bits) {
  constexpr uint64_t kSign = uint64_t{1} << 63, kInfinity = 0x7FF0000000000000u, kNan = 0x7FF8000000000000u;
  if ((bits & ~kSign) > kInfinity) bits = kNan;
  return bits & kSign ? ~bits : bits | kSign;
}
inline uint32_t float_bits(uint32_t ordered) { return ordered & 0x80000000u ? ordered & 0x7FFFFFFFu : ~ordered; }
inline uint64_t double_bits(uint64_t ordered) {
  constexpr uint64_t kSign = uint64_t{1} << 63;
  return ordered & kSign ? ordered & ~kSign : ~ordered;
}

// A version 1 UUID keeps the low part of its time first; in order the high part comes first: hi and version, mid, low.
inline uint64_t time_first(uint64_t high_word) {
  return high_word << 48 | (high_word << 16 & 0xFFFF00000000u) | high_word >> 32;
}
inline uint64_t time_last(uint64_t ordered) { return ordered << 32 | (ordered >> 16 & 0xFFFF0000u) | ordered >> 48; }

// uuid: by version, then version 1 by time and others by their bytes.
inline std::array<uint64_t, 3> ordered_uuid(BytesView bytes) {
  ByteReader in{bytes};
  const auto high = in.big<uint64_t>(), low = in.big<uint64_t>();
  const uint64_t version = high >> 12 & 15;
  return {version, version == 1 ? time_first(high) : high, low};
}

// timeuuid: by time, then the lower bytes as signed ones (Cassandra's order since its beginnings).
inline constexpr uint64_t kSignedBytes = 0x8080808080808080u;
inline std::array<uint64_t, 2> ordered_timeuuid(BytesView bytes) {
  ByteReader in{bytes};
  const auto high = in.big<uint64_t>(), low = in.big<uint64_t>();
  return {time_first(high), low ^ kSignedBytes};
}

}  // namespace ringlet
