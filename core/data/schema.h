// Schema: keyspaces, tables, columns and types as one immutable snapshot. A change makes a new snapshot; a request keeps the
// one it was planned with.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/types.h"
#include "core/base/uuid.h"
#include "core/data/type.h"

namespace ringlet {

enum class ColumnKind : uint8_t { partition_key = 0, clustering = 1, static_ = 2, regular = 3 };  // frozen values

struct Column {
  ColumnId id;  // never used again in this table, not even for a column of the same name
  std::string name;
  TypeRef type;
  ColumnKind kind = ColumnKind::regular;
  uint16_t position = 0;    // within the partition key or the clustering
  bool descending = false;  // clustering only
};

// A dropped column hides its old cells for ever; a column added again under its name gets a new id.
struct DroppedColumn {
  ColumnId id;
  std::string name;
  TypeRef type;
  ColumnKind kind = ColumnKind::regular;
  Timestamp dropped_at;
};

// Options as CQL names them; text forms are kept as given so that DESCRIBE repeats them.
struct TableOptions {
  std::string comment;
  int32_t default_time_to_live = 0;
  int32_t gc_grace_seconds = 864000;
  double bloom_filter_fp_chance = 0.01;
  double crc_check_chance = 1.0;
  int32_t min_index_interval = 128, max_index_interval = 2048;
  int32_t memtable_flush_period_in_ms = 0;
  std::map<std::string, std::string> compaction = {
      {"class", "org.apache.cassandra.db.compaction.SizeTieredCompactionStrategy"},
      {"max_threshold", "32"},
      {"min_threshold", "4"}};
  std::map<std::string, std::string> compression = {{"chunk_length_in_kb", "16"},
                                                    {"class", "org.apache.cassandra.io.compress.LZ4Compressor"}};
  std::map<std::string, std::string> caching = {{"keys", "ALL"}, {"rows_per_partition", "NONE"}};
  std::map<std::string, std::string> tombstone_gc;  // empty: the default of the replication factor
  std::map<std::string, std::string> extensions;
  std::string speculative_retry = "99p", additional_write_policy = "99p", read_repair = "BLOCKING", memtable;
  bool cdc = false, in_memory = false, allow_auto_snapshot = true, incremental_backups = true;
};

struct Table {
  TableId id;  // a new one at each CREATE
  std::string keyspace, name;
  std::vector<Column> partition_key, clustering;  // by position
  std::vector<Column> statics, regulars;          // by name
  std::vector<DroppedColumn> dropped;
  ColumnId next_column_id{1};
  bool is_counter = false;
  bool durable_writes = true;  // the keyspace's
  bool is_virtual = false;     // rows are made, not stored
  SchemaVersion version;       // of the command that last changed it
  TableOptions options;

  const Column* find(std::string_view column_name) const;
  const Column* find(ColumnId id) const;    // statics and regulars: what cells name
  Timestamp dropped_at(ColumnId id) const;  // kNoTimestamp where it was not dropped
  bool has_clustering() const { return !clustering.empty(); }
  std::vector<const Column*> star() const;  // SELECT * order: keys, clustering, statics, regulars
};
using TableRef = std::shared_ptr<const Table>;

struct Keyspace {
  std::string name;
  std::map<std::string, std::string> replication;  // full class name under 'class'
  bool durable_writes = true;
  bool is_virtual = false;
  std::map<std::string, TableRef> tables;
  std::map<std::string, TypeRef> types;  // user types, not frozen at the outermost layer
};
using KeyspaceRef = std::shared_ptr<const Keyspace>;

struct Schema {
  SchemaVersion version;  // index of the last catalog command
  Uuid version_uuid;      // what system.local shows; a function of the schema's content
  std::map<std::string, KeyspaceRef> keyspaces;

  KeyspaceRef keyspace(std::string_view name) const;  // null where there is none
  TableRef table(std::string_view keyspace, std::string_view name) const;
  TableRef table(const TableId& id) const;
};
using SchemaRef = std::shared_ptr<const Schema>;

// One encode, one decode: the catalog's log and sstable dictionaries use these.
void encode_table(const Table& table, ByteWriter& out);
Result<TableRef> decode_table(ByteReader& in);
void encode_keyspace(const Keyspace& keyspace, ByteWriter& out);  // name, replication, types; tables apart
Result<KeyspaceRef> decode_keyspace(ByteReader& in);

}  // namespace ringlet
