#include "core/query/describe.h"

#include "core/query/system_tables.h"
#include "tests/unit/query/schema_help.h"

using namespace ringlet;
using namespace ringlet::testing;

namespace {

constexpr const char* kReadings =
    "CREATE TABLE readings (site text, sensor int, at timestamp, unit text static, value double, tags set<text>, "
    "\"Note\" text, "
    "PRIMARY KEY ((site, sensor), at)) WITH CLUSTERING ORDER BY (at DESC) AND comment = 'it''s'";

constexpr std::string_view kReadingsText = R"(CREATE TABLE ks.readings (
    site text,
    sensor int,
    at timestamp,
    unit text static,
    "Note" text,
    value double,
    tags set<text>,
    PRIMARY KEY ((site, sensor), at)
) WITH CLUSTERING ORDER BY (at DESC)
    AND additional_write_policy = '99p'
    AND allow_auto_snapshot = true
    AND bloom_filter_fp_chance = 0.01
    AND caching = {'keys': 'ALL', 'rows_per_partition': 'NONE'}
    AND cdc = false
    AND comment = 'it''s'
    AND compaction = {'class': 'org.apache.cassandra.db.compaction.SizeTieredCompactionStrategy', 'max_threshold': '32', 'min_threshold': '4'}
    AND compression = {'chunk_length_in_kb': '16', 'class': 'org.apache.cassandra.io.compress.LZ4Compressor'}
    AND memtable = 'default'
    AND crc_check_chance = 1.0
    AND default_time_to_live = 0
    AND extensions = {}
    AND gc_grace_seconds = 864000
    AND incremental_backups = true
    AND max_index_interval = 2048
    AND memtable_flush_period_in_ms = 0
    AND min_index_interval = 128
    AND read_repair = 'BLOCKING'
    AND speculative_retry = '99p';)";

// What a text of several statements makes, run one by one.
void run_all(SchemaBench& bench, const std::string& text) {
  for (size_t at = 0; at < text.size();) {
    const size_t end = text.find(";", at);
    REQUIRE_NE(end, text.npos);
    CHECK_EQ(bench.run(text.substr(at, end - at)), "");
    at = end + 1 + (end + 1 < text.size());
  }
}

}  // namespace

TEST_SUITE("describe") {
  TEST_CASE("a table is shown in Cassandra's layout") {
    SchemaBench bench;
    REQUIRE_EQ(bench.run(kCreateKs), "");
    REQUIRE_EQ(bench.run(kReadings), "");
    CHECK_EQ(create_table_text(*bench.table("readings"), false), kReadingsText);
  }

  TEST_CASE("a key of one column is shown where the column is") {
    SchemaBench bench;
    REQUIRE_EQ(bench.run(kCreateKs), "");
    REQUIRE_EQ(bench.run("CREATE TABLE \"Select\" (\"K\" int PRIMARY KEY, v frozen<tuple<int, text>>)"), "");
    const std::string text = create_table_text(*bench.table("Select"), false);
    CHECK_EQ(text.substr(0, text.find(" AND")),
             "CREATE TABLE ks.\"Select\" (\n    \"K\" int PRIMARY KEY,\n    v frozen<tuple<int, text>>\n) WITH "
             "additional_write_policy = '99p'\n   ");
  }

  TEST_CASE("keyspaces and types are shown in Cassandra's layout") {
    SchemaBench bench;
    REQUIRE_EQ(bench.run(kCreateKs), "");
    REQUIRE_EQ(bench.run("CREATE TYPE addr (street text, zip int)"), "");
    CHECK_EQ(create_keyspace_text(*bench.schema().keyspace("ks")),
             "CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy', 'replication_factor': '1'}  AND "
             "durable_writes = true;");
    CHECK_EQ(create_type_text(*bench.schema().keyspace("ks")->types.at("addr")),
             "CREATE TYPE ks.addr (\n    street text,\n    zip int\n);");
  }

  TEST_CASE("what is shown makes the same table again, every option included") {
    for (const char* definition : {
             kReadings,
             "CREATE TABLE t (k int PRIMARY KEY)",
             "CREATE TABLE t (k int PRIMARY KEY, n counter)",
             "CREATE TABLE t (k int, c int, d text, PRIMARY KEY (k, c, d)) WITH CLUSTERING ORDER BY (c ASC, d DESC)",
             "CREATE TABLE t (k int PRIMARY KEY, a frozen<addr>, b list<frozen<addr>>, v vector<float, 3>, m map<text, "
             "frozen<list<int>>>)",
             "CREATE TABLE t (k int PRIMARY KEY) WITH compaction = {'class': 'UnifiedCompactionStrategy', "
             "'scaling_parameters': 'T4'} "
             "AND compression = {'enabled': false} AND tombstone_gc = {'mode': 'immediate'} AND in_memory = true AND "
             "cdc = true "
             "AND extensions = {'a': 0xcafe} AND speculative_retry = 'MIN(99p,50ms)' AND crc_check_chance = 0.25 "
             "AND allow_auto_snapshot = false AND incremental_backups = false AND default_time_to_live = 3600",
         }) {
      CAPTURE(definition);
      SchemaBench bench;
      REQUIRE_EQ(bench.run(kCreateKs), "");
      REQUIRE_EQ(bench.run("CREATE TYPE addr (\"Street\" text, zip int)"), "");
      REQUIRE_EQ(bench.run(definition), "");
      const std::string name = bench.last()->change.name;
      const std::string text = create_table_text(*bench.table(name), false);
      REQUIRE_EQ(bench.run("DROP TABLE " + name), "");
      CHECK_EQ(bench.run(text), "");
      CHECK_EQ(create_table_text(*bench.table(name), false), text);
    }
  }

  TEST_CASE("with internals a table keeps its id, and its dropped columns stay dropped") {
    SchemaBench bench;
    REQUIRE_EQ(bench.run(kCreateKs), "");
    REQUIRE_EQ(bench.run("CREATE TABLE t (k int PRIMARY KEY, v int, w text)"), "");
    REQUIRE_EQ(bench.run("ALTER TABLE t DROP v USING TIMESTAMP 77"), "");
    REQUIRE_EQ(bench.run("ALTER TABLE t DROP w USING TIMESTAMP 78"), "");
    REQUIRE_EQ(bench.run("ALTER TABLE t ADD w text"), "");
    const Table before = *bench.table("t");
    const std::string text = create_table_text(before, true);
    REQUIRE_EQ(bench.run("DROP TABLE t"), "");
    run_all(bench, text);
    CHECK_EQ(bench.table("t")->id, before.id);
    CHECK_EQ(create_table_text(*bench.table("t"), true), text);
    CHECK_EQ(bench.table("t")->dropped.size(), 2);
    CHECK_EQ(bench.table("t")->find("v"), nullptr);
  }

  TEST_CASE("every system table that is not virtual can be read back as CQL") {
    const SchemaRef schema = with_system_keyspaces(std::make_shared<Schema>());
    for (const char* keyspace : {"system", "system_schema", "system_auth", "system_traces", "system_distributed"})
      for (const auto& [name, table] : schema->keyspace(keyspace)->tables)
        CHECK(cql::parse_statement(create_table_text(*table, false)).has_value());
    CHECK_EQ(create_table_text(*schema->table("system_views", "settings"), false),
             "/*\nWarning: Table system_views.settings is a virtual table and cannot be recreated with CQL.\n"
             "Structure, for reference:\nVIRTUAL TABLE system_views.settings (\n    name text PRIMARY KEY,\n    value "
             "text\n) WITH "
             "comment = '';\n*/");
  }

  TEST_CASE("a keyspace is described whole, types after those they are made of, in pages that join") {
    SchemaBench bench;
    for (const char* statement : {kCreateKs, "CREATE TYPE z (x int)", "CREATE TYPE a (i frozen<z>)",
                                  "CREATE TABLE \"B\" (k int PRIMARY KEY)", "CREATE TABLE a_table (k int PRIMARY KEY)"})
      REQUIRE_EQ(bench.run(statement), "");
    const auto parsed = cql::parse_statement("DESCRIBE KEYSPACE ks");
    const auto& describe = std::get<cql::Describe>(parsed->statement);
    const auto all = run_describe(describe, bench.schema(), {}, "", -1, std::nullopt);
    REQUIRE(all.has_value());
    CHECK_EQ(all->row_count, 5);
    const auto at = [&](std::string_view text) { return all->cells.find(text); };
    CHECK_LT(at("CREATE KEYSPACE"), at("CREATE TYPE ks.z"));
    CHECK_LT(at("CREATE TYPE ks.z"), at("CREATE TYPE ks.a"));
    CHECK_LT(at("CREATE TYPE ks.a"), at("CREATE TABLE ks.a_table"));
    CHECK_LT(at("CREATE TABLE ks.a_table"), at("CREATE TABLE ks.\"B\""));
    Bytes joined, state;
    std::optional<BytesView> resume;
    for (int page = 0; page < 3; ++page) {
      const auto some = run_describe(describe, bench.schema(), {}, "", 2, resume);
      REQUIRE(some.has_value());
      joined += some->cells;
      CHECK_EQ(some->paging_state.has_value(), page < 2);
      state = some->paging_state.value_or("");
      resume = state;
    }
    CHECK_EQ(joined, all->cells);
    CHECK_EQ(run_describe(describe, bench.schema(), {}, "", 2, "nonsense").error().code, Errc::protocol);
  }
}
