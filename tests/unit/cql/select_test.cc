#include "tests/unit/cql/parse_helpers.h"

using namespace ringlet;
using namespace ringlet::cql;

namespace {

std::string first_name(const char* text) { return selector_name(parsed<Select>(text).items.at(0).selector); }
std::string where_text(const char* text) {
  std::string joined;
  for (const Relation& relation : parsed<Select>(text).where)
    joined += (joined.empty() ? "" : " AND ") + to_cql(relation);
  return joined;
}

}  // namespace

TEST_SUITE("cql SELECT") {
  TEST_CASE("the clauses land in their places") {
    const auto select = parsed<Select>(
        "SELECT DISTINCT a, \"B\" AS \"Bee\", count(*) AS n FROM ks.\"T\" WHERE a = 1 AND b > ? GROUP BY a, b "
        "ORDER BY b DESC, c ASC, d PER PARTITION LIMIT 2 LIMIT :max ALLOW FILTERING BYPASS CACHE USING TIMEOUT "
        "30000ms;");
    CHECK(select.distinct);
    CHECK_FALSE(select.json);
    CHECK_EQ(select.table.keyspace, "ks");
    CHECK_EQ(select.table.name, "T");
    REQUIRE_EQ(select.items.size(), 3);
    CHECK_EQ(std::get<ColumnSelector>(select.items[1].selector.node).column, "B");
    CHECK_EQ(select.items[1].alias, "Bee");
    CHECK(std::holds_alternative<CountRowsSelector>(select.items[2].selector.node));
    CHECK_EQ(select.where.size(), 2);
    CHECK_EQ(select.group_by.size(), 2);
    REQUIRE_EQ(select.order_by.size(), 3);
    CHECK(select.order_by[0].descending);
    CHECK_FALSE(select.order_by[1].descending);
    CHECK_FALSE(select.order_by[2].descending);
    CHECK_EQ(to_cql(*select.per_partition_limit), "2");
    CHECK_EQ(std::get<BindMarker>(select.limit->node).name, "max");
    CHECK(select.allow_filtering);
    CHECK(select.bypass_cache);
    CHECK_EQ(to_cql(*select.usings.timeout), "30000ms");
  }
  TEST_CASE("a star selects all, and JSON and DISTINCT may be columns") {
    CHECK(parsed<Select>("select * from t").items.empty());
    CHECK(parsed<Select>("SELECT JSON * FROM t").json);
    CHECK(parsed<Select>("SELECT JSON a FROM t").json);
    CHECK(parsed<Select>("SELECT JSON DISTINCT a FROM t").distinct);
    CHECK(parsed<Select>("SELECT DISTINCT token(a), a FROM t").distinct);
    CHECK(parsed<Select>("SELECT DISTINCT(a) FROM t").distinct);
    CHECK_EQ(first_name("SELECT json FROM t"), "json");
    CHECK_EQ(first_name("SELECT json, a FROM t"), "json");
    CHECK_EQ(first_name("SELECT distinct AS d FROM t"), "distinct");
    CHECK_EQ(first_name("SELECT json * 2 FROM t"), "json * 2");
    CHECK_EQ(first_name("SELECT json.a FROM t"), "json.a");
  }
  TEST_CASE("unreserved keywords are names") {
    const auto select = parsed<Select>(
        "SELECT key, value, type, timestamp, ttl, date, time, list, map, count, partition, group, \"order\", keys, "
        "values, user,"
        " role, filtering, static, contains, frozen, text, int, cast, writetime, exists, expr, per, bypass, timeout"
        " FROM system.key WHERE group = 1 AND expr = 2 AND contains CONTAINS 3 AND values IN (1)");
    CHECK_EQ(select.items.size(), 30);
    CHECK_EQ(select.where.size(), 4);
  }
  TEST_CASE("result columns get Cassandra's names") {
    const struct {
      const char* selector;
      const char* name;
    } cases[] = {
        {"V", "v"},
        {"\"V\"", "V"},
        {"count(*)", "count"},
        {"COUNT(1)", "count"},
        {"count(v)", "system.count(v)"},
        {"max(v)", "system.max(v)"},
        {"now()", "system.now()"},
        {"toTimestamp(now())", "system.totimestamp(system.now())"},
        {"blobAsVarchar(value)", "system.blobasvarchar(value)"},
        {"token(k)", "system.token(k)"},
        {"token(a, b)", "system.token(a, b)"},
        {"ks.f(v)", "ks.f(v)"},
        {"CAST(v AS INT)", "cast(v as int)"},
        {"WRITETIME(v)", "writetime(v)"},
        {"ttl(v)", "ttl(v)"},
        {"maxwritetime(v)", "maxwritetime(v)"},
        {"writetime(m['k'])", "writetime(m['k'])"},
        {"v+1", "v + 1"},
        {"v-1", "v - 1"},
        {"-v", "-v"},
        {"(a + b) * c", "(a + b) * c"},
        {"u.f", "u.f"},
        {"u.f.g", "u.f.g"},
        {"m['a']", "m['a']"},
        {"m['a'..'c']", "m['a'..'c']"},
        {"l[1..]", "l[1..]"},
        {"l[..2]", "l[..2]"},
        {"(int)?", "(int)?"},
        {"[a, b]", "[a, b]"},
        {"(a, b)", "(a, b)"},
        {"'text'", "'text'"},
        {"42", "42"},
    };
    for (const auto& expected : cases) {
      CAPTURE(expected.selector);
      CHECK_EQ(first_name((std::string("SELECT ") + expected.selector + " FROM t").c_str()), expected.name);
    }
  }
  TEST_CASE("selectors in brackets and after type hints") {
    const auto first = [](const char* text) { return parsed<Select>(text).items.at(0).selector.node; };
    CHECK(std::holds_alternative<TypeHintSelector>(first("SELECT (int)? FROM t")));
    CHECK(std::holds_alternative<TypeHintSelector>(first("SELECT (text)v FROM t")));
    CHECK(std::holds_alternative<TypeHintSelector>(first("SELECT (list<int>)[a, b] FROM t")));
    CHECK(std::holds_alternative<TypeHintSelector>(first("SELECT (my_type){a: v} FROM t")));
    CHECK(std::holds_alternative<TupleSelector>(first("SELECT (v) FROM t")));
    CHECK(std::holds_alternative<TupleSelector>(first("SELECT (v) AS w FROM t")));
    CHECK(std::holds_alternative<ArithmeticSelector>(first("SELECT (v)-1 FROM t")));
    CHECK(std::holds_alternative<ElementSelector>(first("SELECT (m)[0] FROM t")));
    CHECK(std::holds_alternative<MapSelector>(first("SELECT {'a': v} FROM t")));
    CHECK(std::holds_alternative<SetSelector>(first("SELECT {v, w} FROM t")));
    CHECK(std::holds_alternative<TermSelector>(first("SELECT ? FROM t")));
    CHECK(std::holds_alternative<TermSelector>(first("SELECT :\"N\" FROM t")));
  }
  TEST_CASE("relations of every kind") {
    CHECK_EQ(where_text("SELECT * FROM t WHERE a=1 AND b!=2 AND c<3 AND d<=4 AND e>5 AND f>=6"),
             "a = 1 AND b != 2 AND c < 3 AND d <= 4 AND e > 5 AND f >= 6");
    CHECK_EQ(where_text("SELECT * FROM t WHERE a IN (1,2) AND b IN () AND c IN ? AND d IN :d AND e in (?, ?)"),
             "a IN (1, 2) AND b IN () AND c IN ? AND d IN :d AND e IN (?, ?)");
    CHECK_EQ(where_text("SELECT * FROM t WHERE a CONTAINS 1 AND a contains key 'k' AND m['k'] = 2 AND n LIKE '%x'"),
             "a CONTAINS 1 AND a CONTAINS KEY 'k' AND m['k'] = 2 AND n LIKE '%x'");
    CHECK_EQ(where_text("SELECT * FROM t WHERE token(a, b) > token(1, 2) AND token(a,b) <= -9223372036854775808"),
             "token(a, b) > token(1, 2) AND token(a, b) <= -9223372036854775808");
    CHECK_EQ(
        where_text("SELECT * FROM t WHERE (a,b) > (1,2) AND (c) = (3) AND (d,e) IN ((1,2),(3,4)) AND (f,g) IN (?, :x)"),
        "(a, b) > (1, 2) AND (c) = (3) AND (d, e) IN ((1, 2), (3, 4)) AND (f, g) IN (?, :x)");
    CHECK_EQ(where_text("SELECT * FROM t WHERE (a, b) IN ? AND (c, d) IN () AND (e, f) = ?"),
             "(a, b) IN ? AND (c, d) IN () AND (e, f) = ?");
    CHECK_EQ(
        where_text(
            "SELECT * FROM t WHERE (a = 1) AND ((b > 2)) AND (token(k) > 3) AND (expr(i, 'q')) AND ((c, d) > (1, 2))"),
        "a = 1 AND b > 2 AND token(k) > 3 AND expr(i, 'q') AND (c, d) > (1, 2)");
    CHECK_EQ(
        where_text("SELECT * FROM t WHERE a BETWEEN 1 AND 2 AND b NOT IN (1) AND c NOT CONTAINS 3 AND d IS NOT NULL"),
        "a BETWEEN 1 AND 2 AND b NOT IN (1) AND c NOT CONTAINS 3 AND d IS NOT NULL");
    CHECK_EQ(where_text("SELECT * FROM t WHERE expr(ks.i, 'x') AND l = ['a'] AND u = {f: 1} AND x=-1 AND "
                        "argument_types = ['int', 'x']"),
             "expr(ks.i, 'x') AND l = ['a'] AND u = {f: 1} AND x = -1 AND argument_types = ['int', 'x']");
  }
  TEST_CASE("IN with one marker for the whole list is told from a list of markers") {
    const auto operand = [](const char* text) {
      return std::get<ColumnRelation>(parsed<Select>(text).where[0].node).operand;
    };
    CHECK(operand("SELECT * FROM t WHERE a IN ?").marker_is_list);
    CHECK_FALSE(operand("SELECT * FROM t WHERE a IN (?)").marker_is_list);
    CHECK(operand("SELECT * FROM t WHERE a IN ()").terms.empty());
  }
  TEST_CASE("nearest-neighbour ordering carries its vector") {
    const auto select = parsed<Select>("SELECT * FROM t ORDER BY v ANN OF [0.1, 0.2] LIMIT 3");
    REQUIRE(select.order_by.at(0).near);
    CHECK_EQ(to_cql(*select.order_by[0].near), "[0.1, 0.2]");
  }
  TEST_CASE("limits may be negative here: the planner refuses them in its own words") {
    CHECK_EQ(to_cql(*parsed<Select>("SELECT * FROM t LIMIT -1").limit), "-1");
    CHECK_EQ(to_cql(*parsed<Select>("SELECT * FROM t LIMIT 0").limit), "0");
  }
  TEST_CASE("bind markers are numbered in order of appearance, each occurrence its own slot") {
    const auto result = parse_statement("SELECT ? FROM t WHERE a = :a AND b = :\"B\" AND c = :a AND d IN ? LIMIT ?");
    REQUIRE(result);
    const auto& markers = result->markers;
    REQUIRE_EQ(markers.size(), 6);
    for (size_t i = 0; i < markers.size(); ++i) CHECK_EQ(markers[i].index, i);
    CHECK_FALSE(markers[0].name);
    CHECK_EQ(markers[1].name, "a");
    CHECK_EQ(markers[2].name, "B");
    CHECK_EQ(markers[3].name, "a");
    CHECK_FALSE(markers[5].name);
  }
  TEST_CASE("white space and comments may stand anywhere") {
    const auto select =
        parsed<Select>("/* who */ select\t*\r\nfrom -- the table\n\tsystem . local // here\nwhere key='local'\n;");
    CHECK_EQ(to_cql(select.table), "system.local");
    CHECK_EQ(select.where.size(), 1);
  }
}
