#include "core/base/utf8.h"

#include <cstdint>
#include <cstring>

namespace ringlet {
namespace {

bool continues(unsigned char c) { return (c & 0xC0) == 0x80; }

// Length of the valid sequence of more than one byte at `at`, 0 if there is none.
size_t sequence_length(const unsigned char* at, size_t left) {
  const unsigned char lead = at[0];
  if (lead < 0xC2 || left < 2 || !continues(at[1])) return 0;
  if (lead < 0xE0) return 2;
  if (left < 3 || !continues(at[2])) return 0;
  if (lead < 0xF0) {
    const bool overlong = lead == 0xE0 && at[1] < 0xA0;
    const bool surrogate = lead == 0xED && at[1] >= 0xA0;
    return overlong || surrogate ? 0 : 3;
  }
  if (lead > 0xF4 || left < 4 || !continues(at[3])) return 0;
  const bool overlong = lead == 0xF0 && at[1] < 0x90;
  const bool too_large = lead == 0xF4 && at[1] >= 0x90;
  return overlong || too_large ? 0 : 4;
}

bool eight_are_ascii(const unsigned char* at) {
  uint64_t word;
  std::memcpy(&word, at, sizeof word);
  return (word & 0x8080808080808080u) == 0;
}

}  // namespace

size_t valid_utf8_prefix(std::string_view text) {
  const auto* begin = reinterpret_cast<const unsigned char*>(text.data());
  size_t at = 0;
  while (at < text.size()) {
    if (text.size() - at >= 8 && eight_are_ascii(begin + at)) {
      at += 8;
    } else if (begin[at] < 0x80) {
      ++at;
    } else {
      const size_t length = sequence_length(begin + at, text.size() - at);
      if (length == 0) return at;
      at += length;
    }
  }
  return at;
}

}  // namespace ringlet
