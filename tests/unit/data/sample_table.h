// The table most data tests use: ((site, sensor), at DESC) with a static column.
#pragma once

#include "core/data/schema.h"

namespace ringlet::testing {

inline Table keyed_readings_table() {
  const auto column = [](uint32_t id, const char* name, TypeKind type, ColumnKind kind, uint16_t position,
                         bool descending = false) {
    return Column{ColumnId{id}, name, native_type(type), kind, position, descending};
  };
  Table table;
  table.id = *parse_uuid("5a1c395e-b41f-11e5-9f22-ba0be0483c18");
  table.keyspace = "ks";
  table.name = "readings";
  table.partition_key = {column(1, "site", TypeKind::text, ColumnKind::partition_key, 0),
                         column(2, "sensor", TypeKind::int_, ColumnKind::partition_key, 1)};
  table.clustering = {column(3, "at", TypeKind::timestamp, ColumnKind::clustering, 0, true)};
  table.statics = {column(4, "unit", TypeKind::text, ColumnKind::static_, 0)};
  table.regulars = {column(5, "value", TypeKind::double_, ColumnKind::regular, 0)};
  table.next_column_id = ColumnId{6};
  return table;
}

}  // namespace ringlet::testing
