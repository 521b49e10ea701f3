#include "core/base/uuid.h"

#include "core/base/checksum.h"
#include "core/base/must.h"

namespace ringlet {

std::string to_string(const Uuid& uuid) {
  const std::string hex = to_hex(uuid.bytes());
  return hex.substr(0, 8) + '-' + hex.substr(8, 4) + '-' + hex.substr(12, 4) + '-' + hex.substr(16, 4) + '-' +
         hex.substr(20);
}

std::optional<Uuid> parse_uuid(std::string_view text) {
  if (text.size() != 36 || text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-') return std::nullopt;
  std::string hex;
  for (size_t i = 0; i < text.size(); ++i)
    if (i != 8 && i != 13 && i != 18 && i != 23) hex.push_back(text[i]);
  Bytes raw;
  if (!from_hex(hex, raw)) return std::nullopt;
  return uuid_from_bytes(raw);
}

Uuid uuid_from_bytes(BytesView sixteen) {
  MUST(sixteen.size() == 16);
  Uuid uuid;
  std::memcpy(uuid.raw.data(), sixteen.data(), 16);
  return uuid;
}

static Uuid stamped(uint64_t high, uint64_t low, uint8_t version) {
  Uuid uuid;
  char raw[16];
  store_big(raw, high);
  store_big(raw + 8, low);
  std::memcpy(uuid.raw.data(), raw, 16);
  uuid.raw[6] = static_cast<uint8_t>((uuid.raw[6] & 0x0F) | version << 4);
  uuid.raw[8] = static_cast<uint8_t>((uuid.raw[8] & 0x3F) | 0x80);
  return uuid;
}

Uuid random_uuid(uint64_t high_dice, uint64_t low_dice) { return stamped(high_dice, low_dice, 4); }

Uuid time_uuid(uint64_t ticks, uint64_t node_and_sequence) {
  const uint64_t high = (ticks & 0xFFFFFFFFu) << 32 | ((ticks >> 32) & 0xFFFFu) << 16 | ((ticks >> 48) & 0x0FFFu);
  return stamped(high, node_and_sequence, 1);
}

uint64_t time_uuid_ticks(const Uuid& uuid) {
  const auto high = load_big<uint64_t>(uuid.bytes().data());
  return (high >> 32) | ((high >> 16) & 0xFFFFu) << 32 | (high & 0x0FFFu) << 48;
}

Uuid name_uuid(std::string_view name) { return stamped(hash64(name, 1), hash64(name, 2), 3); }

}  // namespace ringlet
