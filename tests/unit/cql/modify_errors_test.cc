// What INSERT, UPDATE and DELETE refuse, in Cassandra's words; what their markers are called.
#include "tests/unit/cql/modify_fixture.h"

using namespace ringlet;
using namespace ringlet::cql;
using namespace ringlet::cql::modify_testing;

namespace {

struct Refused {
  const char* statement;
  const char* error;
};

std::string error_of(const std::string& statement, std::vector<Bind> binds = {}) {
  const std::string shown = written(statement, std::move(binds));
  return shown.starts_with("error: ") ? shown.substr(7) : "it was accepted: " + shown;
}

void check(std::initializer_list<Refused> table) {
  for (const Refused& row : table) {
    CAPTURE(row.statement);
    CHECK_EQ(error_of(row.statement), row.error);
  }
}

const std::string kRow = " WHERE p = 1 AND c = 2 AND d = 'x'";

}  // namespace

TEST_SUITE("cql modify errors") {
  TEST_CASE("what does not exist") {
    check({
        {"INSERT INTO nope (k) VALUES (1)", "table nope does not exist"},
        {"INSERT INTO other.k (k) VALUES (1)", "keyspace other does not exist"},
        {"INSERT INTO k (k, x) VALUES (1, 2)", "Undefined column name x in table ks.k"},
        {"UPDATE k SET x = 1 WHERE k = 1", "Undefined column name x in table ks.k"},
        {"UPDATE k SET v = 1 WHERE x = 1", "Undefined column name x in table ks.k"},
        {"DELETE x FROM k WHERE k = 1", "Undefined column name x in table ks.k"},
        {"UPDATE k SET v = 1 WHERE k = 1 IF x = 1", "Undefined column name x in table ks.k"},
    });
  }
  TEST_CASE("INSERT's columns and values") {
    check({
        {"INSERT INTO k (k, v) VALUES (1)", "Unmatched column names/values"},
        {"INSERT INTO k (k, v, v) VALUES (1, 2, 3)", "The column names contains duplicates"},
        {"INSERT INTO k (k, v) VALUES (1, 'abc')", "Invalid STRING constant (abc) for \"v\" of type int"},
        {"INSERT INTO k (v) VALUES (1)", "Some partition key parts are missing: k"},
        {"INSERT INTO pp (a, v) VALUES (1, 2)", "Some partition key parts are missing: b"},
        {"INSERT INTO t (p, v) VALUES (1, 2)", "Some clustering keys are missing: c, d"},
        {"INSERT INTO t (p, c, s) VALUES (1, 2, 3)", "Some clustering keys are missing: d"},
        {"INSERT INTO t (p) VALUES (1)", "Some clustering keys are missing: c, d"},
    });
  }
  TEST_CASE("keys that are empty, null, unset or too long") {
    CHECK_EQ(error_of("INSERT INTO tx (k, v) VALUES ('', 1)"), "Key may not be empty");
    CHECK_EQ(error_of("INSERT INTO tx (k, v) VALUES (?, 1)", {null_bind()}),
             "Invalid null value in condition for column k");
    CHECK_EQ(error_of("INSERT INTO tx (k, v) VALUES (?, 1)", {unset_bind()}), "Invalid unset value for column k");
    CHECK_EQ(error_of("INSERT INTO t (p, c, d) VALUES (1, ?, 'x')", {null_bind()}),
             "Invalid null value in condition for column c");
    CHECK_EQ(error_of("INSERT INTO tx (k, v) VALUES (?, 1)", {bind_text(std::string(65536, 'k'))}),
             "Key length of 65536 is longer than maximum of 65535");
    CHECK_EQ(error_of("INSERT INTO t (p, c, d) VALUES (1, 2, ?)", {bind_text(std::string(65536, 'k'))}),
             "Key length of 65540 is longer than maximum of 65535");
    CHECK_EQ(error_of("INSERT INTO k (k, v) VALUES (1, ?)", {bind_bigint(1)}), "Expected 4 or 0 byte int (8)");
    CHECK_EQ(error_of("INSERT INTO tx (k) VALUES (?)", {bind_text("\xFF")}), "String didn't validate.");
    CHECK_EQ(error_of("INSERT INTO k (k, v) VALUES (?, ?)", {bind_int(1)}), "Invalid amount of bind variables");
  }
  TEST_CASE("WHERE of UPDATE and DELETE") {
    check({
        {"UPDATE pp SET v = 1 WHERE a = 1", "Some partition key parts are missing: b"},
        {"UPDATE k SET v = 1 WHERE token(k) = 1",
         "The token function cannot be used in WHERE clauses for UPDATE statements"},
        {"DELETE FROM k WHERE k > 1",
         "Only EQ and IN relation are supported on the partition key (unless you use the token() function) for DELETE "
         "statements"},
        {"UPDATE t SET v = 1 WHERE p = 1 AND c = 2", "Some clustering keys are missing: d"},
        {"UPDATE t SET v = 1 WHERE p = 1 AND c = 2 AND d > 'x'",
         "Slice restrictions are not supported on the clustering columns in UPDATE statements"},
        {"UPDATE t SET s = 1 WHERE p = 1 AND c = 2 AND d = 'x'",
         "Invalid restrictions on clustering columns since the UPDATE statement modifies only static columns"},
        {"DELETE s FROM t WHERE p = 1 AND c = 2 AND d = 'x'",
         "Invalid restrictions on clustering columns since the DELETE statement modifies only static columns"},
        {"UPDATE k SET v = 1 WHERE k = 1 AND v = 2", "Non PRIMARY KEY columns found in where clause: v "},
        {"DELETE FROM k WHERE k = 1 AND v = 2", "Non PRIMARY KEY columns found in where clause: v "},
        {"DELETE v FROM t WHERE p = 1 AND c = 2", "Range deletions are not supported for specific columns"},
        {"DELETE v FROM t WHERE p = 1", "Range deletions are not supported for specific columns"},
        {"DELETE v, s FROM t WHERE p = 1 AND c > 2", "Range deletions are not supported for specific columns"},
    });
  }
  TEST_CASE("what SET may not do") {
    check({
        {"UPDATE k SET k = 2 WHERE k = 1", "PRIMARY KEY part k found in SET part"},
        {"DELETE k FROM k WHERE k = 1", "Invalid identifier k for deletion (should not be a PRIMARY KEY part)"},
        {"UPDATE k SET v = v + 1 WHERE k = 1", "Invalid operation (v = v + 1) for non counter column v"},
        {"UPDATE k SET v = 1 + v WHERE k = 1", "Invalid operation (v = 1 + v) for non list column v"},
        {"UPDATE k SET v[0] = 1 WHERE k = 1", "Invalid operation (v[0] = 1) for non collection column v"},
        {"UPDATE k SET v.f = 1 WHERE k = 1", "Invalid operation (v.f = 1) for non-UDT column v"},
        {"UPDATE k SET v = 1, v = 2 WHERE k = 1", "Multiple incompatible setting of column v"},
        {"UPDATE k SET l = [1], l = l + [2] WHERE k = 1", "Multiple incompatible setting of column l"},
        {"DELETE v[0] FROM k WHERE k = 1", "Invalid deletion operation for non collection column v"},
        {"DELETE v.f FROM k WHERE k = 1", "Invalid field deletion operation for non-UDT column v"},
    });
    const auto set = [](const std::string& assignment) { return error_of("UPDATE t SET " + assignment + kRow); };
    CHECK_EQ(set("fl = fl + [1]"), "Invalid operation (fl = fl + [1]) for frozen list column fl");
    CHECK_EQ(set("fl[0] = 1"), "Invalid operation (fl[0] = 1) for frozen list column fl");
    CHECK_EQ(set("st[1] = 1"), "Invalid operation (st[1] = 1) for set column st");
    CHECK_EQ(set("st = {1} + st"), "Invalid operation (st = {1} + st) for non list column st");
    CHECK_EQ(set("fu.f = 1"), "Invalid operation (fu.f = 1) for frozen UDT column fu");
    CHECK_EQ(set("u.x = 1"), "UDT column u does not have a field named x");
    CHECK_EQ(set("u.f = 1, u.f = 2"), "Multiple incompatible setting of column u");
    CHECK_EQ(set("u = {x: 1}"), "Unknown field 'x' in value of user defined type u");
    CHECK_EQ(set("tu = tu + (1, 'a')"), "Invalid operation (tu = tu + (1, 'a')) for tuple column tu");
    CHECK_EQ(set("m = m + 5"), "Value for a map addition has to be a map, but was: '5'");
    CHECK_EQ(set("m = m - {'a': 1}"), "Value for a map substraction has to be a set, but was: '{'a': 1}'");
    CHECK_EQ(error_of("DELETE fl[0] FROM t" + kRow), "Invalid deletion operation for frozen collection column fl");
    CHECK_EQ(error_of("DELETE fu.f FROM t" + kRow), "Frozen UDT column fu does not support field deletions");
  }
  TEST_CASE("counter tables") {
    check({
        {"INSERT INTO cn (k, n) VALUES (1, 2)",
         "INSERT statements are not allowed on counter tables, use UPDATE instead"},
        {"UPDATE cn SET n = 5 WHERE k = 1",
         "Cannot set the value of counter column n (counters can only be incremented/decremented, not set)"},
        {"UPDATE cn USING TIMESTAMP 5 SET n = n + 1 WHERE k = 1",
         "Cannot provide custom timestamp for counter updates"},
        {"UPDATE cn USING TTL 5 SET n = n + 1 WHERE k = 1", "Cannot provide custom TTL for counter updates"},
        {"UPDATE cn SET n = n + 1 WHERE k = 1 IF n = 1", "Conditional updates are not supported on counter tables"},
        {"UPDATE cn SET n = n + 1 WHERE k = 1 IF EXISTS", "Conditional updates are not supported on counter tables"},
    });
  }
  TEST_CASE("conditional statements") {
    check({
        {"INSERT INTO k (k) VALUES (1) IF NOT EXISTS USING TIMESTAMP 5",
         "Cannot provide custom timestamp for conditional updates"},
        {"UPDATE k USING TIMESTAMP 5 SET v = 1 WHERE k = 1 IF EXISTS",
         "Cannot provide custom timestamp for conditional updates"},
        {"UPDATE k SET v = 1 WHERE k = 1 IF k = 1", "PRIMARY KEY column 'k' cannot have IF conditions"},
        {"UPDATE k SET v = 1 WHERE k IN (1, 2) IF v = 1",
         "IN on the partition key is not supported with conditional updates"},
        {"DELETE FROM k WHERE k IN (1, 2) IF EXISTS",
         "IN on the partition key is not supported with conditional deletions"},
        {"UPDATE t SET v = 1 WHERE p = 1 AND c IN (1, 2) AND d = 'x' IF v = 1",
         "IN on the clustering key columns is not supported with conditional updates"},
        {"DELETE FROM t WHERE p = 1 AND c IN (1, 2) AND d = 'x' IF v = 1",
         "IN on the clustering key columns is not supported with conditional deletions"},
        {"DELETE FROM t WHERE p = 1 IF EXISTS",
         "DELETE statements must restrict all PRIMARY KEY columns with equality relations in order to delete non "
         "static columns"},
        {"DELETE v FROM t WHERE p = 1 AND c = 2 IF v = 1",
         "DELETE statements must restrict all PRIMARY KEY columns with equality relations in order to delete non "
         "static columns"},
        {"DELETE s FROM t WHERE p = 1 IF v = 1",
         "DELETE statements must restrict all PRIMARY KEY columns with equality relations in order to use IF condition "
         "on non static "
         "columns"},
    });
    CHECK_EQ(written("DELETE s FROM t WHERE p = 1 IF s = 1"), "static: s deleted");
    CHECK_EQ(written("UPDATE t SET v = 1" + kRow + " IF s = 1"), "(2, 'x'): v=1");
  }
  TEST_CASE("IN may name no more than a bounded product of rows") {
    std::string some = "0";
    for (int i = 1; i < 101; ++i) some += ", " + std::to_string(i);
    CHECK_EQ(error_of("UPDATE t SET v = 1 WHERE p IN (" + some + ") AND c IN (" + some + ") AND d = 'x'"),
             "The statement names 10201 rows by IN; the most is 10000");
  }
}

TEST_SUITE("cql modify markers") {
  TEST_CASE("bind metadata names each marker after what it is for") {
    using Names = std::vector<std::string>;
    CHECK_EQ(marker_names("INSERT INTO k (k, v, l) VALUES (?, :x, ?) USING TTL ? AND TIMESTAMP ?"),
             Names{"k int", "x int", "l list<int>", "[ttl] int", "[timestamp] bigint"});
    CHECK_EQ(
        marker_names(
            "UPDATE t USING TTL ? SET m[?] = ?, l[?] = ?, u.f = ?, st = st + ?, w = ? WHERE p = ? AND c = ? AND d = ? "
            "IF v = ? AND w IN ? AND m[?] = ? AND l CONTAINS ?"),
        Names{"[ttl] int", "key(m) text", "value(m) int", "idx(l) int", "value(l) int", "u.f int", "st set<int>",
              "w text", "p int", "c int", "d text", "v int", "in(w) list<text>", "key(m) text", "value(m) int",
              "value(l) int"});
    CHECK_EQ(marker_names("UPDATE t SET m = m - ?, l = ? + l WHERE p = ? AND c = ? AND d = ?"),
             Names{"m set<text>", "l list<int>", "p int", "c int", "d text"});
    CHECK_EQ(marker_names("UPDATE cn SET n = n + ? WHERE k = ?"), Names{"n counter", "k int"});
    CHECK_EQ(marker_names("DELETE m[?] FROM t USING TIMESTAMP ? WHERE p = ? AND c = ? AND d = ?"),
             Names{"key(m) text", "[timestamp] bigint", "p int", "c int", "d text"});
    CHECK_EQ(marker_names("UPDATE k SET v = ? WHERE k IN ?"), Names{"v int", "in(k) list<int>"});
    CHECK_EQ(marker_names("INSERT INTO js JSON ?"), Names{"[json] text"});
  }
  TEST_CASE("partition key binds are known where every part is a marker") {
    const SchemaRef schema = modify_schema();
    const auto binds = [&](const std::string& text) {
      BindMarkers markers(8);
      const auto plan = plan_of(text, schema, markers);
      REQUIRE(plan.has_value());
      return plan->partition_key_binds();
    };
    CHECK_EQ(binds("INSERT INTO pp (v, b, a) VALUES (?, ?, ?)"), std::vector<uint16_t>{2, 1});
    CHECK_EQ(binds("UPDATE pp SET v = ? WHERE a = ? AND b = ?"), std::vector<uint16_t>{1, 2});
    CHECK_EQ(binds("UPDATE pp SET v = ? WHERE a = 1 AND b = ?"), std::vector<uint16_t>{});
    CHECK_EQ(binds("INSERT INTO js JSON ?"), std::vector<uint16_t>{});
  }
}
