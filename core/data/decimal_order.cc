#include "core/data/decimal_order.h"

#include "core/base/must.h"

namespace ringlet {
namespace {

constexpr int64_t kZerosKept = 18;  // a whole number is given scale 0 if that takes no more zeros at its end

BigInteger magnitude(const BigInteger& value) { return value.is_negative() ? -value : value; }

}  // namespace

DecimalDigits digits_of(const Decimal& value) {
  DecimalDigits parts;
  if (value.unscaled.is_zero()) return parts;
  parts.sign = value.unscaled.is_negative() ? -1 : 1;
  parts.digits = magnitude(value.unscaled).to_string();
  parts.exponent = static_cast<int64_t>(parts.digits.size()) - value.scale;
  parts.digits.erase(parts.digits.find_last_not_of('0') + 1);
  return parts;
}

Decimal from_digits(const DecimalDigits& parts) {
  if (parts.sign == 0) return {};
  std::string digits = parts.digits;
  int64_t scale = static_cast<int64_t>(digits.size()) - parts.exponent;
  if (scale < 0 && scale >= -kZerosKept) {
    digits.append(static_cast<size_t>(-scale), '0');
    scale = 0;
  }
  for (; scale < INT32_MIN; ++scale) digits.push_back('0');
  const std::optional<BigInteger> unscaled = BigInteger::parse(digits);
  MUST(unscaled && scale <= INT32_MAX);
  return {parts.sign < 0 ? -*unscaled : *unscaled, static_cast<int32_t>(scale)};
}

std::strong_ordering compare(const Decimal& a, const Decimal& b) {
  if (a.scale == b.scale) return a.unscaled <=> b.unscaled;
  const DecimalDigits x = digits_of(a), y = digits_of(b);
  if (x.sign != y.sign) return x.sign <=> y.sign;
  const auto magnitudes = x.exponent != y.exponent ? x.exponent <=> y.exponent : x.digits <=> y.digits;
  return x.sign < 0 ? 0 <=> magnitudes : magnitudes;
}

}  // namespace ringlet
