#include "tests/unit/cql/parse_helpers.h"

using namespace ringlet;
using namespace ringlet::cql;

TEST_SUITE("cql terms") {
  TEST_CASE("literals keep their kind and their text") {
    const struct {
      const char* text;
      Literal::Kind kind;
      const char* content;
    } cases[] = {
        {"'it''s'", Literal::Kind::string, "it's"},
        {"$$a'b$$", Literal::Kind::string, "a'b"},
        {"''", Literal::Kind::string, ""},
        {"42", Literal::Kind::integer, "42"},
        {"-42", Literal::Kind::integer, "-42"},
        {"170141183460469231731687303715884105728", Literal::Kind::integer, "170141183460469231731687303715884105728"},
        {"1.5e3", Literal::Kind::floating, "1.5e3"},
        {"-1.5", Literal::Kind::floating, "-1.5"},
        {"nan", Literal::Kind::floating, "NaN"},
        {"-NaN", Literal::Kind::floating, "-NaN"},
        {"Infinity", Literal::Kind::floating, "Infinity"},
        {"-infinity", Literal::Kind::floating, "-Infinity"},
        {"TRUE", Literal::Kind::boolean, "true"},
        {"false", Literal::Kind::boolean, "false"},
        {"NULL", Literal::Kind::null, ""},
        {"0xCAfe", Literal::Kind::blob, "CAfe"},
        {"0x", Literal::Kind::blob, ""},
        {"0xabc", Literal::Kind::blob, "abc"},
        {"550e8400-e29b-41d4-a716-446655440000", Literal::Kind::uuid, "550e8400-e29b-41d4-a716-446655440000"},
        {"1h30m", Literal::Kind::duration, "1h30m"},
        {"-2mo", Literal::Kind::duration, "-2mo"},
        {"-P1Y", Literal::Kind::duration, "-P1Y"},
        {"P0001-02-03T04:05:06", Literal::Kind::duration, "P0001-02-03T04:05:06"},
    };
    for (const auto& expected : cases) {
      const Literal literal = literal_of(expected.text);
      CAPTURE(expected.text);
      CHECK_EQ(literal.kind, expected.kind);
      CHECK_EQ(literal.text, expected.content);
    }
  }
  TEST_CASE("collections, tuples and user types are told apart by their brackets") {
    CHECK(std::holds_alternative<ListLiteral>(term_of("[]").node));
    CHECK_EQ(std::get<ListLiteral>(term_of("[1, 2, 3]").node).elements.size(), 3);
    CHECK_EQ(std::get<SetLiteral>(term_of("{}").node).elements.size(), 0);
    CHECK_EQ(std::get<SetLiteral>(term_of("{1}").node).elements.size(), 1);
    CHECK_EQ(std::get<MapLiteral>(term_of("{1: 'a', 2: 'b'}").node).entries.size(), 2);
    CHECK_EQ(std::get<TupleLiteral>(term_of("(1, 'a')").node).elements.size(), 2);
    CHECK_EQ(std::get<TupleLiteral>(term_of("(1)").node).elements.size(), 1);
    const auto user_type = std::get<UserTypeLiteral>(term_of("{street: 'x', \"Zip\": 1, list: [1]}").node);
    REQUIRE_EQ(user_type.fields.size(), 3);
    CHECK_EQ(user_type.fields[0].name, "street");
    CHECK_EQ(user_type.fields[1].name, "Zip");
    CHECK_EQ(user_type.fields[2].name, "list");
    CHECK(std::holds_alternative<MapLiteral>(term_of("{now(): 1}").node));
    CHECK(std::holds_alternative<MapLiteral>(term_of("{('a', 1): 1}").node));
    CHECK(std::holds_alternative<SetLiteral>(term_of("{('a', 1)}").node));
  }
  TEST_CASE("functions, with and without a keyspace") {
    const auto call = std::get<FunctionCall>(term_of("toTimestamp(now())").node);
    CHECK_EQ(call.name.name, "totimestamp");
    CHECK_FALSE(call.name.keyspace);
    REQUIRE_EQ(call.arguments.size(), 1);
    CHECK(std::holds_alternative<FunctionCall>(call.arguments[0].node));
    CHECK_EQ(std::get<FunctionCall>(term_of("ks.\"F\"(1, 'a')").node).name.name, "F");
    CHECK_EQ(std::get<FunctionCall>(term_of("token(1, 2)").node).arguments.size(), 2);
    CHECK_EQ(std::get<FunctionCall>(term_of("timestamp(1)").node).name.name, "timestamp");
  }
  TEST_CASE("type hints stand before one operand, and are no tuples") {
    const auto hint = std::get<TypeHint>(term_of("(int)1").node);
    CHECK_EQ(hint.type->name, "int");
    CHECK_EQ(to_cql(std::get<TypeHint>(term_of("(list<int>)[1]").node).type.operator*()), "list<int>");
    CHECK(std::holds_alternative<TypeHint>(term_of("(ks.my_type){a: 1}").node));
    CHECK(std::holds_alternative<TypeHint>(term_of("(int)-1").node));
    CHECK(std::holds_alternative<TypeHint>(term_of("(text)now()").node));
    CHECK(std::holds_alternative<TypeHint>(term_of("(int)(bigint)1").node));
    CHECK(std::holds_alternative<TupleLiteral>(term_of("('a')").node));
    CHECK(std::holds_alternative<TupleLiteral>(term_of("('a', 'b')").node));
    CHECK(std::holds_alternative<TupleLiteral>(term_of("(now())").node));
    CHECK(std::holds_alternative<TupleLiteral>(term_of("(ks.f(1))").node));
    CHECK(std::holds_alternative<Arithmetic>(term_of("(int)1 + 2").node));
  }
  TEST_CASE("arithmetic binds as usual and to the left") {
    const auto sum = std::get<Arithmetic>(term_of("1 - 2 * 3 - 4").node);
    CHECK_EQ(sum.op, ArithmeticOperator::subtract);
    CHECK_EQ(to_cql(*sum.left), "1 - 2 * 3");
    CHECK_EQ(to_cql(*sum.right), "4");
    CHECK_EQ(to_cql(*std::get<Arithmetic>(term_of("8 / 4 % 3").node).left), "8 / 4");
    CHECK(std::holds_alternative<Cast>(term_of("CAST(1 AS text)").node));
    CHECK(std::holds_alternative<Negation>(term_of("-now()").node));
  }
  TEST_CASE("a minus is the sign of a number only where an operand is due") {
    CHECK_EQ(to_cql(*std::get<Arithmetic>(term_of("1-3").node).right), "3");
    CHECK_EQ(to_cql(*std::get<Arithmetic>(term_of("1 -3").node).right), "3");
    CHECK_EQ(to_cql(*std::get<Arithmetic>(term_of("1 - -3").node).right), "-3");
    CHECK(std::holds_alternative<Negation>(term_of("- 3").node));
  }
  TEST_CASE("bind markers are no values by themselves") {
    CHECK_FALSE(parse_term("?").has_value());
    CHECK_FALSE(parse_term("[1, :a]").has_value());
  }
  TEST_CASE("what is no term is a syntax error") {
    for (const char* text : {"",   "a",   "a.b", "(",  "()",    "[1,]",       "{1:}",   "{1: 2, 3}", "{a: 1, 2: 3}",
                             "f(", "1 +", "1 2", "'a", "(int)", "cast(1 as)", "select", "#",         "1;",
                             "- ", "{",   "[",   "{,}"}) {
      const auto result = parse_term(text);
      CAPTURE(text);
      REQUIRE_FALSE(result.has_value());
      CHECK_EQ(result.error().code, Errc::syntax);
      CHECK(result.error().detail.starts_with("line "));
    }
  }
}

TEST_SUITE("cql types") {
  TEST_CASE("a type's name is read back as it was written") {
    for (const char* text :
         {"int", "timestamp", "list<int>", "frozen<map<text, list<int>>>", "tuple<int, text, frozen<set<uuid>>>",
          "vector<float, 3>", "ks.address", "\"Address\"", "\"int\"", "\"Ks\".\"T\"", "'org.example.MyType'",
          "set<frozen<tuple<int, 'a.B'>>>", "frozen<address>", "date", "list", "map<date, time>"}) {
      const auto type = parse_type(text);
      CAPTURE(text);
      REQUIRE(type.has_value());
      CHECK_EQ(to_cql(*type), text);
    }
  }
  TEST_CASE("a type's parts are where the resolver looks for them") {
    const TypeName type = *parse_type("FROZEN< MAP<TEXT,Ks.\"T\">>");
    CHECK_EQ(type.kind, TypeName::Kind::map);
    CHECK(type.frozen);
    CHECK_EQ(type.parameters[0].name, "text");
    CHECK_EQ(type.parameters[1].name, "T");
    CHECK_EQ(type.parameters[1].keyspace, "ks");
    CHECK(type.parameters[1].quoted);
    CHECK_EQ(parse_type("vector<float, 1536>")->dimension, 1536);
  }
  TEST_CASE("what is no type is a syntax error") {
    for (const char* text :
         {"", "list<", "list<>", "list<int", "map<int>", "map<int, int, int>", "vector<float>", "vector<float, x>",
          "vector<float, 99999999999>", "int>", "list<int>>", "frozen<>", "select", "1", "int int", "ks."}) {
      CAPTURE(text);
      REQUIRE_FALSE(parse_type(text).has_value());
      CHECK_EQ(parse_type(text).error().code, Errc::syntax);
    }
  }
}
