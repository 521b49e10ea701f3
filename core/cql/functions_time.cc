// now(), uuid() and their family, and what turns one kind of time into another.
#include "core/cql/functions.h"
#include "core/data/time_text.h"

namespace ringlet::cql {
namespace {

constexpr int64_t kDayMs = 86400000;
constexpr int64_t kDateEpoch = int64_t{1} << 31;

template <class T>
Bytes packed(T value) {
  Bytes bytes;
  ByteWriter(bytes).big<T>(value);
  return bytes;
}

int64_t floor_divide(int64_t a, int64_t b) { return a / b - (a % b < 0); }
int64_t now_ms(EvaluationContext& context) { return floor_divide(context.now().raw, 1000); }

// Milliseconds since 1970 of a timestamp, date or timeuuid.
int64_t ms_of(TypeKind kind, BytesView bytes) {
  if (kind == TypeKind::timestamp) return load_big<int64_t>(bytes.data());
  if (kind == TypeKind::date) return (static_cast<int64_t>(load_big<uint32_t>(bytes.data())) - kDateEpoch) * kDayMs;
  return floor_divide(time_uuid_unix_micros(uuid_from_bytes(bytes)), 1000);
}
Bytes date_of_ms(int64_t ms) { return packed(static_cast<uint32_t>(floor_divide(ms, kDayMs) + kDateEpoch)); }

using Body = std::function<Result<FunctionValue>(FunctionArguments, EvaluationContext&)>;

void add(std::vector<FunctionRef>& out, const char* name, std::vector<TypeKind> arguments, TypeKind result, bool pure,
         Body body) {
  auto function = std::make_shared<Function>();
  function->name = name;
  for (const TypeKind kind : arguments) function->arguments.push_back(native_type(kind));
  function->result = native_type(result);
  function->body = std::move(body);
  function->pure = pure;
  out.push_back(std::move(function));
}

// `make` gets the argument's milliseconds; empty arguments (a legacy value of fixed types) are null.
template <class Make>
void add_conversion(std::vector<FunctionRef>& out, const char* name, TypeKind from, TypeKind to, Make make) {
  add(out, name, {from}, to, true, [from, make](FunctionArguments a, EvaluationContext&) -> Result<FunctionValue> {
    if (a[0]->empty()) return FunctionValue{};
    return make(ms_of(from, *a[0]));
  });
}

// The smallest or largest timeuuid of a millisecond: the lower half compares as signed bytes.
Bytes bound_uuid(int64_t ms, bool largest) {
  const uint64_t ticks = static_cast<uint64_t>(ms * 10000 + kUuidEpochOffsetTicks) + (largest ? 9999 : 0);
  Bytes bytes(time_uuid(ticks, 0).bytes());
  for (size_t i = 8; i < 16; ++i) bytes[i] = largest ? '\x7f' : '\x80';
  return bytes;
}

}  // namespace

void add_time_functions(std::vector<FunctionRef>& out) {
  using enum TypeKind;
  const auto time_uuid_now = [](FunctionArguments, EvaluationContext& c) -> Result<FunctionValue> {
    return Bytes(c.time_uuid().bytes());
  };
  add(out, "now", {}, timeuuid, false, time_uuid_now);
  add(out, "current_timeuuid", {}, timeuuid, false, time_uuid_now);
  add(out, "uuid", {}, TypeKind::uuid, false,
      [](FunctionArguments, EvaluationContext& c) -> Result<FunctionValue> { return Bytes(c.random_uuid().bytes()); });
  add(out, "current_timestamp", {}, timestamp, false,
      [](FunctionArguments, EvaluationContext& c) -> Result<FunctionValue> { return packed(now_ms(c)); });
  add(out, "current_date", {}, date, false,
      [](FunctionArguments, EvaluationContext& c) -> Result<FunctionValue> { return date_of_ms(now_ms(c)); });
  add(out, "current_time", {}, time, false, [](FunctionArguments, EvaluationContext& c) -> Result<FunctionValue> {
    const int64_t ms = now_ms(c);
    return packed((ms - floor_divide(ms, kDayMs) * kDayMs) * 1000000);
  });
  add_conversion(out, "min_timeuuid", timestamp, timeuuid, [](int64_t ms) { return bound_uuid(ms, false); });
  add_conversion(out, "max_timeuuid", timestamp, timeuuid, [](int64_t ms) { return bound_uuid(ms, true); });
  for (const TypeKind from : {timeuuid, timestamp}) add_conversion(out, "to_date", from, date, date_of_ms);
  for (const TypeKind from : {timeuuid, date}) add_conversion(out, "to_timestamp", from, timestamp, packed<int64_t>);
  for (const TypeKind from : {timeuuid, timestamp, date})
    add_conversion(out, "to_unix_timestamp", from, bigint, packed<int64_t>);
  add_conversion(out, "dateof", timeuuid, timestamp, packed<int64_t>);
  add_conversion(out, "unixtimestampof", timeuuid, bigint, packed<int64_t>);
}

}  // namespace ringlet::cql
