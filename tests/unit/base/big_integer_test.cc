#include "core/base/big_integer.h"

#include <doctest/doctest.h>

using namespace ringlet;

namespace {
BigInteger big(std::string_view text) { return *BigInteger::parse(text); }
}  // namespace

TEST_SUITE("big_integer") {
  TEST_CASE("bytes are the shortest two's complement, and read back") {
    CHECK_EQ(to_hex(BigInteger(0).to_bytes()), "00");
    CHECK_EQ(to_hex(BigInteger(127).to_bytes()), "7f");
    CHECK_EQ(to_hex(BigInteger(128).to_bytes()), "0080");
    CHECK_EQ(to_hex(BigInteger(-1).to_bytes()), "ff");
    CHECK_EQ(to_hex(BigInteger(-128).to_bytes()), "80");
    CHECK_EQ(to_hex(BigInteger(-129).to_bytes()), "ff7f");
    for (const char* text : {"0", "-1", "4294967296", "-4294967296", "340282366920938463463374607431768211456",
                             "-170141183460469231731687303715884105728", "99999999999999999999999999", "-2147483648"}) {
      CAPTURE(text);
      CHECK_EQ(BigInteger::from_bytes(big(text).to_bytes()).to_string(), text);
    }
  }
  TEST_CASE("a quotient times the divisor plus the remainder is the dividend") {
    uint64_t state = 7;
    auto next = [&state] { return state = state * 6364136223846793005u + 1442695040888963407u; };
    for (int i = 0; i < 2000; ++i) {
      BigInteger a(static_cast<int64_t>(next())), b(static_cast<int64_t>(next()));
      for (uint64_t n = next() >> 61; n > 0; --n) a = a * BigInteger(static_cast<int64_t>(next()));
      for (uint64_t n = next() >> 62; n > 0; --n) b = b * BigInteger(static_cast<int64_t>(next() >> (next() >> 58)));
      if (b.is_zero()) continue;
      const auto [quotient, remainder] = BigInteger::divide(a, b);
      CAPTURE(a.to_string());
      CAPTURE(b.to_string());
      CHECK_EQ((quotient * b + remainder).to_string(), a.to_string());
      CHECK((remainder.is_zero() || remainder.is_negative() == a.is_negative()));
      CHECK((remainder.is_negative() ? -remainder : remainder) < (b.is_negative() ? -b : b));
      CHECK_EQ(BigInteger::from_bytes(a.to_bytes()), a);
      CHECK_EQ(big(a.to_string()), a);
    }
  }
  TEST_CASE("what does not fit 64 bits says so") {
    CHECK_EQ(big("9223372036854775807").to_int64(), INT64_MAX);
    CHECK_EQ(big("-9223372036854775808").to_int64(), INT64_MIN);
    CHECK_FALSE(big("9223372036854775808").to_int64().has_value());
    CHECK_FALSE(BigInteger::parse("12x").has_value());
    CHECK_FALSE(BigInteger::parse("-").has_value());
  }
}
