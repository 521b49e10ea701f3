#include "core/cql/terms.h"

#include <doctest/doctest.h>

#include "tests/unit/cql/plan_fixture.h"

using namespace ringlet;
using namespace ringlet::cql;
using namespace ringlet::cql::testing;

namespace {

struct Prepared {
  Result<TermRef> term;
  std::vector<ResultColumn> binds;
};

Prepared prepare(const std::string& text, const std::string& type) {
  static const SchemaRef kSchema = make_schema();
  const auto parsed = parse_statement("INSERT INTO x (v) VALUES (" + text + ")");
  if (!parsed) return {fail(parsed.error()), {}};
  const PlanContext context{*kSchema, "ks"};
  BindMarkers binds(parsed->markers.size());
  TermContext terms{.plan = context, .binds = binds, .table = kSchema->table("ks", "k").get(), .keyspace = "ks"};
  auto term =
      prepare_term(std::get<Insert>(parsed->statement).values[0], {"ks", "x", "v", type_of(type, *kSchema)}, terms);
  return {std::move(term), std::move(binds).take()};
}

// The value as a literal, or what went wrong.
std::string value_of(const std::string& text, const std::string& type, const std::vector<BoundValue>& values = {}) {
  const Prepared prepared = prepare(text, type);
  if (!prepared.term) return prepared.term.error().detail;
  FixedContext context;
  const auto value = (*prepared.term)->evaluate({values, context});
  if (!value) return value.error().detail;
  if (value->is_null()) return "null";
  if (value->is_unset()) return "unset";
  if (const auto valid = validate(*(*prepared.term)->type(), value->bytes()); !valid)
    return "not valid: " + valid.error().detail;
  return to_literal(*(*prepared.term)->type(), value->bytes());
}

}  // namespace

TEST_SUITE("terms") {
  TEST_CASE("literals go where their kind may go, and nowhere else") {
    CHECK_EQ(value_of("'abc'", "int"), "Invalid STRING constant (abc) for \"v\" of type int");
    CHECK_EQ(value_of("1", "text"), "Invalid INTEGER constant (1) for \"v\" of type text");
    CHECK_EQ(value_of("1.5", "int"), "Invalid FLOAT constant (1.5) for \"v\" of type int");
    CHECK_EQ(value_of("true", "int"), "Invalid BOOLEAN constant (true) for \"v\" of type int");
    CHECK_EQ(value_of("0xcafe", "int"), "Invalid HEX constant (0xcafe) for \"v\" of type int");
    CHECK_EQ(value_of("'12345678-1234-1234-1234-123456789012'", "uuid"),
             "Invalid STRING constant (12345678-1234-1234-1234-123456789012) for \"v\" of type uuid");
    CHECK_EQ(value_of("1h", "int"), "Invalid DURATION constant (1h) for \"v\" of type int");
    for (const char* type : {"tinyint", "smallint", "int", "bigint", "varint", "decimal"})
      CHECK_EQ(value_of("-7", type), "-7");
    CHECK_EQ(value_of("7", "double"), "7.0");
    CHECK_EQ(value_of("128", "tinyint"), "Unable to make byte from '128'");
    CHECK_EQ(value_of("2147483648", "int"), "Unable to make int from '2147483648'");
    CHECK_EQ(value_of("null", "int"), "null");
    CHECK_EQ(value_of("0xCAFE", "blob"), "0xcafe");
    CHECK_EQ(value_of("'2024-01-02'", "date"), "'2024-01-02'");
    CHECK_EQ(value_of("'nonsense'", "timestamp"), "Unable to coerce 'nonsense' to a formatted date (long)");
    CHECK_EQ(value_of("'::1'", "inet"), value_of("'0:0:0:0:0:0:0:1'", "inet"));
    CHECK_EQ(value_of("NaN", "double"), "NaN");
    CHECK_EQ(value_of("1y2mo", "duration"), "1y2mo");
    CHECK_EQ(value_of("12345678-1234-4234-8234-123456789012", "timeuuid"),
             "Unable to make UUID from '12345678-1234-4234-8234-123456789012'");
  }
  TEST_CASE("collections are checked element by element, sets and maps come out sorted") {
    CHECK_EQ(value_of("[3, 1, 3]", "list<int>"), "[3, 1, 3]");
    CHECK_EQ(value_of("{3, 1, 3}", "set<int>"), "{1, 3}");
    CHECK_EQ(value_of("{'b': 1, 'a': 2, 'b': 3}", "map<text, int>"), "{'a': 2, 'b': 3}");
    CHECK_EQ(value_of("{}", "map<text, int>"), "{}");
    CHECK_EQ(value_of("{}", "set<int>"), "{}");
    CHECK_EQ(value_of("[1]", "int"), "Invalid list literal for v of type int");
    CHECK_EQ(value_of("{1}", "map<int, int>"), "Invalid set literal for v of type map<int, int>");
    CHECK_EQ(value_of("{1: 2}", "set<int>"), "Invalid map literal for v of type set<int>");
    CHECK_EQ(value_of("[1, 'a']", "list<int>"), "Invalid list literal for v: value 'a' is not of type int");
    CHECK_EQ(value_of("{'a': 'b'}", "map<text, int>"), "Invalid map literal for v: value 'b' is not of type int");
    CHECK_EQ(value_of("{1: 1}", "map<text, int>"), "Invalid map literal for v: key 1 is not of type text");
    CHECK_EQ(value_of("[null]", "list<int>"), "null is not supported inside collections");
    CHECK_EQ(value_of("[[1], [2, 3]]", "list<frozen<list<int>>>"), "[[1], [2, 3]]");
    CHECK_EQ(value_of("[?, 2]", "list<int>", bound({int_bytes(1)})), "[1, 2]");
    CHECK_EQ(value_of("[?]", "list<int>", {BoundValue{}}), "null is not supported inside collections");
    CHECK_EQ(value_of("[?]", "list<int>", {BoundValue{BoundValue::Kind::unset, {}}}),
             "unset value is not supported inside collections");
  }
  TEST_CASE("tuples, vectors and user types") {
    CHECK_EQ(value_of("(1, 'a')", "tuple<int, text>"), "(1, 'a')");
    CHECK_EQ(value_of("(1, null)", "tuple<int, text>"), "(1, null)");
    CHECK_EQ(value_of("(1, 'a', 2)", "tuple<int, text>"),
             "Invalid tuple literal for v: too many elements. Type frozen<tuple<int, text>> expects 2 but got 3");
    CHECK_EQ(value_of("(1, 2)", "tuple<int, text>"), "Invalid tuple literal for v: component 1 is not of type text");
    CHECK_EQ(value_of("(1)", "int"), "1");
    CHECK_EQ(value_of("(1, 2)", "int"), "Invalid tuple type literal for v of type int");
    CHECK_EQ(value_of("{f: 1, g: 'x'}", "u"), "{f: 1, g: 'x'}");
    CHECK_EQ(value_of("{g: 'x'}", "u"), "{f: null, g: 'x'}");
    CHECK_EQ(value_of("{h: 1}", "u"), "Unknown field 'h' in value of user defined type u");
    CHECK_EQ(value_of("{f: 'x'}", "u"), "Invalid user type literal for v: field f is not of type int");
    CHECK_EQ(value_of("{f: 1}", "int"), "Invalid user type literal for v of type int");
    CHECK_EQ(value_of("[1.0, 2.0]", "vector<float, 3>"),
             "Invalid vector literal for v of type vector<float, 3>; expected 3 elements, but given 2");
  }
  TEST_CASE("markers keep what is bound, and unsorted sets are sorted") {
    CHECK_EQ(value_of("?", "int", bound({int_bytes(7)})), "7");
    CHECK_EQ(value_of("?", "int", {BoundValue{}}), "null");
    CHECK_EQ(value_of("?", "int", {BoundValue{BoundValue::Kind::unset, {}}}), "unset");
    CHECK_EQ(value_of("?", "int", bound({"abc"})), "Expected 4 or 0 byte int (3)");
    Bytes set;
    ByteWriter out(set);
    for (const int32_t n : {3, 4, 9, 4, 1, 4, 9}) out.big<int32_t>(n);  // 3 elements: 9, 1, 9
    CHECK_EQ(value_of("?", "set<int>", bound({set})), "{1, 9}");
    CHECK_EQ(value_of("?", "int", {}), "Invalid amount of bind variables");
  }
  TEST_CASE("bind names of parts") {
    const auto names = [](const std::string& text, const std::string& type) {
      std::string all;
      for (const ResultColumn& bind : prepare(text, type).binds)
        all += (all.empty() ? "" : " | ") + bind.name + " " + to_cql(*bind.type);
      return all;
    };
    CHECK_EQ(names("?", "int"), "v int");
    CHECK_EQ(names(":Name", "int"), "name int");
    CHECK_EQ(names("{?: ?}", "map<text, int>"), "key(v) text | value(v) int");
    CHECK_EQ(names("[?]", "list<int>"), "value(v) int");
    CHECK_EQ(names("{f: ?}", "u"), "v.f int");
    CHECK_EQ(names("toTimestamp((timeuuid) ?)", "timestamp"), "arg0(system.totimestamp) timeuuid");
  }
  TEST_CASE("arithmetic takes the receiver's type where it may") {
    CHECK_EQ(value_of("1 + 2 * 3", "int"), "7");
    CHECK_EQ(value_of("1 + 2", "bigint"), "3");
    CHECK_EQ(value_of("1.5 + 1", "double"), "2.5");
    CHECK_EQ(value_of("-(1 + 2)", "int"), "-3");
    CHECK_EQ(value_of("1 / 0", "int"), "the operation 'int / int' failed: / by zero");
    CHECK_EQ(value_of("(int) ? + 1", "int", bound({int_bytes(41)})), "42");
    CHECK_EQ(value_of("? + 1", "int"),
             "Ambiguous '+' operation with args ? and 1: use type hint to disambiguate, example '(int) ?'");
    CHECK_EQ(value_of("'a' + 'b'", "text"), "'ab'");
    CHECK_EQ(value_of("'2024-01-31' + 1mo", "date"), "'2024-02-29'");
    CHECK_EQ(value_of("'2024-01-31' + 1h", "date"),
             "the operation 'date + duration' failed: The duration must have a day precision. Was: 1h");
  }
  TEST_CASE("functions are found by name and type") {
    CHECK_EQ(value_of("blobAsInt(0x00000007)", "int"), "7");
    CHECK_EQ(value_of("BLOBASINT(0x00000007)", "int"), "7");
    CHECK_EQ(value_of("system.blob_as_int(0x00000007)", "int"), "7");
    CHECK_EQ(value_of("now()", "int"),
             "Type error: cannot assign result of function system.now (type timeuuid) to v (type int)");
    CHECK_EQ(value_of("now(1)", "timeuuid"),
             "Invalid number of arguments in call to function system.now: 0 required but 1 provided");
    CHECK_EQ(value_of("nofn()", "int"), "Unknown function nofn called");
    CHECK_EQ(value_of("blobAsInt('x')", "int"),
             "Type error: 'x' cannot be passed as argument 0 of function system.blobasint of type blob");
    CHECK(value_of("toDate(1.5)", "date")
              .starts_with("Invalid call to function todate, none of its type signatures match"));
    CHECK_EQ(value_of("toUnixTimestamp(now())", "bigint"), "1700000000123");
    CHECK_EQ(value_of("currentDate()", "date"), "'2023-11-14'");
    CHECK_EQ(value_of("fromJson('[1, 2]')", "list<int>"), "[1, 2]");
    CHECK_EQ(value_of("token(1)", "bigint"), "-4069959284402364209");
    CHECK_EQ(value_of("blobAsInt(null)", "int"), "null");
  }
  TEST_CASE("what needs neither values nor time is folded once") {
    CHECK((*prepare("[1, 2 + 3]", "list<int>").term)->is_constant());
    CHECK((*prepare("blobAsInt(0x00000007)", "int").term)->is_constant());
    CHECK_FALSE((*prepare("now()", "timeuuid").term)->is_constant());
    CHECK_FALSE((*prepare("[?]", "list<int>").term)->is_constant());
    CHECK_EQ((*prepare("?", "int").term)->marker(), 0);
  }
  TEST_CASE("calls nested as deep as the parser allows are still resolved at once") {
    const auto nested = [](const std::string& open, const std::string& inner, const std::string& close) {
      std::string text = inner;
      for (int i = 0; i < 25; ++i) text = open + text + close;
      return text;
    };
    CHECK_EQ(value_of(nested("abs(", "-1", ")"), "int"), "1");
    CHECK_NE(value_of(nested("abs(1 + ", "1", ")"), "int"), "");
    CHECK_NE(value_of(nested("fromJson(", "1", ")"), "int"), "");
    CHECK_NE(value_of(nested("collection_count([", "1", "])"), "int"), "");
    CHECK_NE(value_of(nested("abs(fromJson(", "'1'", "))"), "int"), "");
  }
  TEST_CASE("each now() is another uuid") {
    CHECK_NE(value_of("[now(), now()]", "list<timeuuid>"), "");
    const Prepared prepared = prepare("now()", "timeuuid");
    FixedContext context;
    const auto first = (*prepared.term)->evaluate({{}, context}), second = (*prepared.term)->evaluate({{}, context});
    CHECK_NE(first->bytes(), second->bytes());
  }
}

TEST_SUITE("type_resolver") {
  TEST_CASE("types may stand only where Cassandra lets them") {
    const SchemaRef schema = make_schema();
    const auto resolved = [&](const std::string& text) {
      const auto type = resolve_type(*parse_type(text), *schema, "ks");
      return type ? to_cql(**type) : type.error().detail;
    };
    CHECK_EQ(resolved("varchar"), "text");
    CHECK_EQ(resolved("MAP<text, frozen<list<int>>>"), "map<text, frozen<list<int>>>");
    CHECK_EQ(resolved("frozen<map<text, list<int>>>"), resolved("frozen<map<text, frozen<list<int>>>>"));
    CHECK_EQ(resolved("tuple<int, list<text>>"), "frozen<tuple<int, frozen<list<text>>>>");
    CHECK_EQ(resolved("u"), "u");
    CHECK_EQ(resolved("nothing"), "Unknown type ks.nothing");
    CHECK_EQ(resolved("other.u"),
             "Statement on keyspace ks cannot refer to a user type in keyspace other; user types can only be used in "
             "the keyspace they are defined in");
    CHECK_EQ(resolved("list<list<int>>"), "Non-frozen collections are not allowed inside collections: list<list<int>>");
    CHECK_EQ(resolved("list<u>"), "Non-frozen UDTs are not allowed inside collections: list<u>");
    CHECK_EQ(resolved("list<frozen<u>>"), "list<frozen<u>>");
    CHECK_EQ(resolved("list<counter>"), "Counters are not allowed inside collections: list<counter>");
    CHECK_EQ(resolved("map<duration, int>"), "Durations are not allowed as map keys: map<duration, int>");
    CHECK_EQ(resolved("set<duration>"), "Durations are not allowed inside sets: set<duration>");
    CHECK_EQ(resolved("frozen<int>"),
             "frozen<> is only allowed on collections, tuples, and user-defined types (got int)");
    CHECK_EQ(resolved("vector<float, 3>"), "vector<float, 3>");
    CHECK_EQ(resolved("'org.apache.cassandra.db.marshal.Int32Type'"), "int");
  }
}
