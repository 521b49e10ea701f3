#include "core/cql/number_scan.h"

#include <string_view>

namespace ringlet::cql {
namespace {

const char* skip_digits(const char* at, const char* end) {
  while (at != end && is_digit(*at)) ++at;
  return at;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool begins_with(const char* at, const char* end, std::string_view folded) {
  if (static_cast<size_t>(end - at) < folded.size()) return false;
  for (size_t i = 0; i < folded.size(); ++i)
    if (lower(at[i]) != folded[i]) return false;
  return true;
}

const char* skip_unit(const char* at, const char* end) {
  // Longer units come before those that begin them.
  static constexpr std::string_view kUnits[] = {"mo", "ms", "us", "\xC2\xB5s", "ns", "y", "w", "d", "h", "m", "s"};
  for (const std::string_view unit : kUnits)
    if (begins_with(at, end, unit)) return at + unit.size();
  return nullptr;
}

// One or more of `12X` where the X are from `designators`, in that order, none twice.
const char* scan_designators(const char* at, const char* end, std::string_view designators) {
  const char* reached = nullptr;
  for (const char designator : designators) {
    const char* after = skip_digits(at, end);
    if (after == at || after == end) break;
    if (*after != designator) continue;
    at = reached = after + 1;
  }
  return reached;
}

// P0001-02-03T04:05:06 : 9 stands for any digit.
const char* scan_alternative_iso(const char* at, const char* end) {
  constexpr std::string_view kShape = "P9999-99-99T99:99:99";
  if (static_cast<size_t>(end - at) < kShape.size()) return nullptr;
  for (size_t i = 0; i < kShape.size(); ++i)
    if (kShape[i] == '9' ? !is_digit(at[i]) : at[i] != kShape[i]) return nullptr;
  return at + kShape.size();
}

}  // namespace

const char* scan_uuid(const char* at, const char* end) {
  constexpr std::string_view kShape = "hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh";
  if (static_cast<size_t>(end - at) < kShape.size() || at[8] != '-') return nullptr;
  for (size_t i = 0; i < kShape.size(); ++i)
    if (kShape[i] == 'h' ? !is_hex_digit(at[i]) : at[i] != '-') return nullptr;
  return at + kShape.size();
}

const char* scan_blob(const char* at, const char* end) {
  if (!begins_with(at, end, "0x")) return nullptr;
  at += 2;
  while (at != end && is_hex_digit(*at)) ++at;
  return at;
}

const char* scan_duration(const char* at, const char* end) {
  const char* reached = nullptr;
  while (true) {
    const char* after = skip_digits(at, end);
    if (after == at) break;
    const char* unit_end = skip_unit(after, end);
    if (unit_end == nullptr) break;
    at = reached = unit_end;
  }
  return reached == nullptr || (reached != end && is_word_character(*reached)) ? nullptr : reached;
}

const char* scan_iso_duration(const char* at, const char* end) {
  if (at == end || *at != 'P') return nullptr;
  const char* reached = scan_alternative_iso(at, end);
  if (reached == nullptr) reached = scan_designators(at + 1, end, "W");
  if (reached == nullptr) {
    reached = scan_designators(at + 1, end, "YMD");
    const char* time = reached == nullptr ? at + 1 : reached;
    if (time != end && *time == 'T')
      if (const char* after = scan_designators(time + 1, end, "HMS")) reached = after;
  }
  return reached == nullptr || (reached != end && is_word_character(*reached)) ? nullptr : reached;
}

const char* scan_number(const char* at, const char* end, bool& floating) {
  floating = false;
  at = skip_digits(at, end);
  if (at != end && *at == '.' && !(end - at > 1 && at[1] == '.')) {  // 1..2 is a range between integers
    floating = true;
    at = skip_digits(at + 1, end);
  }
  if (at != end && lower(*at) == 'e') {
    const char* exponent = at + 1;
    if (exponent != end && (*exponent == '+' || *exponent == '-')) ++exponent;
    const char* after = skip_digits(exponent, end);
    if (after != exponent) {
      floating = true;
      at = after;
    }
  }
  return at;
}

}  // namespace ringlet::cql
