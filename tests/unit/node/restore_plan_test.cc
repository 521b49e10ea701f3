#include "core/node/restore_plan.h"

#include <doctest/doctest.h>

namespace ringlet {
namespace {

TableId id_of(uint8_t n) { return Uuid{{0x77, n}}; }

Table plain_table(uint8_t n, const std::string& name) {
  const auto text = native_type(TypeKind::text);
  Table table;
  table.id = id_of(n);
  table.keyspace = "ks";
  table.name = name;
  table.partition_key = {Column{ColumnId{1}, "p", text, ColumnKind::partition_key, 0}};
  table.regulars = {Column{ColumnId{2}, "a", text, ColumnKind::regular, 0},
                    Column{ColumnId{3}, "b", native_type(TypeKind::int_), ColumnKind::regular, 0}};
  table.next_column_id = ColumnId{4};
  return table;
}

SchemaRef schema_of(const std::vector<Table>& tables, std::map<std::string, TypeRef> types = {}) {
  auto schema = std::make_shared<Schema>();
  schema->version = SchemaVersion{5};
  auto keyspace = std::make_shared<Keyspace>();
  keyspace->name = "ks";
  keyspace->types = std::move(types);
  for (const Table& table : tables) keyspace->tables[table.name] = std::make_shared<const Table>(table);
  schema->keyspaces["ks"] = keyspace;
  return schema;
}

SnapshotManifest snapshot_of(SchemaRef schema) {
  return {Timestamp{1},
          1,
          true,
          {},
          std::move(schema),
          {{id_of(1), FileId{9}, 100, 0, 1, 0}, {id_of(1), FileId{10}, 50, 0, 1, 0}}};
}

TableId new_id() { return id_of(99); }

Errc planned(const RestoreRequest& request, const Schema& schema, const SnapshotManifest& snapshot) {
  const auto plan = plan_restore(snapshot, request, schema, new_id);
  return plan ? Errc::syntax : plan.error().code;
}

const Schema kNothing{};

}  // namespace

TEST_SUITE("restore_plan") {
  TEST_CASE("a table that is missing is made with the snapshot's columns, under an id of its own, with its keyspace") {
    const SnapshotManifest snapshot = snapshot_of(schema_of({plain_table(1, "t"), plain_table(2, "u")}));
    const auto plan = plan_restore(snapshot, {.snapshot = "s", .keyspace = "ks", .table = "t"}, kNothing, new_id);
    REQUIRE(plan);
    REQUIRE_EQ(plan->size(), 1);
    CHECK(plan->front().is_new);
    CHECK_EQ(plan->front().to->id, id_of(99));
    CHECK_EQ(plan->front().files.size(), 2);
    const auto command = restore_schema(snapshot, *plan, kNothing);
    REQUIRE(command);
    const auto made = apply(kNothing, *command);
    REQUIRE(made);
    REQUIRE((*made)->table("ks", "t"));
    CHECK_EQ((*made)->table("ks", "t")->find(ColumnId{3})->name, "b");
    CHECK_EQ((*made)->table("ks", "u"), nullptr);
    const auto again = restore_schema(snapshot, *plan, **made);
    REQUIRE(again);
    CHECK(again->changes.empty());
  }

  TEST_CASE("a table of the same columns takes the files; one of other columns, keys or types is refused in words") {
    const SnapshotManifest snapshot = snapshot_of(schema_of({plain_table(1, "t")}));
    const RestoreRequest all{.snapshot = "s"};
    CHECK_EQ(planned(all, *schema_of({plain_table(5, "t")}), snapshot), Errc::syntax);
    Table more = plain_table(5, "t");
    more.regulars.push_back(Column{ColumnId{4}, "c", native_type(TypeKind::int_), ColumnKind::regular, 0});
    CHECK_EQ(planned(all, *schema_of({more}), snapshot), Errc::syntax);
    Table renumbered = plain_table(5, "t");
    std::swap(renumbered.regulars[0].id, renumbered.regulars[1].id);
    Table fewer = plain_table(5, "t");
    fewer.regulars.pop_back();
    Table retyped = plain_table(5, "t");
    retyped.regulars[1].type = native_type(TypeKind::bigint);
    Table rekeyed = plain_table(5, "t");
    rekeyed.partition_key[0].type = native_type(TypeKind::blob);
    Table counting = plain_table(5, "t");
    counting.is_counter = true;
    for (const Table& other : {renumbered, fewer, retyped, rekeyed, counting}) {
      const auto refused = plan_restore(snapshot, all, *schema_of({other}), new_id);
      REQUIRE_FALSE(refused);
      CHECK_EQ(refused.error().code, Errc::invalid);
      CHECK_NE(refused.error().detail.find("ks.t"), std::string::npos);
    }
  }

  TEST_CASE("the table that the snapshot was taken of takes its files whatever was altered since") {
    const SnapshotManifest snapshot = snapshot_of(schema_of({plain_table(1, "t")}));
    Table altered = plain_table(1, "t");
    altered.dropped.push_back({ColumnId{3}, "b", altered.regulars[1].type, ColumnKind::regular, Timestamp{50}});
    altered.regulars.pop_back();
    CHECK_EQ(planned({.snapshot = "s"}, *schema_of({altered}), snapshot), Errc::syntax);
  }

  TEST_CASE("cells of a column that was dropped before the snapshot never show in another table") {
    Table dropped = plain_table(1, "t");
    dropped.dropped.push_back({ColumnId{3}, "b", dropped.regulars[1].type, ColumnKind::regular, Timestamp{50}});
    dropped.regulars.pop_back();
    const SnapshotManifest snapshot = snapshot_of(schema_of({dropped}));
    Table other = plain_table(5, "t");
    CHECK_EQ(planned({.snapshot = "s"}, *schema_of({other}), snapshot), Errc::invalid);
    other = dropped;
    other.id = id_of(5);
    CHECK_EQ(planned({.snapshot = "s"}, *schema_of({other}), snapshot), Errc::syntax);
  }

  TEST_CASE("another name is for one table, not in the system's keyspaces, and not away from its user types") {
    Table typed = plain_table(2, "u");
    const TypeRef type = user_type("ks", "pair", {"x"}, {native_type(TypeKind::int_)}, true);
    typed.regulars[0].type = list_type(type, true);
    const SnapshotManifest snapshot = snapshot_of(schema_of({plain_table(1, "t"), typed}, {{"pair", type}}));
    const auto as = [](std::string table, std::string keyspace) {
      return RestoreRequest{.snapshot = "s",
                            .keyspace = table.empty() ? "" : "ks",
                            .table = table,
                            .as_keyspace = std::move(keyspace),
                            .as_table = "copy"};
    };
    CHECK_EQ(planned(as("t", "other"), kNothing, snapshot), Errc::syntax);
    CHECK_EQ(planned(as("", "other"), kNothing, snapshot), Errc::invalid);
    CHECK_EQ(planned(as("t", "system"), kNothing, snapshot), Errc::invalid);
    CHECK_EQ(planned(as("t", "no good"), kNothing, snapshot), Errc::invalid);
    CHECK_EQ(planned(as("u", "other"), kNothing, snapshot), Errc::invalid);
    CHECK_EQ(planned(as("u", "ks"), kNothing, snapshot), Errc::syntax);
    CHECK_EQ(planned({.snapshot = "s", .keyspace = "ks", .table = "none"}, kNothing, snapshot), Errc::not_found);
  }

  TEST_CASE("a schema that changed while files were copied is noticed before the commit") {
    const SnapshotManifest snapshot = snapshot_of(schema_of({plain_table(1, "t")}));
    const SchemaRef before = schema_of({plain_table(1, "t")});
    const auto into_old = plan_restore(snapshot, {.snapshot = "s"}, *before, new_id);
    const auto into_new = plan_restore(snapshot, {.snapshot = "s"}, kNothing, new_id);
    REQUIRE(into_old);
    REQUIRE(into_new);
    CHECK_FALSE(restore_schema(snapshot, *into_old, kNothing));  // dropped
    CHECK_FALSE(restore_schema(snapshot, *into_new, *before));   // created
    const auto type = user_type("ks", "pair", {"x"}, {native_type(TypeKind::int_)}, false);
    const auto other = user_type("ks", "pair", {"y"}, {native_type(TypeKind::int_)}, false);
    const SnapshotManifest typed = snapshot_of(schema_of({plain_table(1, "t")}, {{"pair", type}}));
    CHECK(restore_schema(typed, *into_new, *schema_of({}, {{"pair", type}})));
    CHECK_FALSE(restore_schema(typed, *into_new, *schema_of({}, {{"pair", other}})));
  }
}

}  // namespace ringlet
