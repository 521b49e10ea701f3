// IP addresses as text. Parsed here rather than by the C library: a resolver must never be asked what a literal means.
#include <charconv>
#include <cstdio>
#include <vector>

#include "core/base/must.h"
#include "core/data/text_value.h"

namespace ringlet {
namespace {

std::optional<Bytes> parse_v4(std::string_view text) {
  Bytes bytes;
  for (int i = 0; i < 4; ++i) {
    unsigned value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const auto length = static_cast<size_t>(end - text.data());
    if (error != std::errc{} || length > 3 || value > 255) return std::nullopt;
    bytes.push_back(static_cast<char>(value));
    text.remove_prefix(length);
    if (i < 3) {
      if (!text.starts_with('.')) return std::nullopt;
      text.remove_prefix(1);
    }
  }
  return text.empty() ? std::optional(bytes) : std::nullopt;
}

// Groups between colons, without "::"; the last may be an IPv4 address.
bool parse_groups(std::string_view text, Bytes& out) {
  while (!text.empty()) {
    const size_t colon = text.find(':');
    const std::string_view group = text.substr(0, colon);
    if (colon == text.npos && group.find('.') != group.npos) {
      const auto v4 = parse_v4(group);
      if (!v4) return false;
      out += *v4;
      return true;
    }
    uint16_t value = 0;
    const auto [end, error] = std::from_chars(group.data(), group.data() + group.size(), value, 16);
    if (group.empty() || group.size() > 4 || error != std::errc{} || end != group.data() + group.size()) return false;
    ByteWriter(out).big<uint16_t>(value);
    if (colon == text.npos) return true;
    text.remove_prefix(colon + 1);
    if (text.empty()) return false;  // ends with one colon
  }
  return true;
}

}  // namespace

std::optional<Bytes> parse_inet(std::string_view text) {
  if (text.find(':') == text.npos) return parse_v4(text);
  Bytes head, tail;
  const size_t gap = text.find("::");
  if (gap == text.npos) return parse_groups(text, head) && head.size() == 16 ? std::optional(head) : std::nullopt;
  if (!parse_groups(text.substr(0, gap), head) || !parse_groups(text.substr(gap + 2), tail)) return std::nullopt;
  if (head.size() + tail.size() > 14) return std::nullopt;
  head.append(16 - head.size() - tail.size(), '\0');
  return head + tail;
}

std::string inet_text(BytesView bytes) {
  std::string text;
  char piece[8];
  for (size_t i = 0; i < bytes.size(); i += bytes.size() == 4 ? 1 : 2) {
    if (bytes.size() == 4)
      std::snprintf(piece, sizeof piece, "%u", static_cast<unsigned>(static_cast<uint8_t>(bytes[i])));
    else
      std::snprintf(piece, sizeof piece, "%x", static_cast<unsigned>(load_big<uint16_t>(bytes.data() + i)));
    if (i > 0) text += bytes.size() == 4 ? '.' : ':';
    text += piece;
  }
  return text;
}

}  // namespace ringlet
