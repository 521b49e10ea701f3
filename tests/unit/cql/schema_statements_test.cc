#include "tests/unit/cql/parse_helpers.h"

using namespace ringlet;
using namespace ringlet::cql;

TEST_SUITE("cql keyspaces") {
  TEST_CASE("create, alter and drop") {
    const auto created = parsed<CreateKeyspace>(
        "CREATE KEYSPACE IF NOT EXISTS \"Ks\" WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1} "
        "AND durable_writes = false;");
    CHECK(created.if_not_exists);
    CHECK_EQ(created.name, "Ks");
    REQUIRE_EQ(created.properties.size(), 2);
    const auto& replication = std::get<std::vector<PropertyEntry>>(created.properties[0].value);
    CHECK_EQ(replication[1].key, "replication_factor");
    CHECK_EQ(replication[1].value.text, "1");
    CHECK_EQ(std::get<Literal>(created.properties[1].value).text, "false");
    CHECK_EQ(parsed<CreateKeyspace>("create schema ks with REPLICATION = {}").properties[0].name, "replication");
    CHECK_NE(problem_of("CREATE KEYSPACE ks"), "");
    CHECK(
        parsed<AlterKeyspace>("ALTER KEYSPACE IF EXISTS ks WITH durable_writes = true AND tablets = {'enabled': false}")
            .if_exists);
    CHECK(parsed<DropKeyspace>("DROP KEYSPACE IF EXISTS ks").if_exists);
    CHECK_EQ(parsed<DropKeyspace>("DROP SCHEMA ks").name, "ks");
  }
}

TEST_SUITE("cql tables") {
  TEST_CASE("columns, keys and options") {
    const auto table = parsed<CreateTable>(
        "CREATE TABLE IF NOT EXISTS ks.t (a int, b text, c timestamp, s text static, v frozen<map<text, int>>, "
        "PRIMARY KEY ((a, b), c)) WITH CLUSTERING ORDER BY (c DESC) AND comment = 'it''s' AND gc_grace_seconds = 10 "
        "AND bloom_filter_fp_chance = 0.01 AND cdc = false AND extensions = {} AND speculative_retry = NONE AND "
        "COMPACT STORAGE "
        "AND ID = 5a1c395e-b41f-11e5-9f22-ba0be0483c18");
    CHECK(table.if_not_exists);
    CHECK_EQ(table.columns.size(), 5);
    CHECK(table.columns[3].is_static);
    CHECK_EQ(to_cql(table.columns[4].type), "frozen<map<text, int>>");
    REQUIRE_EQ(table.primary_keys.size(), 1);
    CHECK_EQ(table.primary_keys[0].partition, std::vector<std::string>{"a", "b"});
    CHECK_EQ(table.primary_keys[0].clustering, std::vector<std::string>{"c"});
    REQUIRE_EQ(table.clustering_order.size(), 1);
    CHECK(table.clustering_order[0].descending);
    CHECK(table.compact_storage);
    REQUIRE_EQ(table.properties.size(), 7);
    CHECK_EQ(std::get<Literal>(table.properties[0].value).text, "it's");
    CHECK_EQ(std::get<Literal>(table.properties[5].value).text, "none");
    CHECK_EQ(std::get<Literal>(table.properties[6].value).kind, Literal::Kind::uuid);
  }
  TEST_CASE("the primary key may stand beside its column, and none or two are kept for the planner") {
    const auto inline_key = parsed<CreateTable>("CREATE TABLE t (key int PRIMARY KEY, value text,)");
    REQUIRE_EQ(inline_key.primary_keys.size(), 1);
    CHECK_EQ(inline_key.primary_keys[0].partition, std::vector<std::string>{"key"});
    CHECK(parsed<CreateTable>("CREATE COLUMNFAMILY t (k int)").primary_keys.empty());
    CHECK_EQ(parsed<CreateTable>("CREATE TABLE t (k int PRIMARY KEY, v int, PRIMARY KEY (k))").primary_keys.size(), 2);
    CHECK_EQ(parsed<CreateTable>("CREATE TABLE t (k int, PRIMARY KEY (k, a, b))").primary_keys[0].clustering.size(), 2);
  }
  TEST_CASE("masks") {
    const auto table = parsed<CreateTable>(
        "CREATE TABLE t (k int PRIMARY KEY, a text MASKED WITH DEFAULT, b text STATIC MASKED WITH mask_inner(1, null), "
        "c int MASKED WITH ks.f())");
    REQUIRE(table.columns[1].mask);
    CHECK_FALSE(table.columns[1].mask->function);
    CHECK_EQ(table.columns[2].mask->arguments.size(), 2);
    CHECK_EQ(to_cql(*table.columns[3].mask->function), "ks.f");
  }
  TEST_CASE("ALTER TABLE in all its forms") {
    const auto action = [](const char* text) { return parsed<AlterTable>(text).action; };
    CHECK_EQ(std::get<AddColumns>(action("ALTER TABLE t ADD v int")).columns.size(), 1);
    const auto add = std::get<AddColumns>(action("ALTER TABLE IF EXISTS t ADD IF NOT EXISTS (v int, s text STATIC)"));
    CHECK(add.if_not_exists);
    CHECK_EQ(add.columns.size(), 2);
    CHECK_EQ(std::get<AddColumns>(action("ALTER TABLE t ADD v int, w int")).columns.size(), 2);
    CHECK_EQ(std::get<DropColumns>(action("ALTER TABLE t DROP (v, w) USING TIMESTAMP 5")).columns.size(), 2);
    CHECK(std::get<DropColumns>(action("ALTER TABLE t DROP IF EXISTS v USING TIMESTAMP 5")).timestamp);
    CHECK_EQ(std::get<DropColumns>(action("ALTER TABLE t DROP compact")).columns[0], "compact");
    CHECK(std::holds_alternative<DropCompactStorage>(action("ALTER TABLE t DROP COMPACT STORAGE")));
    CHECK_EQ(std::get<RenameColumns>(action("ALTER TABLE t RENAME a TO b AND c TO d")).renames[1].to, "d");
    CHECK_EQ(std::get<AlterColumnType>(action("ALTER TABLE t ALTER v TYPE bigint")).type.name, "bigint");
    CHECK(std::get<AlterColumnMask>(action("ALTER TABLE t ALTER v MASKED WITH DEFAULT")).mask);
    CHECK_FALSE(std::get<AlterColumnMask>(action("ALTER TABLE t ALTER IF EXISTS v DROP MASKED")).mask);
    CHECK_EQ(std::get<AlterProperties>(action("ALTER TABLE t WITH comment = 'x' AND caching = {'keys': 'ALL'}"))
                 .properties.size(),
             2);
    CHECK_NE(problem_of("ALTER TABLE t"), "");
  }
  TEST_CASE("drop") {
    CHECK(parsed<DropTable>("DROP TABLE IF EXISTS ks.t").if_exists);
    CHECK_EQ(parsed<DropTable>("DROP COLUMNFAMILY t").name.name, "t");
  }
}

TEST_SUITE("cql indexes, types, views, functions") {
  TEST_CASE("indexes") {
    const auto plain = parsed<CreateIndex>("CREATE INDEX ON ks.t (v)");
    CHECK_FALSE(plain.name);
    CHECK_EQ(plain.targets.at(0).kind, IndexTarget::Kind::column);
    const auto custom = parsed<CreateIndex>(
        "CREATE CUSTOM INDEX IF NOT EXISTS i ON t (keys(m)) USING 'StorageAttachedIndex' WITH OPTIONS = "
        "{'similarity_function': 'cosine'}");
    CHECK(custom.custom);
    CHECK(custom.if_not_exists);
    CHECK_EQ(custom.name->name, "i");
    CHECK_EQ(custom.targets[0].kind, IndexTarget::Kind::keys);
    CHECK_EQ(custom.using_class, "StorageAttachedIndex");
    CHECK_EQ(custom.properties.at(0).name, "options");
    CHECK_EQ(parsed<CreateIndex>("CREATE INDEX i ON t (entries(m))").targets[0].kind, IndexTarget::Kind::entries);
    CHECK_EQ(parsed<CreateIndex>("CREATE INDEX i ON t (FULL(\"M\"))").targets[0].column, "M");
    CHECK_EQ(parsed<CreateIndex>("CREATE INDEX i ON t (values(m))").targets[0].kind, IndexTarget::Kind::values);
    CHECK_EQ(parsed<CreateIndex>("CREATE INDEX i ON t (values)").targets[0].column, "values");
    CHECK_EQ(parsed<CreateIndex>("CREATE INDEX i ON t (v) USING 'sai'").using_class, "sai");
    CHECK_EQ(to_cql(parsed<DropIndex>("DROP INDEX IF EXISTS ks.i").name), "ks.i");
  }
  TEST_CASE("user types, with a trailing comma") {
    const auto type =
        parsed<CreateType>("CREATE TYPE IF NOT EXISTS ks.addr (street text, zip int, tags frozen<list<frozen<tag>>>,)");
    REQUIRE_EQ(type.fields.size(), 3);
    CHECK_EQ(to_cql(type.fields[2].type), "frozen<list<frozen<tag>>>");
    CHECK_EQ(std::get<AddField>(parsed<AlterType>("ALTER TYPE t ADD f int").action).field.name, "f");
    CHECK(std::get<AddField>(parsed<AlterType>("ALTER TYPE t ADD IF NOT EXISTS f int").action).if_not_exists);
    CHECK_EQ(std::get<RenameFields>(parsed<AlterType>("ALTER TYPE IF EXISTS t RENAME a TO b AND c TO d").action)
                 .renames.size(),
             2);
    CHECK(std::holds_alternative<AlterField>(parsed<AlterType>("ALTER TYPE t ALTER a TYPE int").action));
    CHECK(parsed<DropType>("DROP TYPE IF EXISTS ks.t").if_exists);
  }
  TEST_CASE("views") {
    const auto view = parsed<CreateView>(
        "CREATE MATERIALIZED VIEW IF NOT EXISTS v AS SELECT a, b FROM ks.t WHERE a IS NOT NULL AND b IS NOT NULL AND c "
        "> 3 "
        "PRIMARY KEY ((b), a) WITH CLUSTERING ORDER BY (a ASC) AND comment = ''");
    CHECK_EQ(view.select.items.size(), 2);
    CHECK_EQ(view.select.where.size(), 3);
    CHECK_EQ(view.primary_keys.at(0).clustering, std::vector<std::string>{"a"});
    CHECK_EQ(view.clustering_order.size(), 1);
    CHECK_EQ(parsed<AlterView>("ALTER MATERIALIZED VIEW ks.v WITH comment = 'x'").properties.size(), 1);
    CHECK_EQ(parsed<DropView>("DROP MATERIALIZED VIEW v").name.name, "v");
  }
  TEST_CASE("functions, aggregates and triggers") {
    const auto function = parsed<CreateFunction>(
        "CREATE OR REPLACE FUNCTION ks.f(a int, b frozen<list<text>>) RETURNS NULL ON NULL INPUT RETURNS double "
        "LANGUAGE java AS $$ return a + '''; $$");
    CHECK(function.or_replace);
    CHECK_EQ(function.arguments.size(), 2);
    CHECK_FALSE(function.called_on_null_input);
    CHECK_EQ(function.return_type.name, "double");
    CHECK_EQ(function.body, " return a + '''; ");
    CHECK(parsed<CreateFunction>(
              "CREATE FUNCTION IF NOT EXISTS f() CALLED ON NULL INPUT RETURNS int LANGUAGE lua AS 'return 1'")
              .called_on_null_input);
    const auto aggregate = parsed<CreateAggregate>(
        "CREATE AGGREGATE ks.a(int, text) SFUNC sf STYPE tuple<int, bigint> FINALFUNC ff INITCOND (0, 0)");
    CHECK_EQ(aggregate.argument_types.size(), 2);
    CHECK_EQ(aggregate.final_function, "ff");
    CHECK_EQ(to_cql(*aggregate.initial), "(0, 0)");
    CHECK_EQ(parsed<DropFunction>("DROP FUNCTION IF EXISTS ks.f(int, list<text>)").argument_types->size(), 2);
    CHECK_FALSE(parsed<DropFunction>("DROP FUNCTION f").argument_types);
    CHECK(parsed<DropAggregate>("DROP AGGREGATE a()").argument_types->empty());
    CHECK_EQ(parsed<CreateTrigger>("CREATE TRIGGER IF NOT EXISTS tr ON ks.t USING 'a.b.C'").trigger_class, "a.b.C");
    CHECK_EQ(parsed<DropTrigger>("DROP TRIGGER tr ON t").name, "tr");
  }
}

TEST_SUITE("cql DESCRIBE") {
  TEST_CASE("every form, and words that may be names") {
    using What = Describe::What;
    const struct {
      const char* text;
      What what;
      const char* name;
    } cases[] = {
        {"DESCRIBE CLUSTER", What::cluster, ""},
        {"DESC KEYSPACES;", What::keyspaces, ""},
        {"DESCRIBE TABLES", What::tables, ""},
        {"DESCRIBE TYPES", What::types, ""},
        {"DESCRIBE FUNCTIONS", What::functions, ""},
        {"DESCRIBE AGGREGATES", What::aggregates, ""},
        {"describe schema", What::schema, ""},
        {"DESCRIBE FULL SCHEMA WITH INTERNALS", What::schema, ""},
        {"DESCRIBE KEYSPACE", What::keyspace, ""},
        {"DESCRIBE KEYSPACE ks", What::keyspace, "ks"},
        {"DESCRIBE ONLY KEYSPACE \"Ks\" WITH INTERNALS", What::keyspace, "\"Ks\""},
        {"DESCRIBE TABLE ks.t", What::table, "ks.t"},
        {"DESCRIBE COLUMNFAMILY t", What::table, "t"},
        {"DESCRIBE TYPE addr", What::type, "addr"},
        {"DESCRIBE INDEX ks.i", What::index, "ks.i"},
        {"DESCRIBE MATERIALIZED VIEW v", What::view, "v"},
        {"DESCRIBE FUNCTION ks.f", What::function, "ks.f"},
        {"DESCRIBE AGGREGATE a", What::aggregate, "a"},
        {"DESCRIBE ks", What::anything, "ks"},
        {"DESC ks.t WITH INTERNALS", What::anything, "ks.t"},
        {"DESCRIBE type", What::anything, "type"},
        {"DESCRIBE cluster.x", What::anything, "cluster.x"},
        {"DESCRIBE only", What::anything, "only"},
    };
    for (const auto& expected : cases) {
      const auto describe = parsed<Describe>(expected.text);
      CAPTURE(expected.text);
      CHECK_EQ(describe.what, expected.what);
      CHECK_EQ(describe.name ? to_cql(*describe.name) : "", expected.name);
      CHECK_EQ(describe.with_internals, std::string_view(expected.text).ends_with("INTERNALS"));
    }
    CHECK(parsed<Describe>("DESCRIBE FULL SCHEMA").full);
    CHECK(parsed<Describe>("DESCRIBE ONLY KEYSPACE").only);
    CHECK_NE(problem_of("DESCRIBE"), "");
    CHECK_NE(problem_of("DESCRIBE TABLE"), "");
  }
}
