// 16-byte UUIDs: text form, version 1 (time) and version 4 (random) construction. Pure: the caller brings time and dice.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/types.h"

namespace ringlet {

struct Uuid {
  std::array<uint8_t, 16> raw{};
  friend constexpr auto operator<=>(const Uuid&, const Uuid&) = default;
  BytesView bytes() const { return {reinterpret_cast<const char*>(raw.data()), raw.size()}; }
  bool is_zero() const { return *this == Uuid{}; }
  int version() const { return raw[6] >> 4; }
};

using TableId = Uuid;  // a new one each time a table of that name is created

std::string to_string(const Uuid& uuid);                // 8-4-4-4-12, lower case
std::optional<Uuid> parse_uuid(std::string_view text);  // 8-4-4-4-12 in either case, nothing else
Uuid uuid_from_bytes(BytesView sixteen);                // MUST be 16 bytes

Uuid random_uuid(uint64_t high_dice, uint64_t low_dice);  // version 4
// Version 1. `ticks` is 100 ns units since 1582-10-15; `node_and_sequence` is the lower eight bytes before the variant.
Uuid time_uuid(uint64_t ticks, uint64_t node_and_sequence);
inline constexpr int64_t kUuidEpochOffsetTicks = 0x01B21DD213814000;  // 1582-10-15 to 1970-01-01
inline uint64_t ticks_of(Timestamp t) { return static_cast<uint64_t>(t.raw * 10 + kUuidEpochOffsetTicks); }
uint64_t time_uuid_ticks(const Uuid& uuid);  // only for version 1
inline int64_t time_uuid_unix_micros(const Uuid& u) {
  return (static_cast<int64_t>(time_uuid_ticks(u)) - kUuidEpochOffsetTicks) / 10;
}
Uuid name_uuid(std::string_view name);  // version 3 shape over a hash of the name: the same every run

}  // namespace ringlet

template <>
struct std::hash<ringlet::Uuid> {
  size_t operator()(const ringlet::Uuid& u) const noexcept {
    return static_cast<size_t>(ringlet::load_little<uint64_t>(u.bytes().data()) ^
                               ringlet::load_little<uint64_t>(u.bytes().data() + 8) * 0x9E3779B97F4A7C15u);
  }
};
