#include "core/base/bytes.h"

namespace ringlet {

size_t store_unsigned_vint(char* at, uint64_t v) {
  if (v < 0x80) {
    *at = static_cast<char>(v);
    return 1;
  }
  const int bits = 64 - std::countl_zero(v);
  const int extra = bits > 56 ? 8 : (bits - 1) / 7;  // each extra byte costs one leading one and brings eight bits
  if (extra == 8) {
    *at = static_cast<char>(0xFF);
    store_big(at + 1, v);
    return 9;
  }
  const uint64_t ones = static_cast<uint8_t>(0xFF00u >> extra);
  const uint64_t left_aligned = (v | ones << (8 * extra)) << (8 * (7 - extra));
  char raw[8];
  store_big(raw, left_aligned);
  std::memcpy(at, raw, static_cast<size_t>(extra) + 1);
  return static_cast<size_t>(extra) + 1;
}

uint64_t ByteReader::long_vint() {
  const uint8_t first = u8();
  const int extra = std::countl_one(first);
  if (left() < static_cast<size_t>(extra)) return fail_read(), 0;
  if (extra == 0) return first;
  const uint64_t high = extra >= 7 ? 0 : uint64_t{first & (0xFFu >> (extra + 1))};
  uint64_t low = 0;
  if (left() >= 8) {
    low = load_big<uint64_t>(at_) >> (8 * (8 - extra));
  } else {
    for (int i = 0; i < extra; ++i) low = (low << 8) | static_cast<uint8_t>(at_[i]);
  }
  at_ += extra;
  return extra == 8 ? low : high << (8 * extra) | low;
}

std::string to_hex(BytesView bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    out.push_back(kDigits[static_cast<uint8_t>(c) >> 4]);
    out.push_back(kDigits[static_cast<uint8_t>(c) & 15]);
  }
  return out;
}

static int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool from_hex(std::string_view text, Bytes& out) {
  if (text.size() % 2 != 0) return false;
  out.clear();
  out.reserve(text.size() / 2);
  for (size_t i = 0; i < text.size(); i += 2) {
    const int high = hex_digit(text[i]), low = hex_digit(text[i + 1]);
    if (high < 0 || low < 0) return false;
    out.push_back(static_cast<char>(high << 4 | low));
  }
  return true;
}

}  // namespace ringlet
