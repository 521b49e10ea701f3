// Functions and operators of numbers, and the sums of times and durations.
#include <cmath>

#include "core/cql/functions.h"
#include "core/cql/number.h"
#include "core/cql/render.h"
#include "core/data/text_value.h"

namespace ringlet::cql {
namespace {

constexpr int64_t kDayMs = 86400000;

using OneNumber = Result<Bytes> (*)(TypeKind kind, BytesView value);

Result<Bytes> from_double(TypeKind kind, double value) {
  if (kind == TypeKind::decimal && !std::isfinite(value)) return fail(Errc::function_failed, "Infinite or NaN");
  return convert_number(TypeKind::double_, double_bytes(value), kind);
}

Result<Bytes> absolute(TypeKind kind, BytesView value) {
  if (kind == TypeKind::varint    ? BigInteger::from_bytes(value).is_negative()
      : kind == TypeKind::decimal ? Decimal::from_bytes(value).unscaled.is_negative()
                                  : std::signbit(to_double(kind, value)))
    return negate(kind, value);
  return Bytes(value);
}
Result<Bytes> exponential(TypeKind kind, BytesView value) {
  return from_double(kind, std::exp(to_double(kind, value)));
}
Result<Bytes> logarithm(TypeKind kind, BytesView value) { return from_double(kind, std::log(to_double(kind, value))); }
Result<Bytes> logarithm_10(TypeKind kind, BytesView value) {
  return from_double(kind, std::log10(to_double(kind, value)));
}
Result<Bytes> rounded(TypeKind kind, BytesView value) {
  if (!is_floating(kind)) return Bytes(value);
  if (kind != TypeKind::decimal) return from_double(kind, std::floor(to_double(kind, value) + 0.5));
  TRY(const Decimal whole, round(Decimal::from_bytes(value), 0));
  return whole.to_bytes();
}

void add(std::vector<FunctionRef>& out, const char* name, TypeKind kind, OneNumber body) {
  auto function = std::make_shared<Function>();
  function->name = name;
  function->arguments = {native_type(kind)};
  function->result = native_type(kind);
  function->body = [kind, body](FunctionArguments a, EvaluationContext&) -> Result<FunctionValue> {
    if (a[0]->empty()) return FunctionValue{};
    return body(kind, *a[0]);
  };
  out.push_back(std::move(function));
}

Result<Bytes> add_numbers(ArithmeticOperator op, TypeKind left, TypeKind right, TypeKind result, BytesView a,
                          BytesView b) {
  TRY(const Bytes wide_a, convert_number(left == TypeKind::counter ? TypeKind::bigint : left, a, result));
  TRY(const Bytes wide_b, convert_number(right == TypeKind::counter ? TypeKind::bigint : right, b, result));
  return compute(op, result, wide_a, wide_b);
}

// timestamp ± duration and date ± duration, by the calendar.
Result<Bytes> move_time(ArithmeticOperator op, TypeKind kind, BytesView time, BytesView by) {
  const CalendarDuration duration = duration_from_bytes(by);
  const int64_t sign = op == ArithmeticOperator::add ? 1 : -1;
  if (kind == TypeKind::date && duration.ns % (kDayMs * 1000000) != 0)
    return fail(Errc::function_failed, "The duration must have a day precision. Was: " + duration_text(duration));
  const int64_t ms = kind == TypeKind::timestamp ? load_big<int64_t>(time.data()) : 0;
  int64_t day = ms / kDayMs - (ms % kDayMs < 0);
  const int64_t of_day = ms - day * kDayMs;
  if (kind == TypeKind::date) day = static_cast<int64_t>(load_big<uint32_t>(time.data())) - (int64_t{1} << 31);
  const Civil civil = civil_from_days(day);
  const int64_t months = civil.year * 12 + civil.month - 1 + sign * duration.months;
  const int64_t year = months / 12 - (months % 12 < 0);
  const auto month = static_cast<unsigned>(months - year * 12 + 1);
  const int64_t first = days_from_civil(year, month, 1);
  const int64_t next = month == 12 ? days_from_civil(year + 1, 1, 1) : days_from_civil(year, month + 1, 1);
  day = first + std::min<int64_t>(civil.day - 1, next - first - 1) + sign * duration.days;
  Bytes bytes;
  if (kind == TypeKind::date) {
    day += sign * (duration.ns / (kDayMs * 1000000)) + (int64_t{1} << 31);
    if (day < 0 || day > UINT32_MAX) return fail(Errc::function_failed, "the date is out of range");
    ByteWriter(bytes).big<uint32_t>(static_cast<uint32_t>(day));
    return bytes;
  }
  int64_t result = 0;
  if (__builtin_mul_overflow(day, kDayMs, &result) || __builtin_add_overflow(result, of_day, &result) ||
      __builtin_add_overflow(result, sign * (duration.ns / 1000000), &result))
    return fail(Errc::function_failed, "the timestamp is out of range");
  ByteWriter(bytes).big<int64_t>(result);
  return bytes;
}

bool is_text(TypeKind kind) { return kind == TypeKind::text || kind == TypeKind::ascii; }

TypeRef operation_type(ArithmeticOperator op, TypeKind left, TypeKind right) {
  if (is_number(left) && is_number(right)) return native_type(arithmetic_kind(left, right));
  if (op == ArithmeticOperator::add && is_text(left) && is_text(right))
    return native_type(left == TypeKind::ascii && right == TypeKind::ascii ? TypeKind::ascii : TypeKind::text);
  const bool moves = op == ArithmeticOperator::add || op == ArithmeticOperator::subtract;
  if (moves && right == TypeKind::duration && (left == TypeKind::timestamp || left == TypeKind::date))
    return native_type(left);
  return nullptr;
}

Result<Bytes> operate(ArithmeticOperator op, const Function& f, BytesView a, BytesView b) {
  const TypeKind left = f.arguments[0]->kind, right = f.arguments[1]->kind;
  if (is_number(left)) return add_numbers(op, left, right, f.result->kind, a, b);
  if (is_text(left)) return Bytes(a) + Bytes(b);
  return move_time(op, left, a, b);
}

}  // namespace

void add_math_functions(std::vector<FunctionRef>& out) {
  using enum TypeKind;
  for (const TypeKind kind : {tinyint, smallint, int_, bigint, float_, double_, varint, decimal, counter}) {
    add(out, "abs", kind, absolute);
    add(out, "exp", kind, exponential);
    add(out, "log", kind, logarithm);
    add(out, "log10", kind, logarithm_10);
    add(out, "round", kind, rounded);
  }
}

FunctionRef arithmetic_function(ArithmeticOperator op, const TypeRef& left, const TypeRef& right) {
  TypeRef result = operation_type(op, left->kind, right->kind);
  if (!result) return nullptr;
  auto function = std::make_shared<Function>();
  function->name = "_" + std::string(to_cql(op));
  function->arguments = {left, right};
  function->result = std::move(result);
  Function types = *function;
  function->body = [op, types = std::move(types)](FunctionArguments a, EvaluationContext&) -> Result<FunctionValue> {
    const bool texts = is_text(types.arguments[0]->kind);
    if (!texts && (a[0]->empty() || a[1]->empty())) return FunctionValue{};
    auto value = operate(op, types, *a[0], *a[1]);
    if (value) return *std::move(value);
    const std::string left_name = to_cql(*types.arguments[0]), right_name = to_cql(*types.arguments[1]);
    return fail(Errc::function_failed,
                "the operation '" + left_name + " " + std::string(to_cql(op)) + " " + right_name +
                    "' failed: " + value.error().detail,
                {"system", std::string(to_cql(op)), left_name, right_name});
  };
  return function;
}

FunctionRef negation_function(const TypeRef& of) {
  if (!is_number(of->kind)) return nullptr;
  const TypeKind kind = of->kind == TypeKind::counter ? TypeKind::bigint : of->kind;
  auto function = std::make_shared<Function>();
  function->name = "_negate";
  function->arguments = {of};
  function->result = native_type(kind);
  function->body = [kind](FunctionArguments a, EvaluationContext&) -> Result<FunctionValue> {
    if (a[0]->empty()) return FunctionValue{};
    return negate(kind, *a[0]);
  };
  return function;
}

}  // namespace ringlet::cql
