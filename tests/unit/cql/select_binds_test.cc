#include <doctest/doctest.h>

#include "tests/unit/cql/plan_fixture.h"

using namespace ringlet;
using namespace ringlet::cql;
using namespace ringlet::cql::testing;

namespace {

std::string binds_of(const std::string& statement) {
  const auto plan = plan_select(statement, make_schema());
  if (!plan) return plan.error().detail;
  std::string text;
  for (const ResultColumn& column : plan->binds())
    text += (text.empty() ? "" : " | ") + column.name + " " + to_cql(*column.type);
  return text;
}

std::string results_of(const std::string& statement) {
  const auto plan = plan_select(statement, make_schema());
  if (!plan) return plan.error().detail;
  std::string text;
  for (const ResultColumn& column : plan->selection().metadata()->columns)
    text += (text.empty() ? "" : " | ") + column.name + " " + to_cql(*column.type);
  return text;
}

}  // namespace

TEST_SUITE("select_plan metadata") {
  TEST_CASE("markers are named as drivers expect them") {
    CHECK_EQ(binds_of("SELECT * FROM k WHERE k = ?"), "k int");
    CHECK_EQ(binds_of("SELECT * FROM k WHERE k = :Key"), "key int");
    CHECK_EQ(binds_of("SELECT * FROM k WHERE k IN ?"), "in(k) list<int>");
    CHECK_EQ(binds_of("SELECT * FROM k WHERE k IN (?, ?)"), "k int | k int");
    CHECK_EQ(binds_of("SELECT * FROM k WHERE token(k) > ? AND token(k) <= ?"),
             "partition key token bigint | partition key token bigint");
    CHECK_EQ(binds_of("SELECT * FROM k PER PARTITION LIMIT ? LIMIT ?"), "[per_partition_limit] int | [limit] int");
    CHECK_EQ(binds_of("SELECT m[?] FROM t"), "key(m) text");
    CHECK_EQ(binds_of("SELECT (int) ? FROM k"), "[selection] int");
    CHECK_EQ(binds_of("SELECT * FROM t WHERE p1 = 1 AND p2 = 'a' AND (c1, c2) > (?, ?)"), "c1 int | c2 int");
    CHECK_EQ(binds_of("SELECT * FROM t WHERE p1 = 1 AND p2 = 'a' AND (c1, c2) > ?"), "(c1,c2) frozen<tuple<int, int>>");
    CHECK_EQ(binds_of("SELECT * FROM t WHERE p1 = 1 AND p2 = 'a' AND (c1, c2) IN ?"),
             "in(c1,c2) list<frozen<tuple<int, int>>>");
    CHECK_EQ(binds_of("SELECT * FROM t WHERE l CONTAINS ? AND m[?] = ? ALLOW FILTERING"),
             "value(l) int | key(m) text | value(m) int");
    CHECK_EQ(binds_of("SELECT * FROM tl WHERE k = 1 AND ts > minTimeuuid(?) ALLOW FILTERING"),
             "Type error: cannot assign result of function system.mintimeuuid (type timeuuid) to ts (type timestamp)");
    CHECK_EQ(binds_of("SELECT * FROM k WHERE token(k) > token(?)"), "arg0(system.token) int");
  }
  TEST_CASE("partition key markers are told only when all are plain") {
    const SchemaRef schema = make_schema();
    const auto indexes = [&](const std::string& s) { return plan_select(s, schema)->partition_key_binds(); };
    CHECK_EQ(indexes("SELECT * FROM t WHERE p2 = ? AND p1 = ?"), std::vector<uint16_t>{1, 0});
    CHECK(indexes("SELECT * FROM t WHERE p2 = ? AND p1 = 1").empty());
    CHECK(indexes("SELECT * FROM k WHERE k IN ?").empty());
    CHECK(indexes("SELECT * FROM k").empty());
  }
  TEST_CASE("result columns are named and typed as Cassandra does") {
    CHECK_EQ(results_of("SELECT * FROM k"), "k int | v int | w text");
    CHECK_EQ(results_of("SELECT count(*), count(1), count(v) FROM k"),
             "count bigint | count bigint | system.count(v) bigint");
    CHECK_EQ(results_of("SELECT max(v), sum(v), avg(v), min(w) FROM k"),
             "system.max(v) int | system.sum(v) int | system.avg(v) int | system.min(w) text");
    CHECK_EQ(results_of("SELECT now(), uuid(), toTimestamp(now()) FROM k"),
             "system.now() timeuuid | system.uuid() uuid | system.totimestamp(system.now()) timestamp");
    CHECK_EQ(results_of("SELECT token(k), writetime(v), ttl(v) FROM k"),
             "system.token(k) bigint | writetime(v) bigint | ttl(v) int");
    CHECK_EQ(results_of("SELECT cast(v AS text), v + 1, -v FROM k"), "cast(v as text) text | v + 1 int | -v int");
    CHECK_EQ(results_of("SELECT u.f, m['a'], v AS x FROM t"), "u.f int | m['a'] int | x int");
    CHECK_EQ(results_of("SELECT writetime(m), ttl(m), maxwritetime(m), writetime(m['a']) FROM t"),
             "writetime(m) frozen<list<bigint>> | ttl(m) frozen<list<int>> | maxwritetime(m) bigint | "
             "writetime(m['a']) bigint");
    CHECK_EQ(results_of("SELECT JSON * FROM k"), "[json] text");
    CHECK_EQ(results_of("SELECT blobAsVarchar(bl) FROM t"), "system.blobasvarchar(bl) text");
    CHECK_EQ(results_of("SELECT v + b, v + fl, b + fl, v * d FROM t"),
             "v + b bigint | v + fl float | b + fl double | v * d decimal");
    CHECK_EQ(results_of("SELECT map_keys(m), collection_sum(st), floor(ts, 1h) FROM t"),
             "system.map_keys(m) frozen<set<text>> | system.collection_sum(st) int | system.floor(ts, 1h) timestamp");
  }
  TEST_CASE("the metadata id changes with names and types only") {
    const SchemaRef schema = make_schema();
    const auto id = [&](const std::string& s) { return plan_select(s, schema)->selection().metadata()->id; };
    CHECK_EQ(id("SELECT v FROM k").size(), 16);
    CHECK_EQ(id("SELECT v FROM k"), id("SELECT v FROM k WHERE k = 1"));
    CHECK_NE(id("SELECT v FROM k"), id("SELECT w FROM k"));
  }
  TEST_CASE("aggregates over everything come with a warning") {
    const SchemaRef schema = make_schema();
    CHECK_EQ(plan_select("SELECT count(*) FROM k", schema)->warnings(),
             std::vector<std::string>{"Aggregation query used without partition key"});
    CHECK(plan_select("SELECT count(*) FROM k WHERE k = 1", schema)->warnings().empty());
  }
}
