#include "core/data/value.h"

#include <doctest/doctest.h>

#include "tests/unit/data/random_values.h"

using namespace ringlet;
using namespace ringlet::testing;

namespace {

std::string refusal(const Type& type, BytesView bytes) {
  const Status status = validate(type, bytes);
  if (status) return "";
  CHECK(status.error().code == Errc::invalid);
  return status.error().detail;
}
std::string refusal(TypeKind kind, BytesView bytes) { return refusal(*native_type(kind), bytes); }

TypeRef of(TypeKind kind) { return native_type(kind); }
Bytes joined(const Type& type, std::vector<std::optional<BytesView>> parts) { return join_elements(type, parts); }

}  // namespace

TEST_SUITE("value") {
  TEST_CASE("bytes of the wrong size are refused with Cassandra's words") {
    CHECK_EQ(refusal(TypeKind::int_, Bytes(8, 0)), "Expected 4 or 0 byte int (8)");
    CHECK_EQ(refusal(TypeKind::bigint, Bytes(4, 0)), "Expected 8 or 0 byte long (4)");
    CHECK_EQ(refusal(TypeKind::text, "\xC0\x80"), "String didn't validate.");
    CHECK_EQ(refusal(TypeKind::tinyint, ""), "Expected 1 byte for a tinyint (0)");
    CHECK_EQ(refusal(TypeKind::boolean, "ab"), "Expected 1 or 0 byte value (2)");
    CHECK_EQ(refusal(TypeKind::uuid, "ab"), "UUID should be 16 or 0 bytes (2)");
    CHECK_EQ(refusal(TypeKind::timeuuid, random_uuid(1, 2).bytes()), "Invalid version for TimeUUID type.");
    CHECK_EQ(refusal(TypeKind::ascii, "\xC3\xA9"), "Invalid byte for ascii: -61");
    CHECK_EQ(refusal(TypeKind::inet, "abc"), "Expected 4 or 16 byte inetaddress; got 616263");
    CHECK_EQ(refusal(TypeKind::time, big_bytes(int64_t{86400000000000})), "Input long out of bounds: 86400000000000");
    CHECK_EQ(refusal(TypeKind::decimal, "1234"), "Expected 0 or at least 5 bytes (4)");
    CHECK_NE(refusal(TypeKind::varint, Bytes(5000, 1)), "");
    for (const TypeKind kind : {TypeKind::int_, TypeKind::double_, TypeKind::timestamp, TypeKind::inet, TypeKind::text})
      CHECK_EQ(refusal(kind, ""), "");
  }
  TEST_CASE("a duration's parts have one sign and fit their sizes") {
    const auto duration = [](int64_t months, int64_t days, int64_t nanos) {
      Bytes bytes;
      ByteWriter out{bytes};
      for (const int64_t part : {months, days, nanos}) out.signed_vint(part);
      return bytes;
    };
    CHECK_EQ(refusal(TypeKind::duration, duration(1, 2, 3)), "");
    CHECK_EQ(refusal(TypeKind::duration, duration(-1, 0, -3)), "");
    CHECK_EQ(refusal(TypeKind::duration, duration(1, -2, 3)),
             "The duration months, days and nanoseconds must be all of the same sign (1, -2, 3)");
    CHECK_EQ(refusal(TypeKind::duration, duration(int64_t{1} << 31, 0, 0)),
             "The duration months must be a 32 bits integer but was: 2147483648");
    CHECK_NE(refusal(TypeKind::duration, duration(1, 2, 3) + "x"), "");
  }
  TEST_CASE("elements are checked, and nulls inside collections are refused") {
    const TypeRef list = list_type(of(TypeKind::int_), true),
                  map = map_type(of(TypeKind::text), of(TypeKind::int_), true);
    CHECK_EQ(refusal(*list, joined(*list, {BytesView("abcd"), BytesView("abc")})), "Expected 4 or 0 byte int (3)");
    CHECK_EQ(refusal(*list, joined(*list, {std::nullopt})), "null is not supported inside collections");
    CHECK_EQ(refusal(*list, ""), "Not enough bytes to read a list");
    CHECK_EQ(refusal(*map, joined(*map, {BytesView("k"), BytesView("abcd")}) + "x"),
             "Unexpected extraneous bytes after map value");
    CHECK_EQ(refusal(*list, Bytes("\x7F\xFF\xFF\xFF", 4)),
             "Not enough bytes to read a list");  // and no allocation of that size
  }
  TEST_CASE("tuples and user types may lack trailing fields but have none too many") {
    const TypeRef tuple = tuple_type({of(TypeKind::int_), of(TypeKind::text)});
    CHECK_EQ(refusal(*tuple, joined(*tuple, {BytesView("abcd")})), "");
    CHECK_EQ(refusal(*tuple, joined(*tuple, {std::nullopt, std::nullopt})), "");
    CHECK_EQ(refusal(*tuple, joined(*tuple, {std::nullopt, std::nullopt, std::nullopt})),
             "Invalid remaining data after end of tuple value");
    CHECK_EQ(split_elements(*tuple, joined(*tuple, {BytesView("abcd")}))->size(), 2);
  }
  TEST_CASE("a vector has its dimension's elements, and those of one size touch") {
    const TypeRef floats = vector_type(of(TypeKind::float_), 3), texts = vector_type(of(TypeKind::text), 2);
    CHECK_EQ(refusal(*floats, Bytes(12, 0)), "");
    CHECK_EQ(refusal(*floats, Bytes(8, 0)), "Not enough bytes to read a vector<float, 3>");
    CHECK_EQ(refusal(*floats, Bytes(16, 0)), "Unexpected extraneous bytes after vector<float, 3> value");
    CHECK_EQ(joined(*texts, {BytesView("ab"), BytesView("")}), BytesView("\x02"
                                                                         "ab\x00",
                                                                         4));
  }
  TEST_CASE("sets and map keys are stored sorted and without doubles") {
    const TypeRef set = set_type(of(TypeKind::int_), true),
                  map = map_type(of(TypeKind::text), of(TypeKind::text), true);
    const Bytes one = big_bytes(1), two = big_bytes(2), minus = big_bytes(-1);
    CHECK_EQ(normalize(*set, joined(*set, {two, one, two, minus})), joined(*set, {minus, one, two}));
    CHECK_EQ(normalize(*map, joined(*map, {BytesView("b"), BytesView("1"), BytesView("a"), BytesView("2"),
                                           BytesView("b"), BytesView("3")})),
             joined(*map, {BytesView("a"), BytesView("2"), BytesView("b"), BytesView("3")}));
    const TypeRef nested = list_type(set, true);
    CHECK_EQ(normalize(*nested, joined(*nested, {joined(*set, {two, one})})),
             joined(*nested, {joined(*set, {one, two})}));
  }
  TEST_CASE("normalizing twice changes nothing more, and any damaged value is refused or valid") {
    for (const uint64_t seed : kSeeds) {
      CAPTURE(seed);
      Dice dice{seed};
      for (int i = 0; i < 100; ++i) {
        const TypeRef type = random_type(dice, 3);
        const Bytes value = normalize(*type, random_value(dice, *type));
        CHECK_EQ(normalize(*type, value), value);
        for (size_t n = 0; n < value.size(); ++n) {
          const std::vector<char> cut(value.begin(), value.begin() + static_cast<long>(n));
          Bytes changed = value;
          changed[n] = static_cast<char>(changed[n] ^ (1 << roll(dice, 8)));
          for (const BytesView view : {BytesView{cut.data(), cut.size()}, BytesView{changed}}) {
            if (validate(*type, view)) to_literal(*type, normalize(*type, view));
          }
        }
      }
    }
  }
  TEST_CASE("literals read back as the same value") {
    const TypeRef text = of(TypeKind::text), integer = of(TypeKind::int_);
    CHECK_EQ(to_literal(*text, "it's"), "'it''s'");
    CHECK_EQ(to_literal(*of(TypeKind::blob), "\xCA\xFE"), "0xcafe");
    CHECK_EQ(to_literal(*of(TypeKind::timestamp), big_bytes(int64_t{1704164645678})), "'2024-01-02 03:04:05.678+0000'");
    CHECK_EQ(to_literal(*of(TypeKind::timestamp), big_bytes(INT64_MAX)), "9223372036854775807");
    CHECK_EQ(to_literal(*of(TypeKind::date), big_bytes(uint32_t{1} << 31)), "'1970-01-01'");
    CHECK_EQ(to_literal(*of(TypeKind::time), big_bytes(int64_t{1})), "'00:00:00.000000001'");
    CHECK_EQ(to_literal(*of(TypeKind::duration), Bytes(3, 0)), "0s");
    CHECK_EQ(to_literal(*integer, ""), "blob_as_int(0x)");
    const TypeRef map = map_type(text, integer, true), tuple = tuple_type({integer, text});
    CHECK_EQ(to_literal(*map, joined(*map, {BytesView("a"), big_bytes(1), BytesView("b"), big_bytes(-2)})),
             "{'a': 1, 'b': -2}");
    CHECK_EQ(to_literal(*tuple, joined(*tuple, {big_bytes(7)})), "(7, null)");
    const TypeRef point = user_type("ks", "point", {"x", "Y"}, {integer, text}, true);
    CHECK_EQ(to_literal(*point, joined(*point, {std::nullopt, BytesView("z")})), "{x: null, \"Y\": 'z'}");
    const TypeRef set = set_type(integer, true);
    CHECK_EQ(to_literal(*set, joined(*set, {})), "{}");
  }
}
