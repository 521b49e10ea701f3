#include "net/cql/crc.h"

#include <array>

#include "net/cql/crc_folding.h"

namespace ringlet::wire {
namespace {

constexpr uint32_t kCrc24Initial = 0x875060;
constexpr uint32_t kCrc24Polynomial = 0x1974F0B;
constexpr uint32_t kCrc32Polynomial = 0xEDB88320;  // IEEE, reflected

constexpr std::array<uint32_t, 256> make_crc24_table() {
  std::array<uint32_t, 256> table{};
  for (uint32_t b = 0; b < 256; ++b) {
    uint32_t crc = b << 16;
    for (int bit = 0; bit < 8; ++bit) {
      crc <<= 1;
      if (crc & 0x1000000) crc ^= kCrc24Polynomial;
    }
    table[b] = crc & 0xFFFFFF;
  }
  return table;
}

// Slicing by eight: table[k][b] is the effect of byte b seen k bytes ago, so that eight bytes cost eight loads and no chain.
using Crc32Tables = std::array<std::array<uint32_t, 256>, 8>;
constexpr Crc32Tables make_crc32_tables() {
  Crc32Tables tables{};
  for (uint32_t b = 0; b < 256; ++b) {
    uint32_t crc = b;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) ? kCrc32Polynomial : 0);
    tables[0][b] = crc;
  }
  for (size_t k = 1; k < 8; ++k)
    for (size_t b = 0; b < 256; ++b) tables[k][b] = (tables[k - 1][b] >> 8) ^ tables[0][tables[k - 1][b] & 0xFF];
  return tables;
}

constexpr auto kCrc24Table = make_crc24_table();
constexpr auto kCrc32Tables = make_crc32_tables();

constexpr uint32_t crc32_byte(uint32_t crc, uint8_t byte) { return (crc >> 8) ^ kCrc32Tables[0][(crc ^ byte) & 0xFF]; }

constexpr uint32_t crc32_seed() {
  uint32_t crc = 0xFFFFFFFF;
  for (const char c : BytesView("\xFA\x2D\x55\xCA")) crc = crc32_byte(crc, static_cast<uint8_t>(c));
  return crc;
}

uint32_t crc32_by_table(uint32_t crc, BytesView bytes) {
  const auto& t = kCrc32Tables;
  const char* at = bytes.data();
  size_t left = bytes.size();
  for (; left >= 8; at += 8, left -= 8) {
    const uint32_t low = load_little<uint32_t>(at) ^ crc;
    const uint32_t high = load_little<uint32_t>(at + 4);
    crc = t[7][low & 0xFF] ^ t[6][(low >> 8) & 0xFF] ^ t[5][(low >> 16) & 0xFF] ^ t[4][low >> 24] ^ t[3][high & 0xFF] ^
          t[2][(high >> 8) & 0xFF] ^ t[1][(high >> 16) & 0xFF] ^ t[0][high >> 24];
  }
  for (; left > 0; ++at, --left) crc = crc32_byte(crc, static_cast<uint8_t>(*at));
  return crc;
}

}  // namespace

uint32_t crc24(BytesView header) {
  uint32_t crc = kCrc24Initial;
  for (const char c : header) crc = ((crc << 8) & 0xFFFFFF) ^ kCrc24Table[(crc >> 16) ^ static_cast<uint8_t>(c)];
  return crc;
}

uint32_t crc32(BytesView payload) {
  constexpr uint32_t kSeed = crc32_seed();
  if (payload.size() < kFoldBytesMin || !can_fold_crc32()) return ~crc32_by_table(kSeed, payload);
  char folded[kFoldedBytes];
  fold_crc32(kSeed, payload, folded);
  return ~crc32_by_table(crc32_by_table(0, {folded, sizeof folded}), payload);
}

}  // namespace ringlet::wire
