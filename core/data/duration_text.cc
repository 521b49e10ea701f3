// Durations as text: 1y2mo3d4h and ISO 8601's three forms.
#include <charconv>

#include "core/data/time_text.h"

namespace ringlet {
namespace {

struct Unit {
  std::string_view name;
  int rank;  // falls through one text: no unit twice, none after a smaller one
  int64_t months, days, ns;
};
constexpr Unit kUnits[] = {
    {"y", 9, 12, 0, 0},
    {"mo", 8, 1, 0, 0},
    {"w", 7, 0, 7, 0},
    {"d", 6, 0, 1, 0},
    {"h", 5, 0, 0, 3600000000000},
    {"ms", 2, 0, 0, 1000000},
    {"m", 4, 0, 0, 60000000000},
    {"s", 3, 0, 0, 1000000000},
    {"us", 1, 0, 0, 1000},
    {"\xC2\xB5s", 1, 0, 0, 1000},
    {"ns", 0, 0, 0, 1},
};
constexpr Unit kIsoDateUnits[] = {{"Y", 9, 12, 0, 0}, {"M", 8, 1, 0, 0}, {"W", 7, 0, 7, 0}, {"D", 6, 0, 1, 0}};
constexpr Unit kIsoTimeUnits[] = {
    {"H", 5, 0, 0, 3600000000000}, {"M", 4, 0, 0, 60000000000}, {"S", 3, 0, 0, 1000000000}};

// Adds up months, days and nanoseconds, refusing what does not fit.
struct Sum {
  int64_t months = 0, days = 0, ns = 0;
  int last_rank = 10;
  bool bad = false;
  void add(int64_t n, const Unit& unit) {
    if (unit.rank >= last_rank) bad = true;
    last_rank = unit.rank;
    add_product(n, unit.months, months);
    add_product(n, unit.days, days);
    add_product(n, unit.ns, ns);
  }
  void add_product(int64_t n, int64_t unit, int64_t& sum) {
    int64_t product = 0;
    if (__builtin_mul_overflow(n, unit, &product) || __builtin_add_overflow(sum, product, &sum)) bad = true;
  }
  std::optional<CalendarDuration> result(bool negative) const {
    if (bad || months > INT32_MAX || days > INT32_MAX) return std::nullopt;
    const int sign = negative ? -1 : 1;
    return CalendarDuration{static_cast<int32_t>(sign * months), static_cast<int32_t>(sign * days), sign * ns};
  }
};

bool take_number(std::string_view& rest, int64_t& out) {
  if (rest.empty() || rest[0] < '0' || rest[0] > '9') return false;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), out);
  rest.remove_prefix(static_cast<size_t>(end - rest.data()));
  return error == std::errc{};
}

bool matches(std::string_view text, std::string_view unit) {
  if (text.size() < unit.size()) return false;
  for (size_t i = 0; i < unit.size(); ++i) {
    const char c = text[i] >= 'A' && text[i] <= 'Z' ? static_cast<char>(text[i] + 32) : text[i];
    const char u = unit[i] >= 'A' && unit[i] <= 'Z' ? static_cast<char>(unit[i] + 32) : unit[i];
    if (c != u) return false;
  }
  return true;
}

template <size_t N>
bool take_units(std::string_view& rest, const Unit (&units)[N], Sum& sum) {
  while (!rest.empty() && rest[0] != 'T') {
    int64_t n = 0;
    if (!take_number(rest, n)) return false;
    const Unit* best = nullptr;  // the longest name that fits: "mo" and "ms" before "m"
    for (const Unit& unit : units)
      if (matches(rest, unit.name) && (!best || unit.name.size() > best->name.size())) best = &unit;
    if (!best) return false;
    rest.remove_prefix(best->name.size());
    sum.add(n, *best);
  }
  return true;
}

bool take_iso(std::string_view rest, Sum& sum) {
  if (rest.find('-') != rest.npos) {  // P0001-02-03T04:05:06
    const auto number = [&rest](char after, int64_t& out) {
      if (!take_number(rest, out)) return false;
      if (after == 0) return rest.empty();
      if (rest.empty() || rest[0] != after) return false;
      rest.remove_prefix(1);
      return true;
    };
    int64_t y, mo, d, h, m, s;
    if (!number('-', y) || !number('-', mo) || !number('T', d) || !number(':', h) || !number(':', m) || !number(0, s))
      return false;
    sum.add(y, kIsoDateUnits[0]), sum.add(mo, kIsoDateUnits[1]), sum.add(d, kIsoDateUnits[3]);
    sum.add(h, kIsoTimeUnits[0]), sum.add(m, kIsoTimeUnits[1]), sum.add(s, kIsoTimeUnits[2]);
    return true;
  }
  if (!take_units(rest, kIsoDateUnits, sum)) return false;
  if (rest.empty()) return true;
  rest.remove_prefix(1);
  return take_units(rest, kIsoTimeUnits, sum) && rest.empty();
}

void append_part(std::string& text, uint64_t& rest, uint64_t unit, const char* name) {
  if (rest >= unit) text += std::to_string(rest / unit) + name;
  rest %= unit;
}

}  // namespace

std::optional<CalendarDuration> parse_duration(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  if (text.empty()) return std::nullopt;
  Sum sum;
  if (text[0] == 'P' || text[0] == 'p') {
    if (!take_iso(text.substr(1), sum)) return std::nullopt;
  } else if (!take_units(text, kUnits, sum) || !text.empty()) {
    return std::nullopt;
  }
  return sum.result(negative);
}

std::string duration_text(const CalendarDuration& duration) {
  const bool negative = duration.months < 0 || duration.days < 0 || duration.ns < 0;
  const auto magnitude = [](int64_t v) { return v < 0 ? 0 - static_cast<uint64_t>(v) : static_cast<uint64_t>(v); };
  std::string text;
  uint64_t months = magnitude(duration.months), days = magnitude(duration.days), ns = magnitude(duration.ns);
  append_part(text, months, 12, "y");
  append_part(text, months, 1, "mo");
  append_part(text, days, 1, "d");
  append_part(text, ns, 3600000000000, "h");
  append_part(text, ns, 60000000000, "m");
  append_part(text, ns, 1000000000, "s");
  append_part(text, ns, 1000000, "ms");
  append_part(text, ns, 1000, "us");
  append_part(text, ns, 1, "ns");
  return negative ? "-" + text : text;
}

}  // namespace ringlet
