#include "core/base/bytes.h"

namespace ringlet {

void ByteWriter::unsigned_vint(uint64_t v) {
  if (v < 0x80) return u8(static_cast<uint8_t>(v));
  const int bits = 64 - std::countl_zero(v);
  const int extra = bits > 56 ? 8 : (bits - 1) / 7;       // each extra byte costs one leading one and brings eight bits
  char raw[9];
  store_big(raw + 1, v);
  char* first = raw + 8 - extra;
  if (extra == 8) {
    *first = static_cast<char>(0xFF);
  } else {
    *first = static_cast<char>(static_cast<uint8_t>(*first) | static_cast<uint8_t>(0xFF00u >> extra));
  }
  out_.append(first, static_cast<size_t>(extra) + 1);
}

uint64_t ByteReader::unsigned_vint() {
  const uint8_t first = u8();
  if (first < 0x80) return first;
  const int extra = std::countl_one(first);
  if (left() < static_cast<size_t>(extra)) return fail_read(), 0;
  uint64_t v = extra >= 8 ? 0 : first & (0xFFu >> (extra + 1));
  for (int i = 0; i < extra; ++i) v = (v << 8) | static_cast<uint8_t>(*at_++);
  return v;
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
