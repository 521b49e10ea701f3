// Decimals by value: 1.0 equals 1.00. Works on digits and never expands a scale, so that 1E+2000000000 costs nothing.
#pragma once

#include <compare>
#include <string>

#include "core/data/decimal.h"

namespace ringlet {

std::strong_ordering compare(const Decimal& a, const Decimal& b);

// 0.DIGITS * 10^exponent, the digits without zeros at either end; zero has none. One value, one form.
struct DecimalDigits {
  int sign = 0;
  int64_t exponent = 0;
  std::string digits;
};
DecimalDigits digits_of(const Decimal& value);
Decimal from_digits(const DecimalDigits& digits);  // scale 0 where that takes few zeros, else the least scale

}  // namespace ringlet
