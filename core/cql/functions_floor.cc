// floor(time, duration [, start]): which bucket a time falls into.
#include "core/cql/functions.h"
#include "core/data/text_value.h"

namespace ringlet::cql {
namespace {

constexpr int64_t kDayMs = 86400000;
constexpr int64_t kDateEpoch = int64_t{1} << 31;

std::unexpected<Error> failed(const char* why) { return fail(Errc::invalid, why); }

int64_t floor_divide(int64_t a, int64_t b) { return a / b - (a % b < 0); }

// `ms` moved by `times` durations. A day of the month that is not there becomes the month's last.
int64_t moved(int64_t ms, const CalendarDuration& duration, int64_t times) {
  const int64_t day = floor_divide(ms, kDayMs);
  Civil civil = civil_from_days(day);
  const int64_t months = civil.year * 12 + civil.month - 1 + duration.months * times;
  const int64_t year = floor_divide(months, 12);
  const auto month = static_cast<unsigned>(months - year * 12 + 1);
  const int64_t first = days_from_civil(year, month, 1);
  const int64_t next = month == 12 ? days_from_civil(year + 1, 1, 1) : days_from_civil(year, month + 1, 1);
  const int64_t days = first + std::min<int64_t>(civil.day - 1, next - first - 1) + duration.days * times;
  return days * kDayMs + (ms - day * kDayMs) + duration.ns / 1000000 * times;
}

Result<int64_t> floor_ms(int64_t ms, const CalendarDuration& duration, int64_t start) {
  if (duration.months < 0 || duration.days < 0 || duration.ns < 0)
    return failed("Negative durations are not supported by the floor function");
  if (duration.ns % 1000000 != 0)
    return failed("The floor cannot be computed for a duration with a precision finer than a millisecond");
  if (start > ms) return failed("The floor function starting time is greater than the provided time");
  const int64_t part = duration.days * kDayMs + duration.ns / 1000000;
  if (duration.months == 0 && part == 0) return failed("The floor function needs a duration that is not zero");
  if (duration.months == 0) return start + (ms - start) / part * part;
  constexpr int64_t kYearsMax = 10000;  // months are counted on the calendar, which needs a bound
  if (ms / kDayMs / 365 > kYearsMax || -start / kDayMs / 365 > kYearsMax || duration.months > 12 * kYearsMax)
    return failed("The floor function counts months only within ten thousand years of 1970");
  int64_t low = 0, high = 1;  // moved(low) <= ms < moved(high)
  while (moved(start, duration, high) <= ms) high *= 2;
  while (high - low > 1) {
    const int64_t middle = (low + high) / 2;
    (moved(start, duration, middle) <= ms ? low : high) = middle;
  }
  return moved(start, duration, low);
}

Bytes timestamp_bytes(int64_t ms) {
  Bytes bytes;
  ByteWriter(bytes).big<int64_t>(ms);
  return bytes;
}

int64_t ms_of(TypeKind kind, BytesView bytes) {
  if (kind == TypeKind::date) return (static_cast<int64_t>(load_big<uint32_t>(bytes.data())) - kDateEpoch) * kDayMs;
  if (kind == TypeKind::timeuuid) return floor_divide(time_uuid_unix_micros(uuid_from_bytes(bytes)), 1000);
  return load_big<int64_t>(bytes.data());
}

Result<FunctionValue> floor_of(TypeKind kind, FunctionArguments a) {
  for (const auto& argument : a)
    if (argument->empty()) return FunctionValue{};
  const CalendarDuration duration = duration_from_bytes(*a[1]);
  if (kind == TypeKind::date && duration.ns != 0)
    return failed("The floor on date values cannot be computed for a duration with a precision finer than a day");
  TRY(const int64_t ms, floor_ms(ms_of(kind, *a[0]), duration, a.size() > 2 ? ms_of(kind, *a[2]) : 0));
  if (kind != TypeKind::date) return timestamp_bytes(ms);
  Bytes bytes;
  ByteWriter(bytes).big<uint32_t>(static_cast<uint32_t>(floor_divide(ms, kDayMs) + kDateEpoch));
  return bytes;
}

Result<FunctionValue> floor_of_time(FunctionArguments a) {
  if (a[0]->empty() || a[1]->empty()) return FunctionValue{};
  const CalendarDuration duration = duration_from_bytes(*a[1]);
  if (duration.months != 0 || duration.days != 0 || duration.ns >= kDayMs * 1000000)
    return failed("For time values, the floor can only be computed for durations smaller that a day");
  if (duration.ns < 0) return failed("Negative durations are not supported by the floor function");
  if (duration.ns == 0) return failed("The floor function needs a duration that is not zero");
  return timestamp_bytes(load_big<int64_t>(a[0]->data()) / duration.ns * duration.ns);
}

void add(std::vector<FunctionRef>& out, std::vector<TypeKind> arguments, TypeKind result) {
  auto function = std::make_shared<Function>();
  function->name = "floor";
  const TypeKind kind = arguments[0];
  for (const TypeKind argument : arguments) function->arguments.push_back(native_type(argument));
  function->result = native_type(result);
  function->body = [kind](FunctionArguments a, EvaluationContext&) {
    return kind == TypeKind::time ? floor_of_time(a) : floor_of(kind, a);
  };
  out.push_back(std::move(function));
}

}  // namespace

void add_floor_functions(std::vector<FunctionRef>& out) {
  using enum TypeKind;
  add(out, {timestamp, duration}, timestamp);
  add(out, {timestamp, duration, timestamp}, timestamp);
  add(out, {timeuuid, duration}, timestamp);
  add(out, {timeuuid, duration, timestamp}, timestamp);
  add(out, {date, duration}, date);
  add(out, {date, duration, date}, date);
  add(out, {time, duration}, time);
}

}  // namespace ringlet::cql
