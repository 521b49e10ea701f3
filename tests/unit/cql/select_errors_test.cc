#include <doctest/doctest.h>

#include "tests/unit/cql/plan_fixture.h"

using namespace ringlet;
using namespace ringlet::cql;
using namespace ringlet::cql::testing;

namespace {

const std::string kFiltering =
    "Cannot execute this query as it might involve data filtering and thus may have unpredictable performance. If you "
    "want "
    "to execute this query despite the performance unpredictability, use ALLOW FILTERING";

struct Case {
  std::string statement, error;
};

void check_all(const std::vector<Case>& cases) {
  const SchemaRef schema = make_schema();
  for (const auto& [statement, error] : cases) {
    CAPTURE(statement);
    CHECK_EQ(select_error(statement, schema), error);
  }
}

}  // namespace

TEST_SUITE("select_plan") {
  TEST_CASE("names that do not exist are named") {
    check_all({
        {"SELECT * FROM nope.t", "keyspace nope does not exist"},
        {"SELECT * FROM nope", "table nope does not exist"},
        {"SELECT x FROM k", "Undefined column name x in table ks.k"},
        {"SELECT * FROM k WHERE x = 1", "Undefined column name x in table ks.k"},
        {"SELECT nofn(v) FROM k", "Unknown function 'nofn'"},
        {"SELECT * FROM k WHERE k = nofn(1)", "Unknown function nofn called"},
    });
  }
  TEST_CASE("without a keyspace there is no table") {
    const SchemaRef schema = make_schema();
    const auto parsed = *parse_statement("SELECT * FROM t");
    const PlanContext context{*schema, ""};
    CHECK_EQ(SelectPlan::prepare(std::get<Select>(parsed.statement), 0, context).error().detail,
             "No keyspace has been specified. USE a keyspace, or explicitly specify keyspace.tablename");
  }
  TEST_CASE("partition keys are restricted whole, or by token, or filtered") {
    check_all({
        {"SELECT * FROM t", ""},
        {"SELECT * FROM t WHERE p1 = 1 AND p2 = 'a'", ""},
        {"SELECT * FROM t WHERE p1 IN (1, 2) AND p2 = 'a'", ""},
        {"SELECT * FROM t WHERE p1 = 1", kFiltering},
        {"SELECT * FROM t WHERE p1 = 1 ALLOW FILTERING", ""},
        {"SELECT * FROM k WHERE k > 5", kFiltering},
        {"SELECT * FROM k WHERE k > 5 ALLOW FILTERING", ""},
        {"SELECT * FROM k WHERE k = 1 AND k = 2",
         "k cannot be restricted by more than one relation if it includes an Equal"},
        {"SELECT * FROM t WHERE token(p1, p2) > 5", ""},
        {"SELECT * FROM t WHERE token(p1, p2) > token(1, 'a') AND token(p1, p2) <= 7", ""},
        {"SELECT * FROM t WHERE token(p1) > 5",
         "The token() function must be applied to all partition key components or none of them"},
        {"SELECT * FROM t WHERE token(p2, p1) > 5",
         "The token function arguments must be in the partition key order: p1, p2"},
        {"SELECT * FROM k WHERE token(k) > 1 AND token(k) >= 2",
         "More than one restriction was found for the start bound on k"},
        {"SELECT * FROM k WHERE k = null", "Invalid null value in condition for column k"},
        {"SELECT * FROM k WHERE k IN (1, null)", "Invalid null value in condition for column k"},
        {"SELECT * FROM k WHERE k IN ()", ""},
        {"SELECT * FROM k WHERE k != 1", "Unsupported \"!=\" relation: k != 1"},
    });
  }
  TEST_CASE("clustering columns follow their order up to one slice") {
    const std::string p = "SELECT * FROM t WHERE p1 = 1 AND p2 = 'a' AND ";
    check_all({
        {p + "c1 = 1 AND c2 = 2 AND c3 > 'x'", ""},
        {p + "c1 IN (1, 2) AND c2 = 2", ""},
        {p + "c1 > 1 AND c1 <= 5", ""},
        {p + "c2 = 1", "PRIMARY KEY column \"c2\" cannot be restricted as preceding column \"c1\" is not restricted"},
        {p + "c2 = 1 ALLOW FILTERING", ""},
        {p + "c1 > 1 AND c2 = 1",
         "Clustering column \"c2\" cannot be restricted (preceding column \"c1\" is restricted by a non-EQ relation)"},
        {p + "c1 > 1 AND c2 = 1 ALLOW FILTERING", ""},
        {p + "c1 > 1 AND c1 > 2", "More than one restriction was found for the start bound on c1"},
        {p + "c1 < 1 AND c1 <= 2", "More than one restriction was found for the end bound on c1"},
        {p + "c1 > 1 AND c1 = 2", "Column \"c1\" cannot be restricted by both an equality and an inequality relation"},
        {p + "c1 = 1 AND c1 > 2", "c1 cannot be restricted by more than one relation if it includes an Equal"},
        {p + "c1 IN (1) AND c1 = 2", "c1 cannot be restricted by more than one relation if it includes a IN"},
        {p + "c1 = null", "Invalid null value in condition for column c1"},
        {"SELECT * FROM t WHERE c1 = 1", kFiltering},
        {"SELECT * FROM t WHERE c1 = 1 ALLOW FILTERING", ""},
        {"SELECT s FROM t WHERE p1 = 1 AND p2 = 'a' AND c1 = 1",
         "Cannot restrict clustering columns when selecting only static columns"},
        {"SELECT s, p1 FROM t WHERE p1 = 1 AND p2 = 'a'", ""},
    });
  }
  TEST_CASE("relations of several columns") {
    const std::string p = "SELECT * FROM t WHERE p1 = 1 AND p2 = 'a' AND ";
    check_all({
        {p + "(c1, c2) > (1, 2)", ""},
        {p + "(c1, c2) >= (1, 2) AND (c1) < (5)", ""},
        {p + "(c1, c2) >= (1, 2) AND c1 < 5", ""},
        {p + "(c1, c2) IN ((1, 2), (3, 4))", ""},
        {p + "c1 = 1 AND (c2, c3) > (1, 'x')", ""},
        {p + "(c2, c1) > (1, 2)",
         "Clustering columns must appear in the PRIMARY KEY order in multi-column relations: (c2, c1) > (1, 2)"},
        {p + "(c1, c3) > (1, 'a')",
         "Clustering columns must appear in the PRIMARY KEY order in multi-column relations: (c1, c3) > (1, 'a')"},
        {p + "(c1, v) > (1, 2)",
         "Multi-column relations can only be applied to clustering columns but was applied to: v"},
        {p + "(c1, c1) > (1, 2)", "Column \"c1\" appeared twice in a relation: (c1, c1) > (1, 2)"},
        {p + "(c1, c2) = (1)", "Expected 2 elements in value tuple, but got 1: (1)"},
        {p + "(c1, c2) = (1, 2) AND c1 = 3",
         "c1 cannot be restricted by more than one relation if it includes an Equal"},
        {p + "(c2, c3) > (1, 'x')",
         "PRIMARY KEY column \"c2\" cannot be restricted as preceding column \"c1\" is not restricted"},
        {p + "(c1, c2) > (1, null)", "Invalid null value in condition for column c2"},
    });
  }
  TEST_CASE("other columns need ALLOW FILTERING, and collections their own relations") {
    const std::string p = "SELECT * FROM t WHERE p1 = 1 AND p2 = 'a' AND ";
    check_all({
        {p + "v = 1", kFiltering},
        {p + "v = 1 ALLOW FILTERING", ""},
        {p + "v IN (1, 2) ALLOW FILTERING", ""},
        {p + "s > 1 ALLOW FILTERING", ""},
        {p + "l = [1] ALLOW FILTERING", "Collection column 'l' (list<int>) cannot be restricted by a '=' relation"},
        {p + "l CONTAINS 1 ALLOW FILTERING", ""},
        {p + "l CONTAINS 1", kFiltering},
        {p + "m['a'] = 1 ALLOW FILTERING", ""},
        {p + "m CONTAINS KEY 'a' AND m CONTAINS 1 ALLOW FILTERING", ""},
        {p + "v CONTAINS 1 ALLOW FILTERING", "Cannot use CONTAINS on non-collection column v"},
        {p + "l CONTAINS KEY 1 ALLOW FILTERING", "Cannot use CONTAINS KEY on non-map column l"},
        {p + "l[0] = 1 ALLOW FILTERING", "Indexes on list entries (l[index] = value) are not currently supported."},
        {p + "u = {f: 1} ALLOW FILTERING", "Non-frozen UDT column 'u' (u) cannot be restricted by any relation"},
        {p + "dur > 1h ALLOW FILTERING", "Slice restrictions are not supported on duration columns"},
        {p + "tx LIKE '%a%'",
         "LIKE restriction is only supported on properly indexed columns. tx LIKE '%a%' is not valid."},
        {p + "tx LIKE '%a%' ALLOW FILTERING", ""},
        {p + "v = null ALLOW FILTERING", "Invalid null value in condition for column v"},
        {p + "v = 'abc' ALLOW FILTERING", "Invalid STRING constant (abc) for \"v\" of type int"},
    });
  }
  TEST_CASE("ORDER BY follows the clustering order, forwards or backwards") {
    const std::string p = "SELECT * FROM t WHERE p1 = 1 AND p2 = 'a' ";
    check_all({
        {p + "ORDER BY c1", ""},
        {p + "ORDER BY c1 DESC, c2 ASC", ""},
        {p + "ORDER BY c1, c2", "Unsupported order by relation"},
        {p + "ORDER BY c2",
         "Order by currently only supports the ordering of columns following their declared order in the PRIMARY KEY"},
        {p + "AND c1 = 1 ORDER BY c2", ""},
        {p + "ORDER BY v", "Order by is currently only supported on the clustered columns of the PRIMARY KEY, got v"},
        {"SELECT * FROM t ORDER BY c1",
         "ORDER BY is only supported when the partition key is restricted by an EQ or an IN."},
        {"SELECT * FROM t WHERE p1 IN (1, 2) AND p2 = 'a' ORDER BY c1", ""},
    });
  }
  TEST_CASE("IN and ORDER BY cannot be paged, unless one page holds the limit") {
    const SchemaRef schema = make_schema();
    const std::string statement = "SELECT * FROM t WHERE p1 IN (1, 2) AND p2 = 'a' ORDER BY c1";
    CHECK(select_error(statement, schema, {}, 100)
              .starts_with("Cannot page queries with both ORDER BY and a IN restriction"));
    CHECK_EQ(select_error(statement + " LIMIT 100", schema, {}, 100), "");
    CHECK_EQ(select_error(statement, schema, {}, -1), "");
  }
  TEST_CASE("DISTINCT, GROUP BY and limits") {
    check_all({
        {"SELECT DISTINCT p1, p2 FROM t", ""},
        {"SELECT DISTINCT p1, p2, s FROM t", ""},
        {"SELECT DISTINCT p1 FROM t",
         "SELECT DISTINCT queries must request all the partition key columns (missing p2)"},
        {"SELECT DISTINCT p1, v FROM t",
         "SELECT DISTINCT queries must only request partition key columns and/or static columns (not v)"},
        {"SELECT DISTINCT p1, p2 FROM t WHERE p1 = 1 AND p2 = 'a' AND c1 = 1",
         "SELECT DISTINCT with WHERE clause only supports restriction by partition key and/or static columns."},
        {"SELECT p1, p2, c1, max(v) FROM t GROUP BY p1, p2, c1", ""},
        {"SELECT max(v) FROM t WHERE p1 = 1 AND p2 = 'a' GROUP BY c1", ""},
        {"SELECT max(v) FROM t GROUP BY v",
         "Group by is currently only supported on the columns of the PRIMARY KEY, got v"},
        {"SELECT max(v) FROM t GROUP BY p1, p2, c2",
         "Group by currently only support groups of columns following their declared order in the PRIMARY KEY"},
        {"SELECT max(v) FROM t GROUP BY p1", "Group by is not supported on only a part of the partition key"},
        {"SELECT max(v) FROM tl WHERE k = 1 GROUP BY floor(ts, 1h)", ""},
        {"SELECT * FROM k LIMIT 0", "LIMIT must be strictly positive"},
        {"SELECT * FROM k LIMIT -1", "LIMIT must be strictly positive"},
        {"SELECT * FROM k PER PARTITION LIMIT 0", "LIMIT must be strictly positive"},
        {"SELECT count(*) FROM k PER PARTITION LIMIT 1", "PER PARTITION LIMIT is not allowed with aggregate queries."},
    });
  }
  TEST_CASE("selectors that cannot be") {
    check_all({
        {"SELECT writetime(k) FROM k", "Cannot use selection function writetime on PRIMARY KEY part k"},
        {"SELECT ttl(k) FROM k", "Cannot use selection function ttl on PRIMARY KEY part k"},
        {"SELECT v.f FROM k", "Invalid field selection: v of type int is not a user type"},
        {"SELECT u.x FROM t", "u of type u has no field x"},
        {"SELECT l[0] FROM t", "Element selection is only allowed on sets and maps, but l is a list"},
        {"SELECT v + 'a' FROM k",
         "Ambiguous '+' operation with args v and 'a': use type hint to disambiguate, example '(int) ?'"},
        {"SELECT v + w FROM k", "the '+' operation is not supported between v and w"},
        {"SELECT ? FROM k", "Cannot infer type for term ? in selection clause (try using a cast to force a type)"},
        {"SELECT max(min(v)) FROM k", "aggregate functions cannot be used as arguments of aggregate functions"},
        {"SELECT cast(v AS inet) FROM k", "v cannot be cast to inet"},
    });
  }
  TEST_CASE("bound values of the wrong size, unset and null say so") {
    const SchemaRef schema = make_schema();
    const std::string statement = "SELECT * FROM k WHERE k = ?";
    CHECK_EQ(select_error(statement, schema, bound({Bytes(8, 'x')})), "Expected 4 or 0 byte int (8)");
    CHECK_EQ(select_error(statement, schema, {BoundValue{}}), "Invalid null value in condition for column k");
    CHECK_EQ(select_error(statement, schema, {BoundValue{BoundValue::Kind::unset, {}}}),
             "Invalid unset value for column k");
    CHECK_EQ(select_error("SELECT * FROM k WHERE k IN ?", schema, {BoundValue{}}), "Invalid null value for column k");
    CHECK_EQ(select_error("SELECT * FROM k LIMIT ?", schema, {BoundValue{BoundValue::Kind::unset, {}}}), "");
    CHECK_EQ(select_error("SELECT * FROM k LIMIT ?", schema, {BoundValue{}}), "Invalid null value of limit");
    CHECK_EQ(select_error("SELECT * FROM t WHERE p1 = ? AND p2 = ?", schema, bound({int_bytes(1), "\xFF"})),
             "String didn't validate.");
  }
  TEST_CASE("an IN product beyond the bound is refused") {
    std::string list;
    for (int i = 0; i < 101; ++i) list += (i ? ", " : "") + std::to_string(i);
    const SchemaRef schema = make_schema();
    const auto refused = [](const std::string& where) {
      return "Guardrail in_select_cartesian_product violated: Aborting query because the cartesian product of the IN "
             "restrictions on " +
             where + " produces 10201 values, this exceeds fail threshold of 10000";
    };
    CHECK_EQ(select_error("SELECT * FROM t WHERE p1 = 1 AND p2 = 'a' AND c1 IN (" + list + ") AND c2 IN (" + list + ")",
                          schema),
             refused("clustering key"));
    CHECK_EQ(select_error("SELECT * FROM t WHERE p1 IN (" + list + ") AND p2 = 'a' AND c1 IN (" + list + ")", schema),
             refused("partition and clustering key"));
    CHECK_EQ(select_error("SELECT * FROM t WHERE p1 IN (" + list + ") AND p2 = 'a' AND c1 = 1", schema), "");
  }
}
