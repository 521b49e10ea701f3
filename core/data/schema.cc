#include "core/data/schema.h"

#include <algorithm>
#include <bit>

#include "core/base/limits.h"

namespace ringlet {

// --- looking things up -------------------------------------------------------------------------------------------------

const Column* Table::find(std::string_view column_name) const {
  for (const auto* columns : {&partition_key, &clustering, &statics, &regulars}) {
    for (const Column& column : *columns) {
      if (column.name == column_name) return &column;
    }
  }
  return nullptr;
}

const Column* Table::find(ColumnId column_id) const {
  for (const auto* columns : {&regulars, &statics}) {
    for (const Column& column : *columns) {
      if (column.id == column_id) return &column;
    }
  }
  return nullptr;
}

Timestamp Table::dropped_at(ColumnId column_id) const {
  const auto found = std::ranges::find(dropped, column_id, &DroppedColumn::id);
  return found == dropped.end() ? kNoTimestamp : found->dropped_at;
}

std::vector<const Column*> Table::star() const {
  std::vector<const Column*> all;
  for (const auto* columns : {&partition_key, &clustering, &statics, &regulars}) {
    for (const Column& column : *columns) all.push_back(&column);
  }
  return all;
}

KeyspaceRef Schema::keyspace(std::string_view name) const {
  const auto found = keyspaces.find(std::string(name));
  return found == keyspaces.end() ? nullptr : found->second;
}

TableRef Schema::table(std::string_view keyspace_name, std::string_view name) const {
  const KeyspaceRef in = keyspace(keyspace_name);
  if (!in) return nullptr;
  const auto found = in->tables.find(std::string(name));
  return found == in->tables.end() ? nullptr : found->second;
}

TableRef Schema::table(const TableId& id) const {
  for (const auto& [name, keyspace] : keyspaces) {
    for (const auto& [table_name, table] : keyspace->tables) {
      if (table->id == id) return table;
    }
  }
  return nullptr;
}

// --- bytes -------------------------------------------------------------------------------------------------------------
// Table, version 1
//   u8 version, id 16 bytes, keyspace, name, vint next column id, vint schema version, u8 flags (bit 0 counter, 1 durable
//   writes, 2 virtual), vint columns x (vint id, name, u8 kind, vint position, u8 descending, type),
//   vint dropped x (vint id, name, u8 kind, signed vint dropped at, type), options
// Options: comment, signed vints default_time_to_live, gc_grace_seconds, min and max_index_interval, memtable_flush_period,
//   two doubles (8 bytes, big-endian), five maps (vint n x (key, value)), four texts, u8 flags (bit 0 cdc, 1 in_memory,
//   2 allow_auto_snapshot, 3 incremental_backups)
// Keyspace, version 1: u8 version, name, u8 flags (bit 0 durable writes, 1 virtual), map replication, vint types x type
// Names and texts are sized bytes.
namespace {

constexpr uint8_t kTableVersion = 1, kKeyspaceVersion = 1;

using TextMap = std::map<std::string, std::string>;

uint8_t flags_of(std::initializer_list<bool> bits) {
  uint8_t flags = 0;
  int at = 0;
  for (const bool bit : bits) flags = static_cast<uint8_t>(flags | (bit ? 1 << at : 0)), ++at;
  return flags;
}

void encode_map(const TextMap& map, ByteWriter& out) {
  out.unsigned_vint(map.size());
  for (const auto& [key, value] : map) {
    out.sized_bytes(key);
    out.sized_bytes(value);
  }
}

TextMap decode_map(ByteReader& in) {
  TextMap map;
  for (uint64_t left = in.unsigned_vint(); left > 0 && !in.bad(); --left) {
    const BytesView key = in.sized_bytes(), value = in.sized_bytes();
    map.emplace(key, value);
  }
  return map;
}

void encode_options(const TableOptions& options, ByteWriter& out) {
  out.sized_bytes(options.comment);
  for (const int32_t number : {options.default_time_to_live, options.gc_grace_seconds, options.min_index_interval,
                               options.max_index_interval, options.memtable_flush_period_in_ms}) {
    out.signed_vint(number);
  }
  out.big(std::bit_cast<uint64_t>(options.bloom_filter_fp_chance));
  out.big(std::bit_cast<uint64_t>(options.crc_check_chance));
  for (const TextMap* map :
       {&options.compaction, &options.compression, &options.caching, &options.tombstone_gc, &options.extensions}) {
    encode_map(*map, out);
  }
  for (const std::string* text :
       {&options.speculative_retry, &options.additional_write_policy, &options.read_repair, &options.memtable}) {
    out.sized_bytes(*text);
  }
  out.u8(flags_of({options.cdc, options.in_memory, options.allow_auto_snapshot, options.incremental_backups}));
}

TableOptions decode_options(ByteReader& in) {
  TableOptions options;
  options.comment = in.sized_bytes();
  for (int32_t* number : {&options.default_time_to_live, &options.gc_grace_seconds, &options.min_index_interval,
                          &options.max_index_interval, &options.memtable_flush_period_in_ms}) {
    *number = static_cast<int32_t>(in.signed_vint());
  }
  options.bloom_filter_fp_chance = std::bit_cast<double>(in.big<uint64_t>());
  options.crc_check_chance = std::bit_cast<double>(in.big<uint64_t>());
  for (TextMap* map :
       {&options.compaction, &options.compression, &options.caching, &options.tombstone_gc, &options.extensions}) {
    *map = decode_map(in);
  }
  for (std::string* text :
       {&options.speculative_retry, &options.additional_write_policy, &options.read_repair, &options.memtable}) {
    *text = in.sized_bytes();
  }
  const uint8_t flags = in.u8();
  options.cdc = flags & 1;
  options.in_memory = flags & 2;
  options.allow_auto_snapshot = flags & 4;
  options.incremental_backups = flags & 8;
  return options;
}

void encode_column(const Column& column, ByteWriter& out) {
  out.unsigned_vint(column.id.raw);
  out.sized_bytes(column.name);
  out.u8(static_cast<uint8_t>(column.kind));
  out.unsigned_vint(column.position);
  out.u8(column.descending);
  encode_type(*column.type, out);
}

Result<ColumnKind> decode_column_kind(ByteReader& in) {
  const uint8_t kind = in.u8();
  if (kind > static_cast<uint8_t>(ColumnKind::regular)) return fail(Errc::corrupt, "table: unknown kind of column");
  return static_cast<ColumnKind>(kind);
}

Result<Column> decode_column(ByteReader& in) {
  Column column;
  column.id = ColumnId{static_cast<uint32_t>(in.unsigned_vint())};
  column.name = in.sized_bytes();
  TRY(column.kind, decode_column_kind(in));
  column.position = static_cast<uint16_t>(in.unsigned_vint());
  column.descending = in.u8() != 0;
  TRY(column.type, decode_type(in));
  return column;
}

void encode_dropped(const DroppedColumn& column, ByteWriter& out) {
  out.unsigned_vint(column.id.raw);
  out.sized_bytes(column.name);
  out.u8(static_cast<uint8_t>(column.kind));
  out.signed_vint(column.dropped_at.raw);
  encode_type(*column.type, out);
}

Result<DroppedColumn> decode_dropped(ByteReader& in) {
  DroppedColumn column;
  column.id = ColumnId{static_cast<uint32_t>(in.unsigned_vint())};
  column.name = in.sized_bytes();
  TRY(column.kind, decode_column_kind(in));
  column.dropped_at = Timestamp{in.signed_vint()};
  TRY(column.type, decode_type(in));
  return column;
}

std::vector<Column>& columns_of(Table& table, ColumnKind kind) {
  switch (kind) {
    case ColumnKind::partition_key:
      return table.partition_key;
    case ColumnKind::clustering:
      return table.clustering;
    case ColumnKind::static_:
      return table.statics;
    case ColumnKind::regular:
      break;
  }
  return table.regulars;
}

}  // namespace

void encode_table(const Table& table, ByteWriter& out) {
  out.u8(kTableVersion);
  out.bytes(table.id.bytes());
  out.sized_bytes(table.keyspace);
  out.sized_bytes(table.name);
  out.unsigned_vint(table.next_column_id.raw);
  out.unsigned_vint(table.version.raw);
  out.u8(flags_of({table.is_counter, table.durable_writes, table.is_virtual}));
  const std::vector<const Column*> columns = table.star();
  out.unsigned_vint(columns.size());
  for (const Column* column : columns) encode_column(*column, out);
  out.unsigned_vint(table.dropped.size());
  for (const DroppedColumn& column : table.dropped) encode_dropped(column, out);
  encode_options(table.options, out);
}

Result<TableRef> decode_table(ByteReader& in) {
  Table table;
  if (in.u8() != kTableVersion) return fail(Errc::corrupt, "table: unknown version");
  const BytesView id = in.bytes(16);
  if (in.bad()) return fail(Errc::corrupt, "table: cut short");
  table.id = uuid_from_bytes(id);
  table.keyspace = in.sized_bytes();
  table.name = in.sized_bytes();
  table.next_column_id = ColumnId{static_cast<uint32_t>(in.unsigned_vint())};
  table.version = SchemaVersion{in.unsigned_vint()};
  const uint8_t flags = in.u8();
  table.is_counter = flags & 1;
  table.durable_writes = flags & 2;
  table.is_virtual = flags & 4;
  for (uint64_t left = in.unsigned_vint(); left > 0; --left) {
    TRY(Column column, decode_column(in));
    columns_of(table, column.kind).push_back(std::move(column));
  }
  for (uint64_t left = in.unsigned_vint(); left > 0; --left) {
    TRY(DroppedColumn column, decode_dropped(in));
    table.dropped.push_back(std::move(column));
  }
  table.options = decode_options(in);
  if (in.bad() || table.partition_key.empty())
    return fail(Errc::corrupt, "table: cut short, or without a partition key");
  return std::make_shared<const Table>(std::move(table));
}

void encode_keyspace(const Keyspace& keyspace, ByteWriter& out) {
  out.u8(kKeyspaceVersion);
  out.sized_bytes(keyspace.name);
  out.u8(flags_of({keyspace.durable_writes, keyspace.is_virtual}));
  encode_map(keyspace.replication, out);
  out.unsigned_vint(keyspace.types.size());
  for (const auto& [name, type] : keyspace.types) encode_type(*type, out);
}

Result<KeyspaceRef> decode_keyspace(ByteReader& in) {
  Keyspace keyspace;
  if (in.u8() != kKeyspaceVersion) return fail(Errc::corrupt, "keyspace: unknown version");
  keyspace.name = in.sized_bytes();
  const uint8_t flags = in.u8();
  keyspace.durable_writes = flags & 1;
  keyspace.is_virtual = flags & 2;
  keyspace.replication = decode_map(in);
  for (uint64_t left = in.unsigned_vint(); left > 0; --left) {
    TRY(TypeRef type, decode_type(in));
    const std::string name = type->name;
    keyspace.types.emplace(name, std::move(type));
  }
  if (in.bad()) return fail(Errc::corrupt, "keyspace: cut short");
  return std::make_shared<const Keyspace>(std::move(keyspace));
}

}  // namespace ringlet
