#include "core/data/decimal.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace ringlet {
namespace {

std::unexpected<Error> too_wide() { return fail(Errc::function_failed, "decimals too far apart to compute with"); }
std::unexpected<Error> by_zero() { return fail(Errc::function_failed, "/ by zero"); }

Result<int32_t> scale_in_range(int64_t scale) {
  if (scale > INT32_MAX || scale < INT32_MIN) return too_wide();
  return static_cast<int32_t>(scale);
}

// Digits of `a` at a larger scale.
Result<BigInteger> at_scale(const Decimal& a, int64_t scale) {
  const int64_t up = scale - a.scale;
  if (up > kDecimalAlignMax) return too_wide();
  return up <= 0 ? a.unscaled : a.unscaled * BigInteger::power_of_ten(static_cast<uint32_t>(up));
}

// Drops zeros at the end, not below `preferred`.
Decimal strip_zeros(Decimal a, int64_t preferred) {
  const BigInteger ten(10);
  while (a.scale > preferred) {
    auto [quotient, remainder] = BigInteger::divide(a.unscaled, ten);
    if (!remainder.is_zero()) break;
    a.unscaled = std::move(quotient);
    --a.scale;
  }
  return a;
}

BigInteger divide_half_up(const BigInteger& a, const BigInteger& b) {
  auto [quotient, remainder] = BigInteger::divide(a, b);
  BigInteger twice = remainder + remainder;
  if (twice.is_negative()) twice = -twice;
  if (twice >= (b.is_negative() ? -b : b))
    quotient = quotient + BigInteger(a.is_negative() != b.is_negative() ? -1 : 1);
  return quotient;
}

template <class Floating>
Decimal from_shortest(Floating value) {
  char text[64];
  const auto end = std::to_chars(text, text + sizeof text, value).ptr;
  return Decimal::parse({text, static_cast<size_t>(end - text)}).value_or(Decimal{});
}

}  // namespace

Decimal Decimal::from_bytes(BytesView bytes) {
  if (bytes.size() < 4) return {};
  return {BigInteger::from_bytes(bytes.substr(4)), load_big<int32_t>(bytes.data())};
}

std::optional<Decimal> Decimal::parse(std::string_view text) {
  int64_t scale = 0;
  if (const size_t e = text.find_first_of("eE"); e != text.npos) {
    std::string_view exponent = text.substr(e + 1);
    if (exponent.starts_with("+-")) return std::nullopt;
    if (exponent.starts_with('+')) exponent.remove_prefix(1);
    int64_t value = 0;
    const auto [end, error] = std::from_chars(exponent.data(), exponent.data() + exponent.size(), value);
    if (error != std::errc{} || end != exponent.data() + exponent.size()) return std::nullopt;
    if (value > INT32_MAX || value < INT32_MIN) return std::nullopt;
    scale = -value;
    text = text.substr(0, e);
  }
  std::string digits;
  if (const size_t point = text.find('.'); point != text.npos) {
    if (text.find_first_of("+-", point) != text.npos) return std::nullopt;
    digits = std::string(text.substr(0, point)) + std::string(text.substr(point + 1));
    scale += static_cast<int64_t>(text.size() - point - 1);
  } else {
    digits = text;
  }
  const auto unscaled = BigInteger::parse(digits);
  if (!unscaled || scale > INT32_MAX || scale < INT32_MIN) return std::nullopt;
  return Decimal{*unscaled, static_cast<int32_t>(scale)};
}

Decimal Decimal::from_double(double value) { return from_shortest(value); }
Decimal Decimal::from_float(float value) { return from_shortest(value); }

Bytes Decimal::to_bytes() const {
  Bytes bytes;
  ByteWriter(bytes).big<int32_t>(scale);
  return bytes + unscaled.to_bytes();
}

// As Java's BigDecimal shows it, which is what drivers and tools compare with.
std::string Decimal::to_string() const {
  std::string digits = (unscaled.is_negative() ? -unscaled : unscaled).to_string();
  const std::string sign = unscaled.is_negative() ? "-" : "";
  if (scale == 0) return sign + digits;
  const int64_t adjusted = static_cast<int64_t>(digits.size()) - 1 - scale;
  if (scale > 0 && adjusted >= -6) {
    if (digits.size() <= static_cast<size_t>(scale))
      digits.insert(0, static_cast<size_t>(scale) - digits.size() + 1, '0');
    return sign + digits.insert(digits.size() - static_cast<size_t>(scale), ".");
  }
  if (digits.size() > 1) digits.insert(1, ".");
  return sign + digits + "E" + (adjusted >= 0 ? "+" : "") + std::to_string(adjusted);
}

double Decimal::to_double() const {
  const std::string text = unscaled.to_string() + "e" + std::to_string(-static_cast<int64_t>(scale));
  double value = 0;
  const auto error = std::from_chars(text.data(), text.data() + text.size(), value).ec;
  if (error == std::errc::result_out_of_range) return scale > 0 ? 0 : unscaled.is_negative() ? -HUGE_VAL : HUGE_VAL;
  return value;
}

Result<BigInteger> Decimal::to_integer() const {
  if (scale <= 0) return at_scale(*this, 0);
  if (static_cast<size_t>(scale) > unscaled.bits()) return BigInteger{};  // fewer digits than the point moves
  return BigInteger::divide(unscaled, BigInteger::power_of_ten(static_cast<uint32_t>(scale))).first;
}

Result<Decimal> add(const Decimal& a, const Decimal& b) {
  const int32_t scale = std::max(a.scale, b.scale);
  TRY(const BigInteger left, at_scale(a, scale));
  TRY(const BigInteger right, at_scale(b, scale));
  return Decimal{left + right, scale};
}

Result<Decimal> subtract(const Decimal& a, const Decimal& b) { return add(a, {-b.unscaled, b.scale}); }

Result<Decimal> multiply(const Decimal& a, const Decimal& b) {
  TRY(const int32_t scale, scale_in_range(static_cast<int64_t>(a.scale) + b.scale));
  return Decimal{a.unscaled * b.unscaled, scale};
}

Result<Decimal> divide(const Decimal& a, const Decimal& b) {
  if (b.unscaled.is_zero()) return by_zero();
  constexpr int64_t kMoreDigits = 34;  // of precision, as decimal128 has
  const int64_t preferred = static_cast<int64_t>(a.scale) - b.scale;
  const int64_t missing = static_cast<int64_t>(b.unscaled.bits() / 3) - static_cast<int64_t>(a.unscaled.bits() / 4);
  const int64_t more = kMoreDigits + std::max<int64_t>(missing, 0);
  if (more > kDecimalAlignMax) return too_wide();
  TRY(const int32_t scale, scale_in_range(preferred + more));
  const BigInteger wide = a.unscaled * BigInteger::power_of_ten(static_cast<uint32_t>(more));
  return strip_zeros({divide_half_up(wide, b.unscaled), scale}, preferred);
}

Result<Decimal> modulo(const Decimal& a, const Decimal& b) {
  if (b.unscaled.is_zero()) return by_zero();
  const int32_t scale = std::max(a.scale, b.scale);
  TRY(const BigInteger left, at_scale(a, scale));
  TRY(const BigInteger right, at_scale(b, scale));
  return Decimal{BigInteger::divide(left, right).second, scale};
}

Result<Decimal> round(const Decimal& a, int32_t scale) {
  if (scale >= a.scale) {
    TRY(BigInteger wide, at_scale(a, scale));
    return Decimal{std::move(wide), scale};
  }
  const int64_t down = static_cast<int64_t>(a.scale) - scale;
  if (down > kDecimalAlignMax) return Decimal{BigInteger{}, scale};
  return Decimal{divide_half_up(a.unscaled, BigInteger::power_of_ten(static_cast<uint32_t>(down))), scale};
}

}  // namespace ringlet
