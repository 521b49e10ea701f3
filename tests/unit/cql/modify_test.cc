#include "tests/unit/cql/parse_helpers.h"

using namespace ringlet;
using namespace ringlet::cql;

namespace {

std::string set_text(const char* assignments) {
  std::string joined;
  const std::string text = std::string("UPDATE t SET ") + assignments + " WHERE k = 1";
  for (const Assignment& assignment : parsed<Update>(text).assignments)
    joined += (joined.empty() ? "" : ", ") + to_cql(assignment);
  return joined;
}

}  // namespace

TEST_SUITE("cql INSERT") {
  TEST_CASE("columns and values, and what follows them") {
    const auto insert = parsed<Insert>(
        "INSERT INTO ks.t (k, \"V\", timestamp) VALUES (1, 'x', ?) IF NOT EXISTS USING TTL ? AND TIMESTAMP 5 AND "
        "TIMEOUT 1s");
    CHECK_EQ(to_cql(insert.table), "ks.t");
    CHECK_EQ(insert.columns, std::vector<std::string>{"k", "V", "timestamp"});
    CHECK_EQ(insert.values.size(), 3);
    CHECK(insert.if_not_exists);
    CHECK(std::holds_alternative<BindMarker>(insert.usings.ttl->node));
    CHECK_EQ(to_cql(*insert.usings.timestamp), "5");
    CHECK_EQ(to_cql(*insert.usings.timeout), "1s");
  }
  TEST_CASE("the number of values is the planner's to compare") {
    CHECK_EQ(parsed<Insert>("INSERT INTO t (a, b) VALUES (1)").values.size(), 1);
  }
  TEST_CASE("JSON, with a default for what is missing") {
    const auto insert = parsed<Insert>("INSERT INTO t JSON '{\"k\": 1}' DEFAULT UNSET USING TTL 5");
    CHECK_EQ(std::get<Literal>(insert.json->node).text, "{\"k\": 1}");
    CHECK(insert.json_default_unset);
    CHECK_FALSE(parsed<Insert>("INSERT INTO t JSON ? DEFAULT NULL IF NOT EXISTS").json_default_unset);
    CHECK(parsed<Insert>("INSERT INTO t JSON :doc").json);
    CHECK_EQ(parsed<Insert>("INSERT INTO t (json) VALUES (1)").columns[0], "json");
  }
}

TEST_SUITE("cql UPDATE") {
  TEST_CASE("assignments of every kind") {
    CHECK_EQ(set_text("v = 1, w = null, x = {'a': 1}"), "v = 1, w = null, x = {'a': 1}");
    CHECK_EQ(set_text("c = c + 1, d=d-3, e += 2, f -= ?"), "c = c + 1, d = d - 3, e = e + 2, f = f - ?");
    CHECK_EQ(set_text("c = c + -1, d = d -3"), "c = c + -1, d = d - 3");
    CHECK_EQ(set_text("l = [1] + l, m['k'] = 2, u.f = 3, l[0] = null"),
             "l = [1] + l, m['k'] = 2, u.f = 3, l[0] = null");
    CHECK_EQ(set_text("v = 1 + 2, w = now(), x = ? + x"), "v = 1 + 2, w = now(), x = ? + x");
    CHECK_EQ(set_text("v = 1 + f(2), w = 1 + ks.f(2)"), "v = 1 + f(2), w = 1 + ks.f(2)");
    CHECK_EQ(set_text("\"C\" = \"C\" + 1"), "\"C\" = \"C\" + 1");
    CHECK_EQ(set_text("c -= 3 + 1, d += 2 * 2, e -= -f(1)"), "c -= 3 + 1, d += 2 * 2, e = e - -f(1)");
    CHECK_EQ(set_text("c = 1 + c"), "c = 1 + c");
  }
  TEST_CASE("x=x-3 is a subtraction and x=-3 is not") {
    const auto update = parsed<Update>("UPDATE t SET x=x-3, y=-3 WHERE k=1");
    CHECK_EQ(update.assignments[0].operation, Assignment::Operation::subtract);
    CHECK_EQ(to_cql(update.assignments[0].value), "3");
    CHECK_EQ(update.assignments[1].operation, Assignment::Operation::set);
    CHECK_EQ(to_cql(update.assignments[1].value), "-3");
  }
  TEST_CASE("arithmetic between columns is refused") {
    CHECK(problem_of("UPDATE t SET a = b + 1 WHERE k = 1")
              .find("Only expressions of the form X = X +<value> are supported.") != std::string::npos);
    CHECK(problem_of("UPDATE t SET a = 1 + b WHERE k = 1")
              .find("Only expressions of the form X = <value> + X are supported.") != std::string::npos);
    CHECK_NE(problem_of("UPDATE t SET a = b WHERE k = 1"), "");
    CHECK_NE(problem_of("UPDATE t SET a = a WHERE k = 1"), "");
    CHECK_NE(problem_of("UPDATE t SET a = a * 2 WHERE k = 1"), "");
    CHECK_NE(problem_of("UPDATE t SET a = a - 1 + 2 WHERE k = 1"), "");
  }
  TEST_CASE("conditions and timestamps") {
    const auto update = parsed<Update>(
        "UPDATE ks.t USING TTL ? AND TIMESTAMP :ts SET v = 1 WHERE k = 1 AND c IN (1, 2) IF v = 2 AND m['k'] > 3 AND "
        "u.f != ? "
        "AND w IN (1, null) AND x IN ? AND s CONTAINS KEY 'a'");
    CHECK(update.usings.ttl);
    CHECK(update.usings.timestamp);
    CHECK_EQ(update.where.size(), 2);
    REQUIRE_EQ(update.conditions.size(), 6);
    CHECK_EQ(to_cql(update.conditions[1]), "m['k'] > 3");
    CHECK_EQ(to_cql(update.conditions[2]), "u.f != ?");
    CHECK(update.conditions[4].operand.marker_is_list);
    CHECK(parsed<Update>("UPDATE t SET v = 1 WHERE k = 1 IF EXISTS").if_exists);
    CHECK_EQ(parsed<Update>("UPDATE t SET v = 1 WHERE k = 1 IF exists = 3").conditions.size(), 1);
  }
}

TEST_SUITE("cql DELETE") {
  TEST_CASE("rows, columns, elements and fields") {
    CHECK(parsed<Delete>("DELETE FROM t WHERE k = 1").targets.empty());
    const auto removal = parsed<Delete>(
        "DELETE v, m['k'], u.f, l[?] FROM t USING TIMESTAMP 7 AND TIMEOUT 5s WHERE k = 1 AND c > 2 IF EXISTS");
    REQUIRE_EQ(removal.targets.size(), 4);
    CHECK_EQ(to_cql(removal.targets[1]), "m['k']");
    CHECK_EQ(to_cql(removal.targets[2]), "u.f");
    CHECK_EQ(to_cql(*removal.usings.timestamp), "7");
    CHECK(removal.if_exists);
    CHECK_EQ(parsed<Delete>("DELETE FROM t WHERE k = 1 IF v = 1 AND w = 2").conditions.size(), 2);
  }
  TEST_CASE("a deletion has no TTL") { CHECK_NE(problem_of("DELETE FROM t USING TTL 5 WHERE k = 1"), ""); }
}

TEST_SUITE("cql BATCH, TRUNCATE, USE") {
  TEST_CASE("batches of every kind, with or without semicolons between") {
    const auto batch = parsed<Batch>(
        "BEGIN BATCH USING TIMESTAMP 3 INSERT INTO t (k) VALUES (1); UPDATE t SET v = ? WHERE k = 1 IF EXISTS DELETE "
        "FROM t WHERE k = 2; APPLY BATCH;");
    CHECK_EQ(batch.kind, Batch::Kind::logged);
    CHECK_EQ(batch.statements.size(), 3);
    CHECK(std::get<Update>(batch.statements[1]).if_exists);
    CHECK(batch.usings.timestamp);
    CHECK_EQ(parsed<Batch>("BEGIN UNLOGGED BATCH APPLY BATCH").kind, Batch::Kind::unlogged);
    CHECK_EQ(parsed<Batch>("begin counter batch update t set c = c + 1 where k = 1 apply batch").kind,
             Batch::Kind::counter);
  }
  TEST_CASE("markers are numbered across the statements of a batch") {
    const auto result =
        parse_statement("BEGIN BATCH INSERT INTO t (k) VALUES (?) UPDATE t SET v = ? WHERE k = ?; APPLY BATCH");
    REQUIRE(result);
    CHECK_EQ(result->markers.size(), 3);
  }
  TEST_CASE("a batch holds only changes") {
    CHECK_NE(problem_of("BEGIN BATCH SELECT * FROM t; APPLY BATCH"), "");
    CHECK_NE(problem_of("BEGIN BATCH BEGIN BATCH APPLY BATCH APPLY BATCH"), "");
    CHECK_NE(problem_of("BEGIN BATCH INSERT INTO t (k) VALUES (1)"), "");
  }
  TEST_CASE("truncate and use") {
    CHECK_EQ(to_cql(parsed<Truncate>("TRUNCATE t").table), "t");
    CHECK_EQ(to_cql(parsed<Truncate>("TRUNCATE TABLE ks.t USING TIMEOUT 5m").table), "ks.t");
    CHECK_EQ(parsed<Use>("USE \"Ks\"").keyspace, "Ks");
    CHECK_EQ(parsed<Use>("use KS;").keyspace, "ks");
  }
}
