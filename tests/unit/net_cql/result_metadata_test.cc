#include "net/cql/result_metadata.h"

#include <doctest/doctest.h>

#include "net/cql/response.h"
#include "tests/unit/net_cql/wire_test_help.h"

using namespace ringlet;
using namespace ringlet::wire;
using namespace ringlet::wire_test;

static ResultColumn column(std::string name, TypeRef type, std::string table = "t") {
  return {"ks", std::move(table), std::move(name), std::move(type)};
}
static ResultColumn column(std::string name, TypeKind kind, std::string table = "t") {
  return column(std::move(name), native_type(kind), std::move(table));
}

static std::vector<ResultColumn> columns_of_every_type() {
  std::vector<ResultColumn> columns;
  char name = 'a';
  const auto add = [&](const TypeRef& type) { columns.push_back(column(std::string(1, name++), type)); };
  for (const TypeKind kind :
       {TypeKind::ascii,   TypeKind::bigint,  TypeKind::blob,     TypeKind::boolean,  TypeKind::counter,
        TypeKind::decimal, TypeKind::double_, TypeKind::float_,   TypeKind::int_,     TypeKind::timestamp,
        TypeKind::uuid,    TypeKind::text,    TypeKind::varint,   TypeKind::timeuuid, TypeKind::inet,
        TypeKind::date,    TypeKind::time,    TypeKind::smallint, TypeKind::tinyint,  TypeKind::duration})
    add(native_type(kind));
  const TypeRef text = native_type(TypeKind::text), number = native_type(TypeKind::int_);
  add(list_type(number, false));
  add(map_type(text, native_type(TypeKind::duration), true));
  add(set_type(native_type(TypeKind::uuid), false));
  add(user_type("ks", "addr", {"street", "no"}, {text, number}, true));
  add(tuple_type({number, text}));
  add(vector_type(native_type(TypeKind::float_), 3));
  return columns;
}

static RowsResult three_rows(std::optional<Bytes> paging_state) {
  RowsResult rows;
  auto metadata = std::make_shared<ResultMetadata>();
  metadata->columns = {column("k", TypeKind::int_), column("v", TypeKind::text)};
  metadata->id = Bytes(16, 'N');
  rows.metadata = metadata;
  rows.row_count = 3;
  rows.cells = hex("00000004 00000001 00000003") + "one" + hex("00000004 00000002 ffffffff 00000004 00000003 00000000");
  rows.paging_state = std::move(paging_state);
  return rows;
}

TEST_SUITE("net_cql results have the protocol's bytes in each version") {
  TEST_CASE("rows, with and without metadata, pages and a changed shape") {
    for (const Version version : kVersions) {
      const auto rows = [&](const char* name, std::optional<Bytes> state, bool skip, bool changed) {
        const RowsResult result = three_rows(std::move(state));
        const EncodedColumns columns = encode_columns(result.metadata->columns, version);
        check_golden(version, name, Opcode::result,
                     [&](ByteWriter& out) { write_rows(result, {columns, skip, changed}, out); });
      };
      rows("rows", std::nullopt, false, false);
      rows("rows paged", "state", false, false);
      rows("rows skipped", std::nullopt, true, false);
      rows("rows paged skipped", "state", true, false);
      if (version == Version::v5) rows("rows paged changed", "state", false, true);
    }
  }

  TEST_CASE("every type, where a version lacks it by its Java class") {
    for (const Version version : kVersions) {
      const auto columns = columns_of_every_type();
      const EncodedColumns encoded = encode_columns(columns, version);
      check_golden(version, "rows of every type", Opcode::result,
                   [&](ByteWriter& out) { write_rows({}, {encoded}, out); });
    }
  }

  TEST_CASE("prepared statements") {
    auto columns = std::make_shared<ResultMetadata>();
    columns->columns = {column("k", TypeKind::int_), column("v", TypeKind::text)};
    columns->id = Bytes(16, 'N');
    auto none = std::make_shared<ResultMetadata>();
    none->id = Bytes(16, 'N');
    const auto check = [](const char* name, const PreparedResult& prepared) {
      for (const Version version : kVersions) {
        const EncodedColumns binds = encode_columns(prepared.binds, version);
        const EncodedColumns result = encode_columns(prepared.result->columns, version);
        check_golden(version, name, Opcode::result,
                     [&](ByteWriter& out) { write_prepared(prepared, binds, result, version, out); });
      }
    };
    check("prepared select", {kGoldenId, {column("k", TypeKind::int_)}, {0}, columns});
    check("prepared insert", {kGoldenId, columns->columns, {0}, none});
    check("prepared without binds", {kGoldenId, {}, {}, none});
    check("prepared over two tables",
          {kGoldenId, {column("k", TypeKind::int_), column("k", TypeKind::int_, "u")}, {}, none});
  }
}
