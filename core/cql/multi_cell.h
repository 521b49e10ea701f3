// Collections and user types that are stored as many cells: how an element's cell is named (its path), and how the cells
// become one value again. The write side (plans of INSERT, UPDATE, DELETE) and the read side (selection) share it.
//
//   column          path                                      value of the cell
//   set<T>          the element, append_ordered()             empty
//   map<K, V>       the key, append_ordered()                 the value
//   list<T>         a timeuuid, append_ordered()              the element
//   user type       the field's number, smallint              the field's value
#pragma once

#include <span>
#include <vector>

#include "core/base/result.h"
#include "core/base/uuid.h"
#include "core/data/row.h"
#include "core/data/type.h"

namespace ringlet::cql {

struct CellPath {
  Bytes path;        // ordered form
  Bytes as_written;  // only where the ordered form does not give the bytes back
};
CellPath element_path(const Type& collection, BytesView element_or_key);  // sets and maps
CellPath list_path(const Uuid& time_uuid);
CellPath field_path(size_t field);

Bytes path_key(const Type& collection, const CellView& cell);  // a set's element, a map's key
size_t path_field(const CellView& cell);

// The whole value from its live cells in path order. nullopt: no live cell, which CQL shows as null.
std::optional<Bytes> assemble(const Type& type, std::span<const CellView> cells);

}  // namespace ringlet::cql
