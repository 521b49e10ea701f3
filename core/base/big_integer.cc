#include "core/base/big_integer.h"

#include <algorithm>
#include <cmath>

#include "core/base/must.h"

namespace ringlet {
namespace {

using Digits = std::vector<uint32_t>;

std::strong_ordering compare_magnitude(const Digits& a, const Digits& b) {
  if (a.size() != b.size()) return a.size() <=> b.size();
  for (size_t i = a.size(); i-- > 0;)
    if (a[i] != b[i]) return a[i] <=> b[i];
  return std::strong_ordering::equal;
}

Digits add_magnitude(const Digits& a, const Digits& b) {
  Digits sum;
  uint64_t carry = 0;
  for (size_t i = 0; i < std::max(a.size(), b.size()) || carry; ++i) {
    carry += (i < a.size() ? a[i] : 0ull) + (i < b.size() ? b[i] : 0ull);
    sum.push_back(static_cast<uint32_t>(carry));
    carry >>= 32;
  }
  return sum;
}

Digits subtract_magnitude(const Digits& a, const Digits& b) {  // a >= b
  Digits difference = a;
  int64_t borrow = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    int64_t d = static_cast<int64_t>(a[i]) - (i < b.size() ? b[i] : 0) - borrow;
    borrow = d < 0;
    difference[i] = static_cast<uint32_t>(d);
  }
  return difference;
}

uint32_t divide_small(Digits& digits, uint32_t by) {  // in place; returns the remainder
  uint64_t rest = 0;
  for (size_t i = digits.size(); i-- > 0;) {
    rest = rest << 32 | digits[i];
    digits[i] = static_cast<uint32_t>(rest / by);
    rest %= by;
  }
  while (!digits.empty() && digits.back() == 0) digits.pop_back();
  return static_cast<uint32_t>(rest);
}

void multiply_add_small(Digits& digits, uint32_t by, uint32_t add) {
  uint64_t carry = add;
  for (uint32_t& digit : digits) {
    carry += static_cast<uint64_t>(digit) * by;
    digit = static_cast<uint32_t>(carry);
    carry >>= 32;
  }
  if (carry) digits.push_back(static_cast<uint32_t>(carry));
}

// Knuth's algorithm D, on magnitudes; b has two digits or more and a >= b. Returns the quotient; a becomes the remainder.
Digits divide_long(Digits& a, Digits b) {
  const int shift = __builtin_clz(b.back());
  auto shift_left = [shift](Digits& digits) {
    uint32_t carry = 0;
    for (uint32_t& digit : digits) {
      const uint64_t wide = static_cast<uint64_t>(digit) << shift | carry;
      digit = static_cast<uint32_t>(wide);
      carry = static_cast<uint32_t>(wide >> 32);
    }
    return carry;
  };
  shift_left(b);
  a.push_back(shift_left(a));
  const size_t n = b.size(), m = a.size() - n - 1;
  Digits quotient(m + 1);
  for (size_t j = m + 1; j-- > 0;) {
    const uint64_t top = static_cast<uint64_t>(a[j + n]) << 32 | a[j + n - 1];
    uint64_t guess = top / b[n - 1], rest = top % b[n - 1];
    while (guess >> 32 || guess * b[n - 2] > (rest << 32 | a[j + n - 2])) {
      --guess;
      rest += b[n - 1];
      if (rest >> 32) break;
    }
    int64_t borrow = 0;
    uint64_t carry = 0;
    for (size_t i = 0; i < n; ++i) {
      carry += guess * b[i];
      const int64_t d = static_cast<int64_t>(a[i + j]) - static_cast<uint32_t>(carry) - borrow;
      a[i + j] = static_cast<uint32_t>(d);
      borrow = d < 0;
      carry >>= 32;
    }
    const int64_t d = static_cast<int64_t>(a[j + n]) - static_cast<int64_t>(carry) - borrow;
    a[j + n] = static_cast<uint32_t>(d);
    if (d < 0) {  // guessed one too many
      --guess;
      uint64_t back = 0;
      for (size_t i = 0; i < n; ++i) {
        back += static_cast<uint64_t>(a[i + j]) + b[i];
        a[i + j] = static_cast<uint32_t>(back);
        back >>= 32;
      }
      a[j + n] += static_cast<uint32_t>(back);
    }
    quotient[j] = static_cast<uint32_t>(guess);
  }
  if (shift)
    for (size_t i = 0; i < a.size(); ++i)
      a[i] = a[i] >> shift |
             (i + 1 < a.size() ? static_cast<uint32_t>(static_cast<uint64_t>(a[i + 1]) << (32 - shift)) : 0);
  return quotient;
}

}  // namespace

BigInteger::BigInteger(int64_t value) : negative_(value < 0) {
  uint64_t magnitude = negative_ ? 0 - static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
  for (; magnitude; magnitude >>= 32) digits_.push_back(static_cast<uint32_t>(magnitude));
}

BigInteger BigInteger::from_bytes(BytesView bytes) {
  BigInteger result;
  if (bytes.empty()) return result;
  const bool negative = (bytes[0] & 0x80) != 0;
  result.digits_.assign((bytes.size() + 3) / 4, 0);
  uint32_t carry = negative;  // -x == ~x + 1
  for (size_t i = 0; i < bytes.size(); ++i) {
    uint32_t byte = static_cast<uint8_t>(bytes[bytes.size() - 1 - i]);
    if (negative) {
      byte = (byte ^ 0xFF) + carry;
      carry = byte >> 8;
      byte &= 0xFF;
    }
    result.digits_[i / 4] |= byte << (i % 4 * 8);
  }
  if (carry) {  // only for 0x80 00 00 ... when it fills its digits
    if (bytes.size() % 4 == 0)
      result.digits_.push_back(1);
    else
      result.digits_[bytes.size() / 4] |= 1u << (bytes.size() % 4 * 8);
  }
  result.negative_ = negative;
  result.trim();
  return result;
}

std::optional<BigInteger> BigInteger::parse(std::string_view text) {
  BigInteger result;
  bool negative = false;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    negative = text[0] == '-';
    text.remove_prefix(1);
  }
  if (text.empty()) return std::nullopt;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    multiply_add_small(result.digits_, 10, static_cast<uint32_t>(c - '0'));
  }
  result.negative_ = negative;
  result.trim();
  return result;
}

BigInteger BigInteger::power_of_ten(uint32_t exponent) {
  BigInteger result(1);
  for (; exponent >= 9; exponent -= 9) multiply_add_small(result.digits_, 1000000000, 0);
  for (; exponent > 0; --exponent) multiply_add_small(result.digits_, 10, 0);
  return result;
}

Bytes BigInteger::to_bytes() const {
  Bytes bytes;  // least significant first, turned round at the end
  uint32_t carry = negative_;
  for (size_t i = 0; i < digits_.size() * 4; ++i) {
    uint32_t byte = digits_[i / 4] >> (i % 4 * 8) & 0xFF;
    if (negative_) {
      byte = (byte ^ 0xFF) + carry;
      carry = byte >> 8;
    }
    bytes.push_back(static_cast<char>(byte));
  }
  const char sign = negative_ ? '\xFF' : '\0';
  bytes.push_back(sign);
  while (bytes.size() > 1 && bytes.back() == sign && ((bytes[bytes.size() - 2] ^ sign) & 0x80) == 0) bytes.pop_back();
  std::ranges::reverse(bytes);
  return bytes;
}

std::string BigInteger::to_string() const {
  if (is_zero()) return "0";
  std::string text;
  Digits rest = digits_;
  while (!rest.empty()) {
    uint32_t nine = divide_small(rest, 1000000000);
    for (int i = 0; i < 9 && (nine || !rest.empty()); ++i, nine /= 10)
      text.push_back(static_cast<char>('0' + nine % 10));
  }
  if (negative_) text.push_back('-');
  std::ranges::reverse(text);
  return text;
}

int64_t BigInteger::low_int64() const {
  uint64_t low = digits_.empty() ? 0 : digits_[0];
  if (digits_.size() > 1) low |= static_cast<uint64_t>(digits_[1]) << 32;
  return static_cast<int64_t>(negative_ ? 0 - low : low);
}

std::optional<int64_t> BigInteger::to_int64() const {
  if (digits_.size() > 2) return std::nullopt;
  const int64_t low = low_int64();
  if (low != 0 && (low < 0) != negative_) return std::nullopt;
  return low;
}

double BigInteger::to_double() const {
  double value = 0;
  for (size_t i = digits_.size(); i-- > 0;) value = value * 4294967296.0 + digits_[i];
  return negative_ ? -value : value;
}

size_t BigInteger::bits() const {
  return digits_.empty() ? 0 : digits_.size() * 32 - static_cast<size_t>(__builtin_clz(digits_.back()));
}

BigInteger BigInteger::operator-() const {
  BigInteger result = *this;
  result.negative_ = !negative_ && !is_zero();
  return result;
}

BigInteger operator+(const BigInteger& a, const BigInteger& b) {
  BigInteger result;
  if (a.negative_ == b.negative_) {
    result.digits_ = add_magnitude(a.digits_, b.digits_);
    result.negative_ = a.negative_;
  } else if (compare_magnitude(a.digits_, b.digits_) >= 0) {
    result.digits_ = subtract_magnitude(a.digits_, b.digits_);
    result.negative_ = a.negative_;
  } else {
    result.digits_ = subtract_magnitude(b.digits_, a.digits_);
    result.negative_ = b.negative_;
  }
  result.trim();
  return result;
}

BigInteger operator*(const BigInteger& a, const BigInteger& b) {
  BigInteger result;
  result.digits_.assign(a.digits_.size() + b.digits_.size(), 0);
  for (size_t i = 0; i < a.digits_.size(); ++i) {
    uint64_t carry = 0;
    for (size_t j = 0; j < b.digits_.size() || carry; ++j) {
      carry += result.digits_[i + j];
      if (j < b.digits_.size()) carry += static_cast<uint64_t>(a.digits_[i]) * b.digits_[j];
      result.digits_[i + j] = static_cast<uint32_t>(carry);
      carry >>= 32;
    }
  }
  result.negative_ = a.negative_ != b.negative_;
  result.trim();
  return result;
}

std::pair<BigInteger, BigInteger> BigInteger::divide(const BigInteger& a, const BigInteger& b) {
  MUST(!b.is_zero());
  BigInteger quotient, remainder;
  if (compare_magnitude(a.digits_, b.digits_) < 0) return {quotient, a};
  if (b.digits_.size() == 1) {
    quotient.digits_ = a.digits_;
    const uint32_t rest = divide_small(quotient.digits_, b.digits_[0]);
    if (rest) remainder.digits_.push_back(rest);
  } else {
    remainder.digits_ = a.digits_;
    quotient.digits_ = divide_long(remainder.digits_, b.digits_);
  }
  quotient.negative_ = a.negative_ != b.negative_;
  remainder.negative_ = a.negative_;
  quotient.trim();
  remainder.trim();
  return {quotient, remainder};
}

std::strong_ordering operator<=>(const BigInteger& a, const BigInteger& b) {
  if (a.negative_ != b.negative_) return a.negative_ ? std::strong_ordering::less : std::strong_ordering::greater;
  return a.negative_ ? compare_magnitude(b.digits_, a.digits_) : compare_magnitude(a.digits_, b.digits_);
}

void BigInteger::trim() {
  while (!digits_.empty() && digits_.back() == 0) digits_.pop_back();
  if (digits_.empty()) negative_ = false;
}

}  // namespace ringlet
