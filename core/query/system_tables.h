// System tables. Nearly all are virtual: their rows are made from what the node knows when they are read, and are planned,
// filtered and paged like any other table's, as the same fragments. The traces' are stored like a user's tables.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/cluster/node_info.h"
#include "core/query/read_source.h"
#include "core/shard/shard.h"

namespace ringlet {

// The schema as statements see it: the catalog's keyspaces and the system's. Cheap: keyspaces are shared.
SchemaRef with_system_keyspaces(const SchemaRef& schema);
std::vector<TableRef> stored_system_tables();    // every shard's engine has them, though the catalog does not
bool is_system_keyspace(std::string_view name);  // nobody may change it, not by DDL and not by DML

// One connected client, for system_views.clients.
struct ConnectedClient {
  std::string address;
  uint16_t port = 0;
  std::map<std::string, std::string> options;  // of STARTUP
  std::string stage = "ready", keyspace, user = "anonymous";
  uint8_t protocol_version = 4;
  uint64_t requests = 0;
};

class PreparedTexts;

struct SystemState {
  const Clock& clock;
  const NodeInfo& node;
  Shards& shards;
  PreparedTexts& prepared;                                       // on shard 0's executor
  std::function<std::vector<ConnectedClient>(ShardId)> clients;  // asked on that shard's executor; may be empty
};

// Rows are a snapshot taken by read(). `schema` is the one that the statement was planned with.
std::unique_ptr<ReadSource> system_table_source(const Table& table, const SchemaRef& schema, const SystemState& state);

}  // namespace ringlet
