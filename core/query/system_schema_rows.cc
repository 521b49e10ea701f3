#include "core/query/system_schema_rows.h"

#include <algorithm>

namespace ringlet {
namespace {

using Adder = void (*)(SystemRows& rows, const Keyspace& keyspace);
using Values = SystemRows::Values;

template <class T>
std::optional<Bytes> unless(bool is_default, T value) {
  return is_default ? std::nullopt : std::optional<Bytes>(std::move(value));
}

void add_keyspace(SystemRows& rows, const Keyspace& keyspace) {
  rows.add({{"keyspace_name", keyspace.name},
            {"durable_writes", boolean_bytes(keyspace.durable_writes)},
            {"replication", text_map_bytes(keyspace.replication)}});
}

// Every modern table is "compound"; without the word drivers take it for one with COMPACT STORAGE.
Bytes flags_of(const Table& table) {
  if (table.is_counter) return text_list_bytes({"compound", "counter"});
  return text_list_bytes({"compound"});
}

Values option_values(const TableOptions& options) {
  return {{"additional_write_policy", options.additional_write_policy},
          {"allow_auto_snapshot", unless(options.allow_auto_snapshot, boolean_bytes(false))},
          {"bloom_filter_fp_chance", double_bytes(options.bloom_filter_fp_chance)},
          {"caching", text_map_bytes(options.caching)},
          {"cdc", unless(!options.cdc, boolean_bytes(true))},
          {"comment", options.comment},
          {"compaction", text_map_bytes(options.compaction)},
          {"compression", text_map_bytes(options.compression)},
          {"crc_check_chance", double_bytes(options.crc_check_chance)},
          {"dclocal_read_repair_chance", double_bytes(0)},
          {"default_time_to_live", int_bytes(options.default_time_to_live)},
          {"extensions", text_map_bytes(options.extensions)},
          {"gc_grace_seconds", int_bytes(options.gc_grace_seconds)},
          {"incremental_backups", unless(options.incremental_backups, boolean_bytes(false))},
          {"max_index_interval", int_bytes(options.max_index_interval)},
          {"memtable", unless(options.memtable.empty(), options.memtable)},
          {"memtable_flush_period_in_ms", int_bytes(options.memtable_flush_period_in_ms)},
          {"min_index_interval", int_bytes(options.min_index_interval)},
          {"read_repair", options.read_repair},
          {"read_repair_chance", double_bytes(0)},
          {"speculative_retry", options.speculative_retry}};
}

void add_tables(SystemRows& rows, const Keyspace& keyspace) {
  for (const auto& [name, table] : keyspace.tables) {
    Values values = option_values(table->options);
    values.emplace_back("keyspace_name", keyspace.name);
    values.emplace_back("table_name", name);
    values.emplace_back("flags", flags_of(*table));
    values.emplace_back("id", uuid_bytes(table->id));
    rows.add(std::move(values));
  }
}

void add_columns(SystemRows& rows, const Keyspace& keyspace) {
  for (const auto& [name, table] : keyspace.tables) {
    for (const Column* column : table->star()) {
      const bool key = column->kind == ColumnKind::partition_key || column->kind == ColumnKind::clustering;
      const char* order = column->kind != ColumnKind::clustering ? "none" : column->descending ? "desc" : "asc";
      rows.add({{"keyspace_name", keyspace.name},
                {"table_name", name},
                {"column_name", column->name},
                {"clustering_order", order},
                {"column_name_bytes", column->name},
                {"kind", kind_name(column->kind)},
                {"position", int_bytes(key ? column->position : -1)},
                {"type", to_cql(*column->type)}});
    }
  }
}

void add_types(SystemRows& rows, const Keyspace& keyspace) {
  for (const auto& [name, type] : keyspace.types) {
    std::vector<std::string> field_types;
    for (const TypeRef& field : type->parameters) field_types.push_back(to_cql(*field));
    rows.add({{"keyspace_name", keyspace.name},
              {"type_name", name},
              {"field_names", text_list_bytes(type->field_names)},
              {"field_types", text_list_bytes(field_types)}});
  }
}

void add_dropped_columns(SystemRows& rows, const Keyspace& keyspace) {
  for (const auto& [name, table] : keyspace.tables) {
    std::map<std::string, const DroppedColumn*> newest;
    for (const DroppedColumn& column : table->dropped) {
      const DroppedColumn*& known = newest[column.name];
      if (known == nullptr || known->id < column.id) known = &column;
    }
    for (const auto& [column_name, column] : newest)
      rows.add({{"keyspace_name", keyspace.name},
                {"table_name", name},
                {"column_name", column_name},
                {"dropped_time", timestamp_bytes(column->dropped_at)},
                {"kind", kind_name(column->kind)},
                {"type", to_cql(*column->type)}});
  }
}

void add_virtual_keyspace(SystemRows& rows, const Keyspace& keyspace) { rows.add({{"keyspace_name", keyspace.name}}); }

void add_virtual_tables(SystemRows& rows, const Keyspace& keyspace) {
  for (const auto& [name, table] : keyspace.tables)
    rows.add({{"keyspace_name", keyspace.name}, {"table_name", name}, {"comment", table->options.comment}});
}

void add_nothing(SystemRows&, const Keyspace&) {}

// Each of these tables has the keyspace's name as its whole partition key.
Adder adder_of(const Table& table) {
  const bool is_virtual = table.keyspace == "system_virtual_schema";
  if (!is_virtual && table.keyspace != "system_schema") return nullptr;
  if (table.name == "keyspaces") return is_virtual ? add_virtual_keyspace : add_keyspace;
  if (table.name == "tables") return is_virtual ? add_virtual_tables : add_tables;
  if (table.name == "columns") return add_columns;
  if (table.name == "types") return add_types;
  if (table.name == "dropped_columns") return add_dropped_columns;
  return add_nothing;
}

}  // namespace

bool add_schema_rows(SystemRows& rows, const Schema& schema) {
  const Adder add = adder_of(rows.table());
  if (add == nullptr) return false;
  const bool of_virtual = rows.table().keyspace == "system_virtual_schema";
  for (const auto& [name, keyspace] : schema.keyspaces)
    if (keyspace->is_virtual == of_virtual && rows.wants(name)) add(rows, *keyspace);
  return true;
}

const char* kind_name(ColumnKind kind) {
  switch (kind) {
    case ColumnKind::partition_key:
      return "partition_key";
    case ColumnKind::clustering:
      return "clustering";
    case ColumnKind::static_:
      return "static";
    case ColumnKind::regular:
      break;
  }
  return "regular";
}

}  // namespace ringlet
