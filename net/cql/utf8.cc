#include "net/cql/utf8.h"

namespace ringlet::wire {
namespace {

struct LeadByte {
  int continuations;  // -1: no character starts like this
  uint8_t second_min = 0x80, second_max = 0xBF;
};

// The second byte's range is what excludes overlong forms (E0, F0), surrogates (ED) and values above U+10FFFF (F4).
LeadByte lead_byte(uint8_t byte) {
  if (byte < 0xC2) return {-1};
  if (byte < 0xE0) return {1};
  if (byte == 0xE0) return {2, 0xA0, 0xBF};
  if (byte == 0xED) return {2, 0x80, 0x9F};
  if (byte < 0xF0) return {2};
  if (byte == 0xF0) return {3, 0x90, 0xBF};
  if (byte < 0xF4) return {3};
  if (byte == 0xF4) return {3, 0x80, 0x8F};
  return {-1};
}

size_t skip_ascii(BytesView bytes, size_t at) {
  while (at + 8 <= bytes.size() && (load_little<uint64_t>(bytes.data() + at) & 0x8080808080808080u) == 0) at += 8;
  while (at < bytes.size() && static_cast<uint8_t>(bytes[at]) < 0x80) ++at;
  return at;
}

}  // namespace

bool is_utf8(BytesView bytes) {
  for (size_t at = skip_ascii(bytes, 0); at < bytes.size(); at = skip_ascii(bytes, at)) {
    const LeadByte lead = lead_byte(static_cast<uint8_t>(bytes[at]));
    if (lead.continuations < 0 || bytes.size() - at <= static_cast<size_t>(lead.continuations)) return false;
    const auto second = static_cast<uint8_t>(bytes[at + 1]);
    if (second < lead.second_min || second > lead.second_max) return false;
    for (int i = 2; i <= lead.continuations; ++i)
      if ((static_cast<uint8_t>(bytes[at + static_cast<size_t>(i)]) & 0xC0) != 0x80) return false;
    at += static_cast<size_t>(lead.continuations) + 1;
  }
  return true;
}

}  // namespace ringlet::wire
