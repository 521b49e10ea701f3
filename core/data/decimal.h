// CQL's decimal: digits and a scale, value = unscaled * 10^-scale. Bytes: scale (int32, big-endian), then the varint.
//
// Clients choose scales freely, so that a short value can stand for a number of a billion digits: whoever needs two values
// at one scale asks align(), which refuses more than kDecimalAlignMax digits.
#pragma once

#include "core/base/big_integer.h"
#include "core/base/result.h"

namespace ringlet {

inline constexpr int64_t kDecimalAlignMax = 10000;  // digits; past it: an error, function_failed

struct Decimal {
  BigInteger unscaled;
  int32_t scale = 0;

  static Decimal from_bytes(BytesView bytes);                  // shorter than 4 bytes: zero
  static std::optional<Decimal> parse(std::string_view text);  // 12, -1.50, 1e-7
  static Decimal from_double(double value);                    // the shortest text that reads back; finite only
  static Decimal from_float(float value);
  Bytes to_bytes() const;
  std::string to_string() const;  // plain up to a point, else with an exponent
  double to_double() const;
  Result<BigInteger> to_integer() const;  // truncated
};

Result<Decimal> add(const Decimal& a, const Decimal& b);
Result<Decimal> subtract(const Decimal& a, const Decimal& b);
Result<Decimal> multiply(const Decimal& a, const Decimal& b);
Result<Decimal> divide(const Decimal& a, const Decimal& b);  // by zero: function_failed "/ by zero"
Result<Decimal> modulo(const Decimal& a, const Decimal& b);
Result<Decimal> round(const Decimal& a, int32_t scale);  // half up

}  // namespace ringlet
