#include "core/query/schema_statements.h"

#include "core/base/limits.h"
#include "tests/unit/query/schema_help.h"

using namespace ringlet;
using namespace ringlet::testing;

namespace {

// What applying the same commands elsewhere would give, byte for byte.
Bytes bytes_of(const Schema& schema) {
  Bytes bytes;
  ByteWriter out(bytes);
  encode_schema(schema, out);
  return bytes;
}

std::string many_columns(size_t count) {
  std::string text = "CREATE TABLE wide (k int PRIMARY KEY";
  for (size_t i = 1; i < count; ++i) text += ", c" + std::to_string(i) + " int";
  return text + ")";
}

}  // namespace

TEST_SUITE("schema_statements") {
  TEST_CASE("clients are told what was made, changed and dropped, and nothing when nothing was to be done") {
    SchemaBench bench;
    CHECK_EQ(bench.run(kCreateKs), "");
    CHECK_EQ(bench.last()->change.change, "CREATED");
    CHECK_EQ(bench.last()->change.target, "KEYSPACE");
    CHECK_EQ(bench.last()->change.name, "");
    CHECK_EQ(bench.run("CREATE TABLE t (k int PRIMARY KEY)"), "");
    CHECK_EQ(bench.last()->change.target, "TABLE");
    CHECK_EQ(bench.last()->change.name, "t");
    CHECK_EQ(bench.run("ALTER TABLE t ADD v int"), "");
    CHECK_EQ(bench.last()->change.change, "UPDATED");
    CHECK_EQ(bench.run("CREATE TABLE IF NOT EXISTS t (k int PRIMARY KEY)"), "");
    CHECK_FALSE(bench.last());
    CHECK_EQ(bench.run("DROP TABLE t"), "");
    CHECK_EQ(bench.last()->change.change, "DROPPED");
    CHECK_EQ(bench.run("DROP TABLE IF EXISTS t"), "");
    CHECK_FALSE(bench.last());
  }

  TEST_CASE("an existing table is refused with the names that the protocol wants") {
    SchemaBench bench;
    REQUIRE_EQ(bench.run(kCreateKs), "");
    REQUIRE_EQ(bench.run("CREATE TABLE t (k int PRIMARY KEY)"), "");
    const auto again = bench.plan("CREATE TABLE t (k int PRIMARY KEY)");
    REQUIRE_FALSE(again.has_value());
    CHECK_EQ(again.error().code, Errc::already_exists);
    CHECK_EQ(again.error().arguments, std::vector<std::string>{"ks", "t"});
    const auto keyspace = bench.plan(kCreateKs);
    REQUIRE_FALSE(keyspace.has_value());
    CHECK_EQ(keyspace.error().arguments, std::vector<std::string>{"ks", ""});
  }

  TEST_CASE("a command carries its whole outcome: applied twice from the same schema it gives the same bytes") {
    SchemaBench bench;
    REQUIRE_EQ(bench.run(kCreateKs), "");
    const auto planned = bench.plan("CREATE TABLE t (k int PRIMARY KEY, v text)");
    REQUIRE(planned.has_value());
    Bytes command;
    ByteWriter out(command);
    encode_command((*planned)->command, out);
    const auto read_back = decode_command(command);
    REQUIRE(read_back.has_value());
    CHECK_EQ(bytes_of(**apply(bench.schema(), (*planned)->command)), bytes_of(**apply(bench.schema(), *read_back)));
  }

  TEST_CASE("a plan made before somebody else's change is busy, so that it is made again") {
    SchemaBench bench;
    REQUIRE_EQ(bench.run(kCreateKs), "");
    const auto planned = bench.plan("CREATE TABLE t (k int PRIMARY KEY)");
    REQUIRE_EQ(bench.run("CREATE TABLE other (k int PRIMARY KEY)"), "");
    const auto late = apply(bench.schema(), (*planned)->command);
    REQUIRE_FALSE(late.has_value());
    CHECK_EQ(late.error().code, Errc::busy);
  }

  TEST_CASE("a column added again gets a new id, and the old one stays dropped at its time") {
    SchemaBench bench;
    REQUIRE_EQ(bench.run(kCreateKs), "");
    REQUIRE_EQ(bench.run("CREATE TABLE t (k int PRIMARY KEY, v int)"), "");
    const ColumnId first = bench.table("t")->find("v")->id;
    REQUIRE_EQ(bench.run("ALTER TABLE t DROP v USING TIMESTAMP 42"), "");
    CHECK_EQ(bench.table("t")->dropped_at(first), Timestamp{42});
    REQUIRE_EQ(bench.run("ALTER TABLE t ADD v int"), "");
    CHECK_NE(bench.table("t")->find("v")->id, first);
    REQUIRE_EQ(bench.run("ALTER TABLE t DROP v USING TIMESTAMP 50"), "");
    CHECK_EQ(bench.run("ALTER TABLE t ADD v bigint"),
             "Cannot re-add previously dropped column 'v' of type bigint, incompatible with previous type int");
    CHECK_EQ(bench.table("t")->dropped_at(first), Timestamp{42});
  }

  TEST_CASE("a table dropped and made again is another table") {
    SchemaBench bench;
    REQUIRE_EQ(bench.run(kCreateKs), "");
    REQUIRE_EQ(bench.run("CREATE TABLE t (k int PRIMARY KEY)"), "");
    const TableId first = bench.table("t")->id;
    REQUIRE_EQ(bench.run("DROP TABLE t"), "");
    REQUIRE_EQ(bench.run("CREATE TABLE t (k int PRIMARY KEY)"), "");
    CHECK_NE(bench.table("t")->id, first);
  }

  TEST_CASE("altering a type rebuilds each of its users in one command, and no other table") {
    SchemaBench bench;
    REQUIRE_EQ(bench.run(kCreateKs), "");
    REQUIRE_EQ(bench.run("CREATE TYPE inner_type (x int)"), "");
    REQUIRE_EQ(bench.run("CREATE TYPE outer_type (i frozen<inner_type>)"), "");
    REQUIRE_EQ(bench.run("CREATE TABLE uses (k int PRIMARY KEY, m map<int, frozen<outer_type>>)"), "");
    REQUIRE_EQ(bench.run("CREATE TABLE other (k int PRIMARY KEY, v int)"), "");
    REQUIRE_EQ(bench.run("ALTER TYPE inner_type ADD y text"), "");
    CHECK_EQ(bench.last()->command.changes.size(), 3);  // the type, the type around it, the table
    const Type& value = *bench.table("uses")->find("m")->type->parameters[1];
    CHECK_EQ(value.parameters[0]->field_names, std::vector<std::string>{"x", "y"});
    CHECK(value.parameters[0]->frozen);
    CHECK_EQ(bench.table("uses")->version, bench.schema().version);
    CHECK_LT(bench.table("other")->version, bench.schema().version);
  }

  TEST_CASE("the network strategy stores a factor for each data center and none of its own") {
    SchemaBench bench;
    REQUIRE_EQ(
        bench.run(
            "CREATE KEYSPACE ks WITH replication = {'class': 'NetworkTopologyStrategy', 'replication_factor': '2'}"),
        "");
    const auto& replication = bench.schema().keyspace("ks")->replication;
    CHECK_EQ(replication.at("datacenter1"), "2");
    CHECK_FALSE(replication.contains("replication_factor"));
    CHECK_EQ(bench.last()->warnings.size(), 1);  // two copies on one node
  }

  TEST_CASE("a table has so many columns and no more") {
    SchemaBench bench;
    REQUIRE_EQ(bench.run(kCreateKs), "");
    CHECK_EQ(bench.run(many_columns(kColumnsMax + 1)), "a table may have at most 4096 columns; 'wide' has 4097");
    CHECK_EQ(bench.run(many_columns(kColumnsMax)), "");
    CHECK_EQ(bench.run("ALTER TABLE wide ADD one_more int"), "a table may have at most 4096 columns");
  }

  TEST_CASE("there are so many tables, keyspaces and types, and no more") {
    SchemaBench bench;
    REQUIRE_EQ(bench.run(kCreateKs), "");
    REQUIRE_EQ(bench.run("CREATE TYPE u (x int)"), "");
    REQUIRE_EQ(bench.run("CREATE TABLE t (k int PRIMARY KEY)"), "");
    auto keyspace = std::make_shared<Keyspace>(*bench.schema().keyspace("ks"));
    for (size_t i = 1; i < kTablesMax; ++i) keyspace->tables.emplace("t" + std::to_string(i), keyspace->tables.at("t"));
    for (size_t i = 1; i < kUserTypesMax; ++i)
      keyspace->types.emplace("u" + std::to_string(i), keyspace->types.at("u"));
    Schema full = bench.schema();
    full.keyspaces["ks"] = keyspace;
    for (size_t i = 1; i < kKeyspacesMax; ++i) full.keyspaces["ks" + std::to_string(i)] = std::make_shared<Keyspace>();
    bench.take(std::make_shared<Schema>(full));
    CHECK_EQ(bench.run("CREATE TABLE one_more (k int PRIMARY KEY)"),
             "there may be at most 4096 tables: drop one first");
    CHECK_EQ(bench.run("CREATE TYPE one_more (x int)"), "there may be at most 4096 user types: drop one first");
    CHECK_EQ(
        bench.run("CREATE KEYSPACE one_more WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}"),
        "there may be at most 1024 keyspaces: drop one first");
  }

  TEST_CASE("what stays in memory for ever is of a bounded size") {
    SchemaBench bench;
    REQUIRE_EQ(bench.run(kCreateKs), "");
    const std::string comment(kSchemaObjectBytesMax, 'x');
    CHECK_NE(bench.run("CREATE TABLE t (k int PRIMARY KEY) WITH comment = '" + comment + "'"), "");
    CHECK_EQ(bench.run("CREATE TABLE t (k int PRIMARY KEY) WITH comment = '" + comment.substr(1000) + "'"), "");
  }

  TEST_CASE("a name is 48 characters long at most") {
    SchemaBench bench;
    REQUIRE_EQ(bench.run(kCreateKs), "");
    CHECK_EQ(bench.run("CREATE TABLE " + std::string(48, 'a') + " (k int PRIMARY KEY)"), "");
    CHECK_NE(bench.run("CREATE TABLE " + std::string(49, 'a') + " (k int PRIMARY KEY)"), "");
  }
}
