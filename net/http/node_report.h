// NodeReport: the node's numbers at about one moment, gathered from every shard. What status, tables, metrics and the page show.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/env/host_probe.h"
#include "core/node/node.h"

namespace ringlet::http {

struct CqlCounts {
  uint64_t connections = 0, requests = 0;
};

struct ShardReport {
  EngineCounts engine;
  size_t memtable_bytes = 0;
  std::map<TableId, TableCounts> tables;
  std::vector<StorageTask> tasks;
};

struct TableReport {
  TableRef table;
  TableCounts counts;  // summed over shards
};

struct NodeReport {
  std::vector<ShardReport> shards;
  std::vector<TableReport> tables;  // by keyspace and name
  CommitLog::Counts log;
  WrittenBytes written, last_day;  // to flash: since the start; in the last day of running
  BackupState backups;
  Result<DiskSpace> disk;
  bool disk_full = false;  // writes are refused
  HostReading host;
  CqlCounts cql;
  Duration uptime;

  EngineCounts engine() const;  // of all shards together
  size_t memtable_bytes() const;
  double per_user_byte(uint64_t bytes) const;  // 0 while there is none
  bool over_budget(uint64_t a_day) const { return a_day > 0 && flash_share(a_day, last_day).over; }
};

// On shard 0's executor.
Task<Result<NodeReport>> gather_report(Node& node, HostProbe& probe, CqlCounts cql, Instant started);

}  // namespace ringlet::http
