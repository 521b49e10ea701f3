// Rows of the views that are made from counts of all shards: pools, statements, times, sizes. Private to core/query.
#pragma once

#include <map>

#include "core/query/system_rows.h"
#include "core/query/system_tables.h"
#include "core/storage/engine.h"

namespace ringlet {

// What the shards count, added up; gathered once for a read.
struct NodeCounts {
  uint64_t regular = 0, prepared = 0, running = 0;
  std::map<TableId, TableTimes> times;
  std::map<TableId, TableCounts> tables;
  EngineCounts engine;
  uint64_t prepared_texts = 0, evicted_texts = 0;
};
Task<Status> gather_counts(const SystemState& state, NodeCounts& out);

// Fills a view that is made of counts. A ring of one is its own replica: the coordinator's times and the local ones are the
// same.
bool is_counted(const Table& view);
void add_counted_rows(SystemRows& rows, const Schema& schema, const SystemState& state, const NodeCounts& counts);

void add_settings(SystemRows& rows, const NodeInfo& node);
void add_gossip_info(SystemRows& rows, const Schema& schema, const SystemState& state);
Task<Status> add_prepared_statements(SystemRows& rows, const SystemState& state);

}  // namespace ringlet
