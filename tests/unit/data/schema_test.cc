#include "core/data/schema.h"

#include <doctest/doctest.h>

#include "tests/unit/data/random_rows.h"
#include "tests/unit/data/sample_table.h"

using namespace ringlet;
using namespace ringlet::testing;

namespace {

Bytes encoded(const Table& table) {
  Bytes bytes;
  ByteWriter out{bytes};
  encode_table(table, out);
  return bytes;
}

}  // namespace

TEST_SUITE("schema") {
  TEST_CASE("a table survives encode then decode with all that it knows") {
    Table table = keyed_readings_table();
    table.dropped.push_back({ColumnId{9}, "old", native_type(TypeKind::text), ColumnKind::static_, Timestamp{-5}});
    table.options.comment = "it's";
    table.options.compaction = {{"class", "LeveledCompactionStrategy"}};
    table.options.bloom_filter_fp_chance = 0.1;
    table.options.cdc = table.options.in_memory = true;
    table.options.allow_auto_snapshot = false;
    table.is_counter = true;
    table.durable_writes = false;
    const Bytes bytes = encoded(table);
    ByteReader in{bytes};
    const Result<TableRef> back = decode_table(in);
    REQUIRE(back.has_value());
    CHECK(in.done());
    CHECK_EQ(encoded(**back), bytes);
    CHECK_EQ((*back)->clustering[0].name, "at");
    CHECK((*back)->clustering[0].descending);
    CHECK((*back)->dropped_at(ColumnId{9}) == Timestamp{-5});
    CHECK((*back)->dropped_at(ColumnId{1}) == kNoTimestamp);
    CHECK_EQ((*back)->options.compaction, table.options.compaction);
    CHECK_EQ((*back)->options.bloom_filter_fp_chance, 0.1);
    CHECK((*back)->options.in_memory);
    CHECK_FALSE((*back)->options.allow_auto_snapshot);
    CHECK((*back)->is_counter);
    CHECK_FALSE((*back)->durable_writes);
  }
  TEST_CASE("a damaged table record is corrupt, never a crash") {
    const Bytes good = encoded(keyed_readings_table());
    Dice dice{1};
    for (size_t n = 0; n < good.size(); ++n) {
      const std::vector<char> cut(good.begin(), good.begin() + static_cast<long>(n));
      ByteReader shorter{{cut.data(), cut.size()}};
      CHECK_FALSE(decode_table(shorter).has_value());
      Bytes changed = good;
      changed[n] = static_cast<char>(changed[n] ^ (1 << roll(dice, 8)));
      ByteReader in{changed};
      if (const Result<TableRef> other = decode_table(in); !other) CHECK(other.error().code == Errc::corrupt);
    }
  }
  TEST_CASE("columns are found by name and by id, and * lists keys, clustering, statics, regulars") {
    const Table table = keyed_readings_table();
    CHECK_EQ(table.find("value")->name, "value");
    CHECK_EQ(table.find("site")->kind, ColumnKind::partition_key);
    CHECK(table.find("none") == nullptr);
    CHECK_EQ(table.find(table.find("value")->id)->name, "value");
    std::string names;
    for (const Column* column : table.star()) names += column->name + " ";
    CHECK_EQ(names, "site sensor at unit value ");
  }
  TEST_CASE("a keyspace survives encode then decode with its types") {
    Keyspace keyspace;
    keyspace.name = "ks";
    keyspace.replication = {{"class", "SimpleStrategy"}, {"replication_factor", "3"}};
    keyspace.durable_writes = false;
    keyspace.types["point"] = user_type("ks", "point", {"x"}, {native_type(TypeKind::int_)}, false);
    Bytes bytes;
    ByteWriter out{bytes};
    encode_keyspace(keyspace, out);
    ByteReader in{bytes};
    const Result<KeyspaceRef> back = decode_keyspace(in);
    REQUIRE(back.has_value());
    CHECK_EQ((*back)->replication, keyspace.replication);
    CHECK_FALSE((*back)->durable_writes);
    CHECK(same_type(*(*back)->types.at("point"), *keyspace.types["point"]));
  }
  TEST_CASE("a schema finds tables by name and by id") {
    auto keyspace = std::make_shared<Keyspace>();
    const auto table = std::make_shared<const Table>(keyed_readings_table());
    keyspace->tables["readings"] = table;
    Schema schema;
    schema.keyspaces["ks"] = keyspace;
    CHECK(schema.table("ks", "readings") == table);
    CHECK(schema.table(table->id) == table);
    CHECK(schema.table("ks", "none") == nullptr);
    CHECK(schema.table("none", "readings") == nullptr);
    CHECK(schema.keyspace("none") == nullptr);
  }
}
