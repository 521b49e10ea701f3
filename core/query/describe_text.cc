// The schema as CQL text, in Cassandra's layout. What is printed can be read back by our own parser and makes the same.
#include <algorithm>

#include "core/data/identifier.h"
#include "core/data/text_value.h"
#include "core/query/describe.h"

namespace ringlet {
namespace {

std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out.append(c == '\'' ? 2 : 1, c);
  return out + "'";
}

std::string map_text(const std::map<std::string, std::string>& map) {
  std::string out;
  for (const auto& [key, value] : map) out += (out.empty() ? "" : ", ") + quoted(key) + ": " + quoted(value);
  return "{" + out + "}";
}

std::string blob_map_text(const std::map<std::string, std::string>& map) {
  std::string out;
  for (const auto& [key, value] : map) out += (out.empty() ? "" : ", ") + quoted(key) + ": 0x" + to_hex(value);
  return "{" + out + "}";
}

std::string qualified(const std::string& keyspace, const std::string& name) {
  return quote_if_needed(keyspace) + "." + quote_if_needed(name);
}

bool is_virtual_keyspace(const std::string& keyspace) {
  return keyspace == "system_views" || keyspace == "system_virtual_schema";
}

const char* truth(bool value) { return value ? "true" : "false"; }

// Statics and regulars: values first, then what is stored element by element; each by name.
std::vector<const Column*> in_describe_order(const std::vector<Column>& columns) {
  std::vector<const Column*> ordered;
  for (const bool multi_cell : {false, true})
    for (const Column& column : columns)
      if (column.type->is_multi_cell() == multi_cell) ordered.push_back(&column);
  return ordered;
}

std::string names_of(const std::vector<Column>& columns) {
  std::string out;
  for (const Column& column : columns) out += (out.empty() ? "" : ", ") + quote_if_needed(column.name);
  return out;
}

std::string key_text(const Table& table) {
  std::string partition = names_of(table.partition_key);
  if (table.partition_key.size() > 1) partition = "(" + partition + ")";
  return "PRIMARY KEY (" + partition + (table.clustering.empty() ? "" : ", ") + names_of(table.clustering) + ")";
}

std::string columns_text(const Table& table, bool with_internals) {
  const bool inline_key = table.partition_key.size() == 1 && table.clustering.empty();
  std::vector<std::string> lines;
  const auto add = [&](const std::string& name, const Type& type, const char* suffix) {
    lines.push_back("    " + quote_if_needed(name) + " " + to_cql(type) + suffix);
  };
  for (const Column& column : table.partition_key) add(column.name, *column.type, inline_key ? " PRIMARY KEY" : "");
  for (const Column& column : table.clustering) add(column.name, *column.type, "");
  for (const Column* column : in_describe_order(table.statics)) add(column->name, *column->type, " static");
  for (const Column* column : in_describe_order(table.regulars)) add(column->name, *column->type, "");
  if (with_internals)
    for (const DroppedColumn& column : table.dropped)
      if (!table.find(column.name)) add(column.name, *column.type, column.kind == ColumnKind::static_ ? " static" : "");
  if (!inline_key) lines.push_back("    " + key_text(table));
  std::string out;
  for (const std::string& line : lines) out += (out.empty() ? "" : ",\n") + line;
  return out;
}

std::string order_text(const Table& table) {
  std::string out;
  for (const Column& column : table.clustering)
    out += (out.empty() ? "" : ", ") + quote_if_needed(column.name) + (column.descending ? " DESC" : " ASC");
  return "CLUSTERING ORDER BY (" + out + ")";
}

std::vector<std::string> option_texts(const TableOptions& options) {
  std::vector<std::string> texts = {
      "additional_write_policy = " + quoted(options.additional_write_policy),
      std::string("allow_auto_snapshot = ") + truth(options.allow_auto_snapshot),
      "bloom_filter_fp_chance = " + floating_text(options.bloom_filter_fp_chance),
      "caching = " + map_text(options.caching),
      std::string("cdc = ") + truth(options.cdc),
      "comment = " + quoted(options.comment),
      "compaction = " + map_text(options.compaction),
      "compression = " + map_text(options.compression),
      "memtable = " + quoted(options.memtable.empty() ? "default" : options.memtable),
      "crc_check_chance = " + floating_text(options.crc_check_chance),
      "default_time_to_live = " + std::to_string(options.default_time_to_live),
      "extensions = " + blob_map_text(options.extensions),
      "gc_grace_seconds = " + std::to_string(options.gc_grace_seconds),
      std::string("incremental_backups = ") + truth(options.incremental_backups),
      "max_index_interval = " + std::to_string(options.max_index_interval),
      "memtable_flush_period_in_ms = " + std::to_string(options.memtable_flush_period_in_ms),
      "min_index_interval = " + std::to_string(options.min_index_interval),
      "read_repair = " + quoted(options.read_repair),
      "speculative_retry = " + quoted(options.speculative_retry),
  };
  // Not Cassandra's: only where they say something.
  if (!options.tombstone_gc.empty()) texts.push_back("tombstone_gc = " + map_text(options.tombstone_gc));
  if (options.in_memory) texts.push_back("in_memory = true");
  return texts;
}

// A restored table must hide the cells that its dropped columns hid.
std::string dropped_text(const Table& table) {
  std::string out;
  for (const DroppedColumn& column : table.dropped) {
    const std::string alter = "\nALTER TABLE " + qualified(table.keyspace, table.name);
    const std::string name = quote_if_needed(column.name);
    out += alter + " DROP " + name + " USING TIMESTAMP " + std::to_string(column.dropped_at.raw) + ";";
    if (const Column* again = table.find(column.name))
      out += alter + " ADD " + name + " " + to_cql(*again->type) +
             (again->kind == ColumnKind::static_ ? " static" : "") + ";";
  }
  return out;
}

}  // namespace

std::string create_keyspace_text(const Keyspace& keyspace) {
  const std::string name = quote_if_needed(keyspace.name);
  if (is_virtual_keyspace(keyspace.name))
    return "/*\nWarning: Keyspace " + name +
           " is a virtual keyspace and cannot be recreated with CQL.\nStructure, for reference:*/\n"
           "// VIRTUAL KEYSPACE " +
           name + ";";
  std::map<std::string, std::string> replication = keyspace.replication;
  constexpr std::string_view kLocator = "org.apache.cassandra.locator.";
  std::string& strategy = replication["class"];
  if (strategy.starts_with(kLocator)) strategy.erase(0, kLocator.size());
  return "CREATE KEYSPACE " + name + " WITH replication = " + map_text(replication) +
         "  AND durable_writes = " + truth(keyspace.durable_writes) + ";";
}

std::string create_type_text(const Type& type) {
  std::string fields;
  for (size_t i = 0; i < type.parameters.size(); ++i)
    fields += (i == 0 ? "    " : ",\n    ") + quote_if_needed(type.field_names[i]) + " " + to_cql(*type.parameters[i]);
  return "CREATE TYPE " + qualified(type.keyspace, type.name) + " (\n" + fields + "\n);";
}

std::string create_table_text(const Table& table, bool with_internals) {
  const bool is_virtual = is_virtual_keyspace(table.keyspace);
  const std::string name = qualified(table.keyspace, table.name);
  std::string out =
      (is_virtual ? "VIRTUAL TABLE " : "CREATE TABLE ") + name + " (\n" + columns_text(table, with_internals) + "\n)";
  std::vector<std::string> options;
  if (with_internals) options.push_back("ID = " + to_string(table.id));
  if (!table.clustering.empty()) options.push_back(order_text(table));
  if (is_virtual)
    options.push_back("comment = " + quoted(table.options.comment));
  else
    std::ranges::move(option_texts(table.options), std::back_inserter(options));
  for (size_t i = 0; i < options.size(); ++i) out += (i == 0 ? " WITH " : "\n    AND ") + options[i];
  out += ";";
  if (is_virtual)
    return "/*\nWarning: Table " + name +
           " is a virtual table and cannot be recreated with CQL.\nStructure, for reference:\n" + out + "\n*/";
  return with_internals ? out + dropped_text(table) : out;
}

}  // namespace ringlet
