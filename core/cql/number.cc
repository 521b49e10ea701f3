#include "core/cql/number.h"

#include <bit>
#include <cmath>
#include <limits>

#include "core/base/must.h"

namespace ringlet::cql {
namespace {

int size_of(TypeKind kind) {  // 16: no bound
  switch (kind) {
    case TypeKind::tinyint:
      return 1;
    case TypeKind::smallint:
      return 2;
    case TypeKind::int_:
    case TypeKind::float_:
      return 4;
    case TypeKind::bigint:
    case TypeKind::double_:
    case TypeKind::counter:
      return 8;
    default:
      return 16;
  }
}

bool is_small_integer(TypeKind kind) { return !is_floating(kind) && size_of(kind) <= 8; }

template <class T>
Bytes packed(T value) {
  Bytes bytes;
  ByteWriter(bytes).big<T>(value);
  return bytes;
}

int64_t load_integer(TypeKind kind, BytesView bytes) {
  switch (size_of(kind)) {
    case 1:
      return static_cast<int8_t>(bytes[0]);
    case 2:
      return load_big<int16_t>(bytes.data());
    case 4:
      return load_big<int32_t>(bytes.data());
    default:
      return load_big<int64_t>(bytes.data());
  }
}

Bytes store_integer(TypeKind kind, int64_t value) {  // wraps
  switch (size_of(kind)) {
    case 1:
      return packed(static_cast<int8_t>(value));
    case 2:
      return packed(static_cast<int16_t>(value));
    case 4:
      return packed(static_cast<int32_t>(value));
    default:
      return packed(value);
  }
}

Bytes store_floating(TypeKind kind, double value) {
  return kind == TypeKind::float_ ? packed(std::bit_cast<uint32_t>(static_cast<float>(value))) : double_bytes(value);
}

int64_t saturated(TypeKind kind, double value) {  // Java: to int or long first, then cut
  if (std::isnan(value)) return 0;
  if (size_of(kind) <= 4) {
    if (value >= 2147483647.0) return INT32_MAX;
    if (value <= -2147483648.0) return INT32_MIN;
  }
  if (value >= 9223372036854775807.0) return INT64_MAX;
  if (value <= -9223372036854775808.0) return INT64_MIN;
  return static_cast<int64_t>(value);
}

std::unexpected<Error> by_zero() { return fail(Errc::function_failed, "/ by zero"); }

Result<int64_t> compute_small(ArithmeticOperator op, int64_t a, int64_t b) {
  const auto ua = static_cast<uint64_t>(a), ub = static_cast<uint64_t>(b);
  switch (op) {
    case ArithmeticOperator::add:
      return static_cast<int64_t>(ua + ub);
    case ArithmeticOperator::subtract:
      return static_cast<int64_t>(ua - ub);
    case ArithmeticOperator::multiply:
      return static_cast<int64_t>(ua * ub);
    case ArithmeticOperator::divide:
      if (b == 0) return by_zero();
      return b == -1 ? static_cast<int64_t>(0 - ua) : a / b;
    case ArithmeticOperator::modulo:
      if (b == 0) return by_zero();
      return b == -1 ? 0 : a % b;
  }
  return 0;
}

double compute_floating(ArithmeticOperator op, double a, double b) {
  switch (op) {
    case ArithmeticOperator::add:
      return a + b;
    case ArithmeticOperator::subtract:
      return a - b;
    case ArithmeticOperator::multiply:
      return a * b;
    case ArithmeticOperator::divide:
      return a / b;
    case ArithmeticOperator::modulo:
      return std::fmod(a, b);
  }
  return 0;
}

Result<BigInteger> compute_big(ArithmeticOperator op, const BigInteger& a, const BigInteger& b) {
  switch (op) {
    case ArithmeticOperator::add:
      return a + b;
    case ArithmeticOperator::subtract:
      return a - b;
    case ArithmeticOperator::multiply:
      return a * b;
    default:
      break;
  }
  if (b.is_zero()) return by_zero();
  auto [quotient, remainder] = BigInteger::divide(a, b);
  return op == ArithmeticOperator::divide ? quotient : remainder;
}

Result<Decimal> compute_decimal(ArithmeticOperator op, const Decimal& a, const Decimal& b) {
  switch (op) {
    case ArithmeticOperator::add:
      return add(a, b);
    case ArithmeticOperator::subtract:
      return subtract(a, b);
    case ArithmeticOperator::multiply:
      return multiply(a, b);
    case ArithmeticOperator::divide:
      return divide(a, b);
    case ArithmeticOperator::modulo:
      return modulo(a, b);
  }
  return a;
}

}  // namespace

bool is_floating(TypeKind kind) {
  return kind == TypeKind::float_ || kind == TypeKind::double_ || kind == TypeKind::decimal;
}

bool is_number(TypeKind kind) {
  switch (kind) {
    case TypeKind::tinyint:
    case TypeKind::smallint:
    case TypeKind::int_:
    case TypeKind::bigint:
    case TypeKind::counter:
    case TypeKind::varint:
      return true;
    default:
      return is_floating(kind);
  }
}

Bytes double_bytes(double value) { return packed(std::bit_cast<uint64_t>(value)); }

double to_double(TypeKind kind, BytesView bytes) {
  switch (kind) {
    case TypeKind::float_:
      return std::bit_cast<float>(load_big<uint32_t>(bytes.data()));
    case TypeKind::double_:
      return std::bit_cast<double>(load_big<uint64_t>(bytes.data()));
    case TypeKind::decimal:
      return Decimal::from_bytes(bytes).to_double();
    case TypeKind::varint:
      return BigInteger::from_bytes(bytes).to_double();
    default:
      return static_cast<double>(load_integer(kind, bytes));
  }
}

Result<BigInteger> to_integer(TypeKind kind, BytesView bytes) {
  if (kind == TypeKind::varint) return BigInteger::from_bytes(bytes);
  if (is_small_integer(kind)) return BigInteger(load_integer(kind, bytes));
  if (kind == TypeKind::decimal) return Decimal::from_bytes(bytes).to_integer();
  const double value = to_double(kind, bytes);
  if (!std::isfinite(value)) return BigInteger{};
  return Decimal::from_double(value).to_integer();
}

Result<Decimal> to_decimal(TypeKind kind, BytesView bytes) {
  if (kind == TypeKind::decimal) return Decimal::from_bytes(bytes);
  if (!is_floating(kind)) {
    TRY(BigInteger value, to_integer(kind, bytes));
    return Decimal{std::move(value), 0};
  }
  const double value = to_double(kind, bytes);
  if (!std::isfinite(value)) return fail(Errc::function_failed, "Infinite or NaN");
  // The text of the float itself, not of the double that holds it: 0.1f is 0.1.
  if (kind == TypeKind::float_) return Decimal::from_float(static_cast<float>(value));
  return Decimal::from_double(value);
}

Result<Bytes> convert_number(TypeKind from, BytesView bytes, TypeKind to) {
  if (from == to) return Bytes(bytes);
  if (to == TypeKind::decimal) {
    TRY(const Decimal value, to_decimal(from, bytes));
    return value.to_bytes();
  }
  if (is_floating(to)) return store_floating(to, to_double(from, bytes));
  if (to == TypeKind::varint) {
    TRY(const BigInteger value, to_integer(from, bytes));
    return value.to_bytes();
  }
  if (from == TypeKind::float_ || from == TypeKind::double_)
    return store_integer(to, saturated(to, to_double(from, bytes)));
  if (is_small_integer(from)) return store_integer(to, load_integer(from, bytes));
  TRY(const BigInteger value, to_integer(from, bytes));
  return store_integer(to, value.low_int64());
}

TypeKind arithmetic_kind(TypeKind left, TypeKind right) {
  const int size = std::max(size_of(left), size_of(right));
  if (is_floating(left) || is_floating(right))
    return size <= 4 ? TypeKind::float_ : size == 8 ? TypeKind::double_ : TypeKind::decimal;
  switch (size) {
    case 1:
      return TypeKind::tinyint;
    case 2:
      return TypeKind::smallint;
    case 4:
      return TypeKind::int_;
    case 8:
      return TypeKind::bigint;
    default:
      return TypeKind::varint;
  }
}

Result<Bytes> compute(ArithmeticOperator op, TypeKind kind, BytesView left, BytesView right) {
  if (kind == TypeKind::decimal) {
    TRY(const Decimal value, compute_decimal(op, Decimal::from_bytes(left), Decimal::from_bytes(right)));
    return value.to_bytes();
  }
  if (kind == TypeKind::float_) {
    const auto a = static_cast<float>(to_double(kind, left)), b = static_cast<float>(to_double(kind, right));
    return store_floating(kind, compute_floating(op, a, b));
  }
  if (kind == TypeKind::double_)
    return double_bytes(compute_floating(op, to_double(kind, left), to_double(kind, right)));
  if (kind == TypeKind::varint) {
    TRY(const BigInteger value, compute_big(op, BigInteger::from_bytes(left), BigInteger::from_bytes(right)));
    return value.to_bytes();
  }
  TRY(const int64_t value, compute_small(op, load_integer(kind, left), load_integer(kind, right)));
  return store_integer(kind, value);
}

Result<Bytes> negate(TypeKind kind, BytesView value) {
  if (kind == TypeKind::decimal) {
    const Decimal decimal = Decimal::from_bytes(value);
    return Decimal{-decimal.unscaled, decimal.scale}.to_bytes();
  }
  if (is_floating(kind)) return store_floating(kind, -to_double(kind, value));
  if (kind == TypeKind::varint) return (-BigInteger::from_bytes(value)).to_bytes();
  return store_integer(kind, static_cast<int64_t>(0 - static_cast<uint64_t>(load_integer(kind, value))));
}

}  // namespace ringlet::cql
