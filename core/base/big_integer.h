// Integers of any size (CQL's varint, and the digits of a decimal), by schoolbook methods: values are short in practice,
// and whoever makes long ones bounds their length first.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/bytes.h"

namespace ringlet {

class BigInteger {
 public:
  BigInteger() = default;
  BigInteger(int64_t value);
  static BigInteger from_bytes(BytesView two_complement);                   // big-endian; empty is zero
  static std::optional<BigInteger> parse(std::string_view decimal_digits);  // with a sign before them
  static BigInteger power_of_ten(uint32_t exponent);

  Bytes to_bytes() const;  // the shortest two's complement, at least one byte
  std::string to_string() const;
  std::optional<int64_t> to_int64() const;  // none where it does not fit
  int64_t low_int64() const;                // wraps
  double to_double() const;
  bool is_zero() const { return digits_.empty(); }
  bool is_negative() const { return negative_; }
  size_t bits() const;  // of the magnitude

  BigInteger operator-() const;
  friend BigInteger operator+(const BigInteger& a, const BigInteger& b);
  friend BigInteger operator-(const BigInteger& a, const BigInteger& b) { return a + -b; }
  friend BigInteger operator*(const BigInteger& a, const BigInteger& b);
  // Truncates towards zero; the remainder has a's sign. `b` must not be zero.
  static std::pair<BigInteger, BigInteger> divide(const BigInteger& a, const BigInteger& b);
  friend std::strong_ordering operator<=>(const BigInteger& a, const BigInteger& b);
  friend bool operator==(const BigInteger& a, const BigInteger& b) = default;

 private:
  void trim();
  bool negative_ = false;         // never for zero
  std::vector<uint32_t> digits_;  // magnitude, least significant first, no leading zeros
};

}  // namespace ringlet
