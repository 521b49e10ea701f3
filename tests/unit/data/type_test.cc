#include "core/data/type.h"

#include <doctest/doctest.h>

#include "tests/unit/data/random_values.h"

using namespace ringlet;
using namespace ringlet::testing;

namespace {

TypeRef of(TypeKind kind) { return native_type(kind); }
const std::string kMarshal = "org.apache.cassandra.db.marshal.";

}  // namespace

TEST_SUITE("type") {
  TEST_CASE("types are shown as system_schema shows them") {
    const TypeRef integer = of(TypeKind::int_), text = of(TypeKind::text);
    CHECK_EQ(to_cql(*text), "text");
    CHECK_EQ(to_cql(*map_type(text, integer, false)), "map<text, int>");
    CHECK_EQ(to_cql(*list_type(integer, true)), "frozen<list<int>>");
    CHECK_EQ(to_cql(*set_type(list_type(integer, true), false)), "set<frozen<list<int>>>");
    CHECK_EQ(to_cql(*tuple_type({integer, text})), "frozen<tuple<int, text>>");
    CHECK_EQ(to_cql(*vector_type(of(TypeKind::float_), 3)), "vector<float, 3>");
    CHECK_EQ(to_cql(*user_type("ks", "address", {"zip"}, {integer}, false)), "address");
    CHECK_EQ(to_cql(*user_type("ks", "Addr", {"zip"}, {integer}, true)), "frozen<\"Addr\">");
    CHECK_EQ(to_cql(*user_type("ks", "select", {"zip"}, {integer}, false)), "\"select\"");
  }
  TEST_CASE("Java's class names are what drivers parse") {
    const TypeRef integer = of(TypeKind::int_), text = of(TypeKind::text);
    CHECK_EQ(to_java_class(*of(TypeKind::duration)), kMarshal + "DurationType");
    CHECK_EQ(to_java_class(*vector_type(of(TypeKind::float_), 3)),
             kMarshal + "VectorType(" + kMarshal + "FloatType , 3)");
    CHECK_EQ(to_java_class(*map_type(text, integer, false)),
             kMarshal + "MapType(" + kMarshal + "UTF8Type," + kMarshal + "Int32Type)");
    CHECK_EQ(to_java_class(*list_type(list_type(integer, true), true)),
             kMarshal + "FrozenType(" + kMarshal + "ListType(" + kMarshal + "ListType(" + kMarshal + "Int32Type)))");
    CHECK_EQ(to_java_class(*tuple_type({integer, text})),
             kMarshal + "TupleType(" + kMarshal + "Int32Type," + kMarshal + "UTF8Type)");
    CHECK_EQ(to_java_class(*user_type("ks", "point", {"x"}, {integer}, false)),
             kMarshal + "UserType(ks,706f696e74,78:" + kMarshal + "Int32Type)");
  }
  TEST_CASE("freezing a type freezes what is in it, thawing only its outermost layer") {
    const TypeRef nested = map_type(of(TypeKind::int_), list_type(of(TypeKind::int_), false), false);
    CHECK(nested->is_multi_cell());
    const TypeRef frozen = frozen_type(nested);
    CHECK_EQ(to_cql(*frozen), "frozen<map<int, frozen<list<int>>>>");
    CHECK_EQ(to_cql(*unfrozen_type(frozen)), "map<int, frozen<list<int>>>");
    CHECK(same_type(*frozen, *frozen_type(unfrozen_type(frozen))));
    CHECK_FALSE(same_type(*frozen, *nested));
    CHECK(frozen_type(of(TypeKind::int_)) == of(TypeKind::int_));
  }
  TEST_CASE("the names of native types are known, varchar is text") {
    CHECK(native_kind("varchar") == TypeKind::text);
    CHECK(native_kind("smallint") == TypeKind::smallint);
    CHECK_FALSE(native_kind("list").has_value());
    CHECK_FALSE(native_kind("Int").has_value());
  }
  TEST_CASE("random types survive encode then decode, and no damage does worse than corrupt") {
    for (const uint64_t seed : kSeeds) {
      CAPTURE(seed);
      Dice dice{seed};
      for (int i = 0; i < 50; ++i) {
        const TypeRef type = chance(dice, 50) ? unfrozen_type(random_type(dice, 3)) : random_type(dice, 3);
        Bytes bytes;
        ByteWriter out{bytes};
        encode_type(*type, out);
        ByteReader in{bytes};
        const Result<TypeRef> back = decode_type(in);
        REQUIRE(back.has_value());
        CHECK(in.done());
        CHECK(same_type(**back, *type));
        for (size_t n = 0; n < bytes.size(); ++n) {
          const std::vector<char> cut(bytes.begin(), bytes.begin() + static_cast<long>(n));
          ByteReader shorter{{cut.data(), cut.size()}};
          CHECK_FALSE(decode_type(shorter).has_value());
          Bytes changed = bytes;
          changed[n] = static_cast<char>(changed[n] ^ (1 << roll(dice, 8)));
          ByteReader other{changed};
          if (const Result<TypeRef> result = decode_type(other); !result) CHECK(result.error().code == Errc::corrupt);
        }
      }
    }
  }
  TEST_CASE("a type nested without end is refused, not followed") {
    const Bytes deep(100000, static_cast<char>(TypeKind::list));
    ByteReader reader{deep};
    CHECK_FALSE(decode_type(reader).has_value());
  }
}
