#include <doctest/doctest.h>

#include <algorithm>

#include "core/data/value.h"
#include "tests/unit/data/random_values.h"

using namespace ringlet;
using namespace ringlet::testing;

namespace {

Bytes ordered(const Type& type, BytesView value, bool descending = false) {
  Bytes out;
  append_ordered(type, value, descending, out);
  return out;
}

int sign(std::strong_ordering order) { return order < 0 ? -1 : order > 0 ? 1 : 0; }

// Every pair of `values`, which are given in rising order.
void check_rises(TypeKind kind, const std::vector<Bytes>& values) {
  const TypeRef type = native_type(kind);
  for (size_t i = 0; i < values.size(); ++i) {
    for (size_t j = 0; j < values.size(); ++j) {
      CAPTURE(i);
      CAPTURE(j);
      CHECK_EQ(sign(compare_values(*type, values[i], values[j])), sign(i <=> j));
      CHECK_EQ(sign(ordered(*type, values[i]) <=> ordered(*type, values[j])), sign(i <=> j));
    }
  }
}

Bytes double_bytes(double v) { return big_bytes(std::bit_cast<uint64_t>(v)); }

// A random type, a handful of its values: the ordered form against compare_values, both directions.
void check_random_pairs(const Type& type, Dice& dice) {
  CAPTURE(to_cql(type));
  std::vector<Bytes> values;
  for (int i = 0; i < 8; ++i) values.push_back(normalize(type, random_value(dice, type)));
  for (const Bytes& a : values) {
    REQUIRE(validate(type, a).has_value());
    for (const Bytes& b : values) {
      CAPTURE(to_hex(a));
      CAPTURE(to_hex(b));
      const int order = sign(compare_values(type, a, b));
      CHECK_EQ(order, -sign(compare_values(type, b, a)));
      CHECK_EQ(order, sign(ordered(type, a) <=> ordered(type, b)));
      CHECK_EQ(order, -sign(ordered(type, a, true) <=> ordered(type, b, true)));
      if (order != 0) {
        CHECK_FALSE(ordered(type, a).starts_with(ordered(type, b)));
        CHECK_FALSE(ordered(type, a, true).starts_with(ordered(type, b, true)));
      }
    }
  }
}

void check_reads_back(const Type& type, BytesView value, bool descending) {
  CAPTURE(to_cql(type));
  CAPTURE(to_hex(value));
  const Bytes form = ordered(type, value, descending) + "tail";
  ByteReader in{form};
  const Result<Bytes> back = read_ordered(type, descending, in);
  REQUIRE(back.has_value());
  CHECK_EQ(in.rest(), "tail");
  CHECK(compare_values(type, *back, value) == 0);
  CHECK(validate(type, *back).has_value());
  CHECK_EQ(*back == value, round_trips(type, value));
  CHECK(round_trips(type, *back));
}

}  // namespace

TEST_SUITE("value_order") {
  TEST_CASE("numbers are in numeric order, and empty values come first") {
    check_rises(TypeKind::int_,
                {"", big_bytes(INT32_MIN), big_bytes(-1), big_bytes(0), big_bytes(1), big_bytes(INT32_MAX)});
    check_rises(TypeKind::tinyint, {"\x80", "\xFF", Bytes(1, 0), "\x7F"});
    check_rises(TypeKind::date, {big_bytes(0u), big_bytes(1u << 31), big_bytes(UINT32_MAX)});
    check_rises(TypeKind::varint, {"", "\x80\x01", "\xFF\x7F", "\x80", "\xFF", Bytes(1, 0), "\x7F",
                                   Bytes("\x00\x80", 2), "\x01" + Bytes(20, 0)});
  }
  TEST_CASE("doubles follow Java: -0.0 below 0.0 and NaN above infinity") {
    check_rises(TypeKind::double_,
                {"", double_bytes(-INFINITY), double_bytes(-1), double_bytes(-0.0), double_bytes(0.0),
                 double_bytes(5e-324), double_bytes(1), double_bytes(INFINITY), double_bytes(NAN)});
  }
  TEST_CASE("decimals are ordered by value, however they are scaled") {
    const TypeRef decimal = native_type(TypeKind::decimal);
    const Bytes one = big_bytes(0) + "\x01", one_with_zero = big_bytes(1) + "\x0A",
                huge = big_bytes(INT32_MIN) + "\x01", tiny = big_bytes(INT32_MAX) + "\x01";
    CHECK(compare_values(*decimal, one, one_with_zero) == 0);
    CHECK_EQ(ordered(*decimal, one), ordered(*decimal, one_with_zero));
    check_rises(TypeKind::decimal, {"", big_bytes(INT32_MIN) + "\xFF", big_bytes(0) + "\xFF", big_bytes(1) + "\xFF",
                                    big_bytes(5) + Bytes(1, 0), tiny, big_bytes(1) + "\x09", one, big_bytes(1) + "\x0B",
                                    big_bytes(-1) + "\x01", huge});
  }
  TEST_CASE("uuids: by version, version 1 by time; timeuuids: by time, then signed bytes") {
    const auto bytes_of = [](const char* text) { return Bytes(parse_uuid(text)->bytes()); };
    check_rises(TypeKind::uuid,
                {bytes_of("ffffffff-0000-1000-8000-000000000000"), bytes_of("00000000-0001-1000-8000-000000000000"),
                 bytes_of("00000000-0000-4000-8000-000000000000"), bytes_of("ffffffff-0000-4000-8000-000000000000")});
    check_rises(TypeKind::timeuuid,
                {bytes_of("00000001-0000-1000-8000-000000000000"), bytes_of("00000001-0000-1000-ff00-000000000000"),
                 bytes_of("00000001-0000-1000-0000-000000000000"), bytes_of("00000001-0000-1000-7f00-000000000080"),
                 bytes_of("00000001-0000-1000-7f00-000000000000"), bytes_of("00000000-0001-1000-8000-000000000000")});
  }
  TEST_CASE("texts and addresses are ordered by their bytes, and zero bytes inside do not confuse it") {
    check_rises(TypeKind::blob,
                {"", Bytes(1, 0), Bytes(2, 0), Bytes("\x00\x01", 2), Bytes("\x00\xFF", 2), "\x01", "\xFF", "\xFF\xFF"});
    check_rises(TypeKind::inet, {"", Bytes("\x01\x02\x03\x04", 4),
                                 Bytes("\x01\x02\x03\x04\0\0\0\0\0\0\0\0\0\0\0\0", 16), Bytes("\x01\x02\x03\x05", 4)});
  }
  TEST_CASE("the ordered form of random values of random types orders as compare_values does, and is prefix-free") {
    for (const uint64_t seed : kSeeds) {
      CAPTURE(seed);
      Dice dice{seed};
      for (const TypeKind kind : kNativeKinds) {
        for (int i = 0; i < 5; ++i) check_random_pairs(*native_type(kind), dice);
      }
      for (int i = 0; i < 100; ++i) check_random_pairs(*random_type(dice, 3), dice);
    }
  }
  TEST_CASE("the ordered form reads back as an equal value, and as the same bytes where round_trips says so") {
    for (const uint64_t seed : kSeeds) {
      CAPTURE(seed);
      Dice dice{seed};
      for (int i = 0; i < 400; ++i) {
        const TypeRef type = random_type(dice, 2);
        const Bytes value = normalize(*type, random_value(dice, *type));
        check_reads_back(*type, value, false);
        check_reads_back(*type, value, true);
      }
    }
  }
  TEST_CASE("a form never begins with 0x00 or 0xFF, in either direction") {
    Dice dice{1};
    for (int i = 0; i < 500; ++i) {
      const TypeRef type = random_type(dice, 2);
      const Bytes value = normalize(*type, random_value(dice, *type));
      for (const bool descending : {false, true}) {
        const auto first = static_cast<uint8_t>(ordered(*type, value, descending)[0]);
        CHECK(first != 0);
        CHECK(first != 0xFF);
      }
    }
  }
  TEST_CASE("a damaged form is corrupt or another value, never a read outside") {
    for (const uint64_t seed : kSeeds) {
      CAPTURE(seed);
      Dice dice{seed};
      for (int i = 0; i < 100; ++i) {
        const TypeRef type = random_type(dice, 2);
        const bool descending = chance(dice, 50);
        const Bytes form = ordered(*type, normalize(*type, random_value(dice, *type)), descending);
        for (size_t n = 0; n < form.size(); ++n) {
          const std::vector<char> cut(form.begin(), form.begin() + static_cast<long>(n));
          ByteReader shorter{{cut.data(), cut.size()}};
          CHECK_FALSE(read_ordered(*type, descending, shorter).has_value());
          Bytes changed = form;
          changed[n] = static_cast<char>(changed[n] ^ (1 << roll(dice, 8)));
          ByteReader in{changed};
          if (const Result<Bytes> other = read_ordered(*type, descending, in); !other)
            CHECK(other.error().code == Errc::corrupt);
        }
      }
    }
  }
  TEST_CASE("a tuple whose null is written as a length below -1 does not round-trip, and says so") {
    const TypeRef tuple = tuple_type({native_type(TypeKind::int_)});
    const Bytes canonical = big_bytes(int32_t{-1}), odd = big_bytes(int32_t{-210});
    CHECK(round_trips(*tuple, canonical));
    CHECK_FALSE(round_trips(*tuple, odd));
    CHECK_EQ(ordered(*tuple, canonical), ordered(*tuple, odd));
  }
  TEST_CASE("a field added to a user type later changes neither order nor key of what is stored") {
    const TypeRef text = native_type(TypeKind::text);
    const TypeRef before = user_type("ks", "t", {"a"}, {text}, true),
                  after = user_type("ks", "t", {"a", "b"}, {text, text}, true);
    const Bytes value = join_elements(*before, {BytesView("x")});
    CHECK_EQ(ordered(*before, value), ordered(*after, value));
    CHECK(compare_values(*after, value, join_elements(*after, {BytesView("x"), std::nullopt})) == 0);
  }
}
