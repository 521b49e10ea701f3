#include "core/data/time_text.h"

#include <charconv>
#include <cstdio>

namespace ringlet {
namespace {

constexpr int64_t kDayMs = 86400000;
constexpr int64_t kDayNs = kDayMs * 1000000;
constexpr int64_t kYearMax = 292000000;  // past it milliseconds do not fit 64 bits

// Takes pieces off the front of a text; every taker says whether it found what it wanted.
struct Scanner {
  std::string_view rest;
  bool done() const { return rest.empty(); }
  bool take(char c) {
    if (rest.empty() || rest[0] != c) return false;
    rest.remove_prefix(1);
    return true;
  }
  bool digits(size_t least, size_t most, int64_t& out) {
    size_t n = 0;
    while (n < rest.size() && n < most && rest[n] >= '0' && rest[n] <= '9') ++n;
    if (n < least) return false;
    const auto result = std::from_chars(rest.data(), rest.data() + n, out);
    rest.remove_prefix(n);
    return result.ec == std::errc{};
  }
  // A fraction's digits as a number of 10^-places: what is finer is cut.
  bool fraction(int places, int64_t& out) {
    size_t n = 0;
    out = 0;
    for (; n < rest.size() && rest[n] >= '0' && rest[n] <= '9'; ++n)
      if (places > 0) {
        out = out * 10 + (rest[n] - '0');
        --places;
      }
    for (; places > 0; --places) out *= 10;
    rest.remove_prefix(n);
    return n > 0;
  }
};

bool all_digits(std::string_view text) { return !text.empty() && text.find_first_not_of("0123456789") == text.npos; }

template <class T>
std::optional<T> whole_number(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

unsigned days_in(int64_t year, int64_t month) {
  if (month == 2) return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

std::optional<int64_t> take_days(Scanner& in) {
  const bool negative = in.take('-');
  int64_t year = 0, month = 0, day = 0;
  if (!in.digits(1, 9, year) || !in.take('-') || !in.digits(1, 2, month) || !in.take('-') || !in.digits(1, 2, day))
    return std::nullopt;
  if (negative) year = -year;
  if (year > kYearMax || year < -kYearMax || month < 1 || month > 12 || day < 1 || day > days_in(year, month))
    return std::nullopt;
  return days_from_civil(year, static_cast<unsigned>(month), static_cast<unsigned>(day));
}

std::optional<int64_t> take_zone_minutes(Scanner& in) {
  in.take(' ');
  if (in.done() || in.rest == "Z" || in.rest == "z" || in.rest == "UTC" || in.rest == "GMT") return in.rest = {}, 0;
  const int sign = in.take('-') ? -1 : in.take('+') ? 1 : 0;
  int64_t hours = 0, minutes = 0;
  if (sign == 0 || !in.digits(2, 2, hours)) return std::nullopt;
  in.take(':');
  if (!in.done() && !in.digits(2, 2, minutes)) return std::nullopt;
  if (hours > 18 || minutes > 59) return std::nullopt;
  return sign * (hours * 60 + minutes);
}

}  // namespace

int64_t days_from_civil(int64_t year, unsigned month, unsigned day) {
  year -= month <= 2;
  const int64_t era = (year >= 0 ? year : year - 399) / 400;
  const int64_t of_era = year - era * 400;
  const int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

Civil civil_from_days(int64_t days) {
  days += 719468;
  const int64_t era = (days >= 0 ? days : days - 146096) / 146097;
  const int64_t of_era = days - era * 146097;
  const int64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
  const int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t shifted = (5 * of_year + 2) / 153;
  const auto month = static_cast<unsigned>(shifted < 10 ? shifted + 3 : shifted - 9);
  return {year_of_era + era * 400 + (month <= 2), month, static_cast<unsigned>(of_year - (153 * shifted + 2) / 5 + 1)};
}

std::optional<int64_t> parse_timestamp_ms(std::string_view text) {
  if (const auto ms = whole_number<int64_t>(text)) return ms;
  Scanner in{text};
  const auto days = take_days(in);
  if (!days) return std::nullopt;
  int64_t ms = 0;
  if (!in.done() &&
      (in.rest[0] == 'T' || (in.rest[0] == ' ' && in.rest.size() > 1 && in.rest[1] >= '0' && in.rest[1] <= '9'))) {
    in.rest.remove_prefix(1);
    int64_t hours = 0, minutes = 0, seconds = 0, fraction = 0;
    if (!in.digits(1, 2, hours) || !in.take(':') || !in.digits(1, 2, minutes)) return std::nullopt;
    if (in.take(':')) {
      if (!in.digits(1, 2, seconds)) return std::nullopt;
      if (in.take('.') && !in.fraction(3, fraction)) return std::nullopt;
    }
    if (hours > 23 || minutes > 59 || seconds > 59) return std::nullopt;
    ms = ((hours * 60 + minutes) * 60 + seconds) * 1000 + fraction;
  }
  const auto zone = take_zone_minutes(in);
  if (!zone || !in.done()) return std::nullopt;
  return *days * kDayMs + ms - *zone * 60000;
}

std::optional<uint32_t> parse_date(std::string_view text) {
  if (all_digits(text)) return whole_number<uint32_t>(text);
  Scanner in{text};
  const auto days = take_days(in);
  if (!days || !in.done()) return std::nullopt;
  const int64_t raw = *days + (int64_t{1} << 31);
  if (raw < 0 || raw > UINT32_MAX) return std::nullopt;
  return static_cast<uint32_t>(raw);
}

std::optional<int64_t> parse_time_ns(std::string_view text) {
  if (all_digits(text)) {
    const auto ns = whole_number<int64_t>(text);
    return ns && *ns < kDayNs ? ns : std::nullopt;
  }
  Scanner in{text};
  int64_t hours = 0, minutes = 0, seconds = 0, fraction = 0;
  if (!in.digits(1, 2, hours) || !in.take(':') || !in.digits(1, 2, minutes)) return std::nullopt;
  if (in.take(':')) {
    if (!in.digits(1, 2, seconds)) return std::nullopt;
    if (in.take('.') && (in.rest.size() > 9 || !in.fraction(9, fraction))) return std::nullopt;
  }
  if (!in.done() || hours > 23 || minutes > 59 || seconds > 59) return std::nullopt;
  return ((hours * 60 + minutes) * 60 + seconds) * 1000000000 + fraction;
}

std::string date_text(uint32_t date) {
  const Civil civil = civil_from_days(static_cast<int64_t>(date) - (int64_t{1} << 31));
  char text[40];
  std::snprintf(text, sizeof text, "%s%04lld-%02u-%02u", civil.year < 0 ? "-" : "",
                static_cast<long long>(civil.year < 0 ? -civil.year : civil.year), civil.month, civil.day);
  return text;
}

std::string timestamp_text(int64_t ms, char between) {
  int64_t days = ms / kDayMs, rest = ms % kDayMs;
  if (rest < 0) {
    rest += kDayMs;
    --days;
  }
  const Civil civil = civil_from_days(days);
  char text[64];
  std::snprintf(text, sizeof text, "%s%04lld-%02u-%02u%c%02d:%02d:%02d.%03dZ", civil.year < 0 ? "-" : "",
                static_cast<long long>(civil.year < 0 ? -civil.year : civil.year), civil.month, civil.day, between,
                static_cast<int>(rest / 3600000), static_cast<int>(rest / 60000 % 60),
                static_cast<int>(rest / 1000 % 60), static_cast<int>(rest % 1000));
  return text;
}

std::string time_text(int64_t ns) {
  char text[40];
  std::snprintf(text, sizeof text, "%02d:%02d:%02d.%09d", static_cast<int>(ns / 3600000000000),
                static_cast<int>(ns / 60000000000 % 60), static_cast<int>(ns / 1000000000 % 60),
                static_cast<int>(ns % 1000000000));
  return text;
}

}  // namespace ringlet
