// FlushedPositions: which records of the log are in sstables already, from what the manifest noted when they were flushed.
//
// A note of (table, shard s of n) through p says: everything of the partitions that shard s of n owns, logged at p or below,
// is in sstables (or truncated), whoever wrote it: a shard flushes what it replayed from the log too, in log order. So notes
// made under any number of shards count for ever, and a record written by four shards stays gone once one has truncated it.
//
// A note made under 0 shards says that the table was truncated in that shard when the log ended there: no batch begun before it brings
// anything back.
#pragma once

#include <map>
#include <set>
#include <utility>

#include "core/local/local_store.h"
#include "core/storage/commit_log.h"

namespace ringlet {

FlushedThrough truncation_note(const TableId& table, ShardId shard, LogPosition end);

class FlushedPositions {
 public:
  explicit FlushedPositions(const ManifestState& manifest);
  // Without looking into the record: by the shard that wrote it.
  bool covers(const LogRecord& record) const {
    return covers(record.table, record.shard, record.shard_count, record.end);
  }
  // By who owned or owns its partition.
  bool covers(const TableId& table, Token token, LogPosition end) const;
  LogPosition truncated_through(const TableId& table) const;
  LogPosition highest(const TableId& table) const;  // of all its notes
  LogPosition of(const TableId& table, ShardId shard, uint16_t shard_count) const;

 private:
  bool covers(const TableId& table, ShardId shard, uint16_t shard_count, LogPosition end) const;
  std::map<TableId, std::map<std::pair<uint16_t, uint16_t>, LogPosition>> through_;  // (count, shard)
  std::map<TableId, std::set<uint16_t>> counts_;
  std::map<TableId, LogPosition> truncated_;
};

}  // namespace ringlet
