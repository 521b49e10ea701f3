// Frozen bytes of what core/data writes: tests/golden/data_v1.hex, a line with a name, then its bytes in hex, indented.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "core/base/must.h"
#include "core/data/counter.h"
#include "core/data/keys.h"
#include "core/data/mutation.h"
#include "core/data/value.h"
#include "tests/unit/data/random_values.h"
#include "tests/unit/data/sample_table.h"

using namespace ringlet;
using namespace ringlet::testing;

namespace {

// The tests may run in the repository or in a build folder below it.
std::filesystem::path golden_path() {
  for (auto folder = std::filesystem::current_path();; folder = folder.parent_path()) {
    const auto file = folder / "tests/golden/data_v1.hex";
    if (std::filesystem::exists(file)) return file;
    MUST(folder.has_relative_path());
  }
}

std::map<std::string, std::string> read_golden() {
  std::map<std::string, std::string> entries;
  std::ifstream file(golden_path());
  std::string line, name;
  while (std::getline(file, line)) {
    if (line.empty() || line[0] == '#') continue;
    if (line[0] == ' ') {
      entries[name] += line.substr(2);
    } else {
      name = line;
      entries[name];  // perhaps of no bytes
    }
  }
  return entries;
}

constexpr Timestamp kWritten{1704164645678901};

Bytes full_row() {
  Bytes row;
  RowBuilder builder{row};
  builder.liveness({.at = kWritten, .ttl = 60, .expires = Seconds{1704164705}, .boot = 2});
  builder.deletion({Timestamp{1704164645000000}, Seconds{1704164645}});
  builder.clustering_as_written(BytesView("\x05\x00\x00\x00\x02\x0A", 6));
  builder.complex_deletion(ColumnId{9}, {Timestamp{kWritten.raw - 1}, Seconds{1704164645}});
  builder.cell({.column = ColumnId{5}, .at = kWritten, .value = "same time"});
  builder.cell({.column = ColumnId{6}, .kind = CellKind::tombstone, .at = Timestamp{-1}, .local = Seconds{1704164645}});
  builder.cell({.column = ColumnId{7},
                .kind = CellKind::expiring,
                .at = Timestamp{7},
                .ttl = 3600,
                .local = Seconds{1704168245},
                .boot = 3,
                .value = ""});
  const Bytes shards = counter_add(counter_add("", Uuid{{1}}, 5, {}), Uuid{{2}}, -7, {});
  builder.cell({.column = ColumnId{8}, .kind = CellKind::counter, .at = kWritten, .value = shards});
  builder.cell({.column = ColumnId{9}, .at = kWritten, .has_path = true, .path = "\x02k", .value = "v"});
  builder.cell(
      {.column = ColumnId{9}, .at = kWritten, .has_path = true, .path = "\x02l", .path_as_written = "L", .value = "v"});
  builder.finish();
  return row;
}

Mutation full_mutation() {
  Mutation mutation;
  mutation.table = keyed_readings_table().id;
  mutation.schema = SchemaVersion{300};
  mutation.partition_key = *make_partition_key(keyed_readings_table(), {"site-1", big_bytes(7)});
  mutation.partition_deletion = {Timestamp{1000}, Seconds{1}};
  mutation.static_row = full_row();
  mutation.ranges = {{"\x02", "\x02\xFF", {kWritten, Seconds{1704164645}}}};
  mutation.rows = {{"", full_row()},
                   {make_position(keyed_readings_table(), {big_bytes(int64_t{1704164645678})}), full_row()}};
  return mutation;
}

template <class Encode>
Bytes written(Encode encode) {
  Bytes bytes;
  ByteWriter out{bytes};
  encode(out);
  return bytes;
}

Bytes ordered(TypeKind kind, BytesView value, bool descending = false) {
  Bytes out;
  append_ordered(*native_type(kind), value, descending, out);
  return out;
}

TypeRef nested_type() {
  const TypeRef text = native_type(TypeKind::text), integer = native_type(TypeKind::int_);
  const TypeRef user = user_type("ks", "Addr", {"zip", "tags"}, {integer, set_type(text, false)}, true);
  const TypeRef vector = vector_type(native_type(TypeKind::float_), 3);
  return map_type(user, tuple_type({list_type(text, true), vector}), false);
}

std::map<std::string, Bytes> what_is_written_today() {
  Table table = keyed_readings_table();
  table.dropped.push_back(
      {ColumnId{9}, "old", native_type(TypeKind::text), ColumnKind::regular, Timestamp{1704164645678901}});
  std::map<std::string, Bytes> entries;
  entries["row full"] = full_row();
  entries["mutation full"] = written([](ByteWriter& out) { encode_mutation(full_mutation(), out); });
  entries["type nested"] = written([](ByteWriter& out) { encode_type(*nested_type(), out); });
  entries["table"] = written([&](ByteWriter& out) { encode_table(table, out); });
  append_partition_prefix(Token{-5}, BytesView("a\0b", 3), entries["key prefix"]);
  entries["position desc"] = make_position(table, {big_bytes(int64_t{1704164645678})});
  for (const TypeKind kind : kNativeKinds) {
    Dice dice{42};
    const TypeRef type = native_type(kind);
    Bytes value = random_value(dice, *type);
    entries["value " + to_cql(*type)] = value;
    entries["ordered " + to_cql(*type)] = ordered(kind, value);
  }
  entries["ordered decimal -12.5 desc"] = ordered(TypeKind::decimal, big_bytes(1) + "\x83", true);
  entries["ordered varint -300"] = ordered(TypeKind::varint, "\xFE\xD4");
  const TypeRef tuple = tuple_type({native_type(TypeKind::text), list_type(native_type(TypeKind::int_), true)});
  const TypeRef list = tuple->parameters[1];
  append_ordered(*tuple, join_elements(*tuple, {std::nullopt, join_elements(*list, {big_bytes(1), BytesView("")})}),
                 false, entries["ordered tuple"]);
  return entries;
}

std::string in_lines(const std::string& hex) {
  std::string lines;
  for (size_t at = 0; at < hex.size(); at += 116) lines += "  " + hex.substr(at, 116) + "\n";
  return lines;
}

}  // namespace

TEST_SUITE("golden") {
  TEST_CASE("rows, mutations, keys, types and tables are written as they were in version 1") {
    const std::map<std::string, std::string> golden = read_golden();
    const std::map<std::string, Bytes> today = what_is_written_today();
    CHECK_EQ(golden.size(), today.size());
    for (const auto& [name, bytes] : today) {
      const auto found = golden.find(name);
      if (found == golden.end() || found->second != to_hex(bytes)) {
        FAIL_CHECK("not as frozen; today it is:\n" << name << "\n" << in_lines(to_hex(bytes)));
      }
    }
  }
  TEST_CASE("what version 1 wrote reads back") {
    const auto golden = read_golden();
    const auto bytes_of = [&](const char* name) {
      Bytes bytes;
      REQUIRE(from_hex(golden.at(name), bytes));
      return bytes;
    };
    CHECK(validate_row(bytes_of("row full")).has_value());
    const Result<Mutation> mutation = decode_mutation(bytes_of("mutation full"));
    REQUIRE(mutation.has_value());
    CHECK_EQ(mutation->rows.size(), 2);
    CHECK(mutation->table == keyed_readings_table().id);
    const Bytes type_bytes = bytes_of("type nested"), table_bytes = bytes_of("table");
    ByteReader type_in{type_bytes}, table_in{table_bytes};
    const Result<TypeRef> type = decode_type(type_in);
    REQUIRE(type.has_value());
    CHECK(same_type(**type, *nested_type()));
    const Result<TableRef> table = decode_table(table_in);
    REQUIRE(table.has_value());
    CHECK_EQ((*table)->name, "readings");
  }
}
