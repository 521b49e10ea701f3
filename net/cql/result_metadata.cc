#include "net/cql/result_metadata.h"

#include <algorithm>

#include "net/cql/notation.h"

namespace ringlet::wire {
namespace {

constexpr uint16_t kCustomOption = 0x0000;

// TypeKind's values are the protocol's ids, and both are frozen; vectors alone have no id of their own.
static_assert(static_cast<int>(TypeKind::ascii) == 0x01 && static_cast<int>(TypeKind::text) == 0x0D);
static_assert(static_cast<int>(TypeKind::date) == 0x11 && static_cast<int>(TypeKind::duration) == 0x15);
static_assert(static_cast<int>(TypeKind::list) == 0x20 && static_cast<int>(TypeKind::map) == 0x21);
static_assert(static_cast<int>(TypeKind::set) == 0x22 && static_cast<int>(TypeKind::user) == 0x30);
static_assert(static_cast<int>(TypeKind::tuple) == 0x31);

bool is_known(TypeKind kind, Version version) {
  switch (kind) {
    case TypeKind::date:
    case TypeKind::time:
    case TypeKind::smallint:
    case TypeKind::tinyint:
      return version >= Version::v4;
    case TypeKind::duration:
      return version >= Version::v5;
    case TypeKind::vector:
      return false;
    default:
      return true;
  }
}

bool share_one_table(std::span<const ResultColumn> columns) {
  if (columns.empty()) return false;
  return std::ranges::all_of(columns, [&](const ResultColumn& column) {
    return column.keyspace == columns[0].keyspace && column.table == columns[0].table;
  });
}

void write_table(const ResultColumn& column, ByteWriter& out) {
  write_string(column.keyspace, out);
  write_string(column.table, out);
}

}  // namespace

void write_type_option(const Type& type, Version version, ByteWriter& out) {
  if (!is_known(type.kind, version)) {
    out.big(kCustomOption);
    return write_string(to_java_class(type), out);
  }
  out.big(static_cast<uint16_t>(type.kind));
  if (type.kind == TypeKind::user) {
    write_string(type.keyspace, out);
    write_string(type.name, out);
  }
  if (type.kind == TypeKind::user || type.kind == TypeKind::tuple)
    out.big(static_cast<uint16_t>(type.parameters.size()));
  for (size_t i = 0; i < type.parameters.size(); ++i) {
    if (type.kind == TypeKind::user) write_string(type.field_names[i], out);
    write_type_option(*type.parameters[i], version, out);
  }
}

EncodedColumns encode_columns(std::span<const ResultColumn> columns, Version version) {
  EncodedColumns encoded{
      .count = static_cast<int32_t>(columns.size()), .one_table = share_one_table(columns), .bytes = {}};
  ByteWriter out(encoded.bytes);
  if (encoded.one_table) write_table(columns[0], out);
  for (const ResultColumn& column : columns) {
    if (!encoded.one_table) write_table(column, out);
    write_string(column.name, out);
    write_type_option(*column.type, version, out);
  }
  return encoded;
}

}  // namespace ringlet::wire
