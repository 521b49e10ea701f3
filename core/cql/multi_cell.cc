#include "core/cql/multi_cell.h"

#include "core/base/must.h"
#include "core/data/value.h"

namespace ringlet::cql {
namespace {

Bytes number_bytes(size_t field) {
  Bytes bytes;
  ByteWriter(bytes).big<uint16_t>(static_cast<uint16_t>(field));
  return bytes;
}

std::optional<Bytes> assemble_fields(const Type& type, std::span<const CellView> cells) {
  std::vector<std::optional<BytesView>> fields(type.parameters.size());
  for (const CellView& cell : cells)
    if (const size_t field = path_field(cell); field < fields.size()) fields[field] = cell.value;
  return join_elements(type, fields);
}

}  // namespace

CellPath element_path(const Type& collection, BytesView element_or_key) {
  const Type& type = *collection.parameters[0];
  CellPath path;
  append_ordered(type, element_or_key, false, path.path);
  if (!round_trips(type, element_or_key)) path.as_written = element_or_key;
  return path;
}

CellPath list_path(const Uuid& time_uuid) {
  CellPath path;
  append_ordered(*native_type(TypeKind::timeuuid), time_uuid.bytes(), false, path.path);
  return path;
}

CellPath field_path(size_t field) {
  CellPath path;
  append_ordered(*native_type(TypeKind::smallint), number_bytes(field), false, path.path);
  return path;
}

Bytes path_key(const Type& collection, const CellView& cell) {
  if (!cell.path_as_written.empty()) return Bytes(cell.path_as_written);
  ByteReader in(cell.path);
  return read_ordered(*collection.parameters[0], false, in).value_or(Bytes{});
}

size_t path_field(const CellView& cell) {
  ByteReader in(cell.path);
  const Bytes number = read_ordered(*native_type(TypeKind::smallint), false, in).value_or(Bytes{});
  return number.size() == 2 ? load_big<uint16_t>(number.data()) : SIZE_MAX;
}

std::optional<Bytes> assemble(const Type& type, std::span<const CellView> cells) {
  MUST(type.is_multi_cell());
  if (cells.empty()) return std::nullopt;
  if (type.kind == TypeKind::user) return assemble_fields(type, cells);
  std::vector<Bytes> keys;
  std::vector<std::optional<BytesView>> elements;
  keys.reserve(cells.size());  // views into it must stay where they are
  for (const CellView& cell : cells) {
    if (type.kind != TypeKind::list) elements.push_back(keys.emplace_back(path_key(type, cell)));
    if (type.kind != TypeKind::set) elements.push_back(cell.value);
  }
  return join_elements(type, elements);
}

}  // namespace ringlet::cql
