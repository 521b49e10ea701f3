// Clock: the only source of time. Three times, never mixed: monotonic for timeouts, wall for stamps, boot to know a reboot.
#pragma once

#include "core/base/types.h"

namespace ringlet {

struct Duration {
  int64_t nanos = 0;
  friend constexpr auto operator<=>(Duration, Duration) = default;
};
constexpr Duration micros(int64_t n) { return {n * 1000}; }
constexpr Duration millis(int64_t n) { return {n * 1000000}; }
constexpr Duration seconds(int64_t n) { return {n * 1000000000}; }

struct Instant {  // nanoseconds of the monotonic clock; means nothing outside this process
  int64_t nanos = 0;
  friend constexpr auto operator<=>(Instant, Instant) = default;
  friend constexpr Instant operator+(Instant at, Duration d) { return {at.nanos + d.nanos}; }
  friend constexpr Instant operator-(Instant at, Duration d) { return {at.nanos - d.nanos}; }
  friend constexpr Duration operator-(Instant a, Instant b) { return {a.nanos - b.nanos}; }
};
inline constexpr Instant kNever{INT64_MAX};

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant now() const = 0;     // monotonic
  virtual Timestamp wall() const = 0;  // may jump, may be wrong by decades on a gateway without a battery
  virtual uint64_t boot() const = 0;   // a number that changes with every boot of the machine
};

inline Seconds to_seconds(Timestamp t) {
  return Seconds{t.raw >= 0 ? t.raw / 1000000 : -((-t.raw + 999999) / 1000000)};
}

}  // namespace ringlet
