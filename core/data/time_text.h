// Dates, times, timestamps and durations as text, in UTC. Pure: nothing here knows what time it is.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ringlet {

int64_t days_from_civil(int64_t year, unsigned month, unsigned day);  // since 1970-01-01
struct Civil {
  int64_t year;
  unsigned month, day;
};
Civil civil_from_days(int64_t days);

// '2024-1-2', '2024-01-02 03:04[:05[.678]]' with ' ' or 'T', then perhaps Z, +01, +0100, +01:00 or UTC, perhaps after a
// space; digits below the millisecond are cut. Also plain milliseconds.
std::optional<int64_t> parse_timestamp_ms(std::string_view text);
std::optional<uint32_t> parse_date(std::string_view text);    // '2024-01-02', or the raw number; 2^31 is 1970-01-01
std::optional<int64_t> parse_time_ns(std::string_view text);  // '03:04:05.678901234', or nanoseconds

std::string timestamp_text(int64_t ms, char between = ' ');  // 2024-01-02 03:04:05.678Z
std::string date_text(uint32_t date);
std::string time_text(int64_t ns);  // 03:04:05.678901234

struct CalendarDuration {
  int32_t months = 0, days = 0;
  int64_t ns = 0;  // no two of them of different sign
  friend bool operator==(const CalendarDuration&, const CalendarDuration&) = default;
};
std::optional<CalendarDuration> parse_duration(
    std::string_view text);  // 1y2mo3w4d5h6m7s8ms9us10ns, P1Y2M3DT4H5M6S, P2W, P0001-02-03T04:05:06
std::string duration_text(const CalendarDuration& duration);  // 1y2mo3d4h5m6s7ms8us9ns

}  // namespace ringlet
