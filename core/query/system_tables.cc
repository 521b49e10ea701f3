#include "core/query/system_tables.h"

#include <algorithm>
#include <set>

#include "core/query/system_rows.h"
#include "core/query/system_schema_rows.h"
#include "core/query/system_views.h"

namespace ringlet {
namespace {

constexpr const char* kPartitioner = "org.apache.cassandra.dht.Murmur3Partitioner";

// Drivers connect to what rpc_address says and give up where it is null: a name that is no address becomes loopback.
Bytes address_bytes(const NodeInfo& node) { return inet_bytes(node.address).value_or(Bytes("\x7F\0\0\1", 4)); }

std::vector<std::string> tokens_of(const NodeInfo& node) {
  std::set<std::string> sorted;
  for (const Token token : node.tokens) sorted.insert(std::to_string(token.raw));
  return {sorted.begin(), sorted.end()};
}

void add_local(SystemRows& rows, const NodeInfo& node, const Schema& schema) {
  const Bytes address = address_bytes(node);
  rows.add({{"key", "local"},
            {"bootstrapped", "COMPLETED"},
            {"broadcast_address", address},
            {"broadcast_port", int_bytes(node.peer_port)},
            {"cluster_name", node.cluster_name},
            {"cql_version", kCqlVersion},
            {"data_center", node.data_center},
            {"gossip_generation", int_bytes(static_cast<int32_t>(node.started.raw / 1000000))},
            {"host_id", uuid_bytes(node.host_id)},
            {"listen_address", address},
            {"listen_port", int_bytes(node.peer_port)},
            {"native_protocol_version", "5"},
            {"partitioner", kPartitioner},
            {"rack", node.rack},
            {"release_version", kReleaseVersion},
            {"rpc_address", address},
            {"rpc_port", int_bytes(node.cql_port)},
            {"schema_version", uuid_bytes(schema.version_uuid)},
            {"tokens", text_list_bytes(tokens_of(node))}});
}

void add_client(SystemRows& rows, const ConnectedClient& client) {
  const auto address = inet_bytes(client.address);
  if (!address) return;
  const auto option = [&](const char* name) -> std::optional<Bytes> {
    const auto found = client.options.find(name);
    return found == client.options.end() ? std::nullopt : std::optional(found->second);
  };
  rows.add({{"address", *address},
            {"port", int_bytes(client.port)},
            {"client_options", text_map_bytes(client.options)},
            {"connection_stage", client.stage},
            {"driver_name", option("DRIVER_NAME")},
            {"driver_version", option("DRIVER_VERSION")},
            {"hostname", client.address},
            {"keyspace_name", client.keyspace.empty() ? std::nullopt : std::optional(client.keyspace)},
            {"protocol_version", int_bytes(client.protocol_version)},
            {"request_count", bigint_bytes(static_cast<int64_t>(client.requests))},
            {"ssl_enabled", boolean_bytes(false)},
            {"username", client.user}});
}

void add_properties(SystemRows& rows, const NodeInfo& node) {
  rows.add({{"name", "ringlet.version"}, {"value", node.version}});
  rows.add({{"name", "ringlet.name"}, {"value", node.name}});
}

Bytes bigint_of(uint64_t count) { return bigint_bytes(static_cast<int64_t>(count)); }

void add_task(SystemRows& rows, const Table& table, const StorageTask& task) {
  rows.add({{"keyspace_name", table.keyspace},
            {"table_name", table.name},
            {"task_id", uuid_bytes(task.id)},
            {"completion_ratio", double_bytes(task.done())},
            {"kind", task.kind},
            {"progress", bigint_of(task.bytes_done)},
            {"sstables", int_bytes(static_cast<int32_t>(task.sstables))},
            {"target_directory", "sstables/" + to_string(table.id)},
            {"total", bigint_of(task.bytes_total)},
            {"unit", "bytes"}});
}

class SystemSource final : public ReadSource {
 public:
  SystemSource(const Table& table, SchemaRef schema, const SystemState& state)
      : table_(table), schema_(std::move(schema)), state_(state) {}

  Task<Result<std::unique_ptr<CoordinatedRead>>> read(const ReadRange& range, uint32_t,
                                                      const RequestContext&) override {
    SystemRows rows(table_, range);
    if (!add_schema_rows(rows, *schema_)) CO_TRY_STATUS(co_await add_node_rows(rows));
    co_return rows.take();
  }

 private:
  bool is(const char* keyspace, const char* name) const { return table_.keyspace == keyspace && table_.name == name; }

  Task<Status> add_node_rows(SystemRows& rows) {
    if (is("system", "local"))
      add_local(rows, state_.node, *schema_);
    else if (is("system_views", "settings"))
      add_settings(rows, state_.node);
    else if (is("system_views", "system_properties"))
      add_properties(rows, state_.node);
    else if (is("system_views", "clients"))
      co_return co_await add_clients(rows);
    else if (is("system_views", "sstable_tasks"))
      co_return co_await add_tasks(rows);
    else if (is("system_views", "gossip_info"))
      add_gossip_info(rows, *schema_, state_);
    else if (is("system", "prepared_statements"))
      co_return co_await add_prepared_statements(rows, state_);
    else if (is_counted(table_))
      co_return co_await add_counts(rows);
    co_return Status{};
  }

  Task<Status> add_counts(SystemRows& rows) {
    NodeCounts counts;
    CO_TRY_STATUS(co_await gather_counts(state_, counts));
    add_counted_rows(rows, *schema_, state_, counts);
    co_return Status{};
  }

  Task<Status> add_tasks(SystemRows& rows) {
    std::vector<StorageTask> all;
    auto ask = [&](Shard& shard) -> Task<Status> {
      std::ranges::move(shard.engine.tasks(), std::back_inserter(all));
      co_return Status{};
    };
    CO_TRY_STATUS(co_await state_.shards.run_on_all(ask));
    for (const StorageTask& task : all)
      if (const TableRef table = schema_->table(task.table)) add_task(rows, *table, task);
    co_return Status{};
  }

  Task<Status> add_clients(SystemRows& rows) {
    if (!state_.clients) co_return Status{};
    std::vector<ConnectedClient> all;
    auto ask = [&](Shard& shard) -> Task<Status> {
      std::ranges::move(state_.clients(shard.id), std::back_inserter(all));
      co_return Status{};
    };
    CO_TRY_STATUS(co_await state_.shards.run_on_all(ask));
    for (const ConnectedClient& client : all) add_client(rows, client);
    co_return Status{};
  }

  const Table& table_;
  const SchemaRef schema_;
  const SystemState& state_;
};

}  // namespace

std::unique_ptr<ReadSource> system_table_source(const Table& table, const SchemaRef& schema, const SystemState& state) {
  return std::make_unique<SystemSource>(table, schema, state);
}

}  // namespace ringlet
