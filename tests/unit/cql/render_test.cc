#include "tests/unit/cql/parse_helpers.h"

using namespace ringlet;
using namespace ringlet::cql;

TEST_SUITE("cql rendering") {
  TEST_CASE("a term is read back as it was written") {
    for (const char* text : {"'it''s'",
                             "-42",
                             "1.5e3",
                             "0xCAfe",
                             "null",
                             "true",
                             "NaN",
                             "-Infinity",
                             "1h30m",
                             "550e8400-e29b-41d4-a716-446655440000",
                             "[1, 2]",
                             "{}",
                             "{1, 2}",
                             "{'a': [1], 'b': []}",
                             "{street: 'x', \"Zip\": 1, \"select\": 2}",
                             "(1, 'a')",
                             "(1)",
                             "now()",
                             "ks.\"F\"(1, token(2))",
                             "cast(1 as text)",
                             "(int)-1",
                             "(list<int>)[]",
                             "1 + 2 * 3",
                             "(1 + 2) * 3",
                             "1 - -3",
                             "-now()",
                             "- -now()",
                             "\"cast\"(1)",
                             "\"Token\"(1)"}) {
      CAPTURE(text);
      CHECK_EQ(to_cql(term_of(text)), text);
    }
  }
  TEST_CASE("a selector is read back as it was written, which is not always its column's name") {
    const struct {
      const char* text;
      const char* name;
    } cases[] = {
        {"\"V\"", "V"},
        {"count(*)", "count"},
        {"max(\"V\")", "system.max(V)"},
        {"\"ttl\"(v)", "system.ttl(v)"},
        {"u.\"F\"", "u.F"},
        {"l[1 .. 2]", "l[1..2]"},
        {"- -v", "- -v"},
        {"(my_type){a: v, 'b': 1}", "(my_type){a: v, 'b': 1}"},
        {"{}", "{}"},
        {"?", "?"},
        {":\"N\"", ":\"N\""},
    };
    for (const auto& expected : cases) {
      CAPTURE(expected.text);
      const auto select = parsed<Select>(std::string("SELECT ") + expected.text + " FROM t");
      CHECK_EQ(to_cql(select.items.at(0).selector), expected.text);
      CHECK_EQ(selector_name(select.items.at(0).selector), expected.name);
    }
  }
  TEST_CASE("a resolved function is named with its keyspace") {
    auto select = parsed<Select>("SELECT f(v) FROM t");
    std::get<FunctionSelector>(select.items[0].selector.node).name.keyspace = "ks";
    CHECK_EQ(selector_name(select.items[0].selector), "ks.f(v)");
  }
  TEST_CASE("relations quote what needs quotes") {
    const auto select =
        parsed<Select>("SELECT * FROM t WHERE \"A\"['x'] = 'it''s' AND token(\"B\") > ? AND (\"C\", d) = (1, 2)");
    CHECK_EQ(to_cql(select.where[0]), "\"A\"['x'] = 'it''s'");
    CHECK_EQ(to_cql(select.where[1]), "token(\"B\") > ?");
    CHECK_EQ(to_cql(select.where[2]), "(\"C\", d) = (1, 2)");
  }
}
