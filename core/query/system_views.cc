#include "core/query/system_views.h"

#include <algorithm>
#include <cmath>

#include "core/base/limits.h"
#include "core/query/prepared.h"

namespace ringlet {
namespace {

Bytes count_bytes(uint64_t count) { return bigint_bytes(static_cast<int64_t>(count)); }

void add_up(TableTimes& sum, const TableTimes& one) {
  for (size_t kind = 0; kind < kRequestKinds; ++kind) {
    sum.counts[kind] += one.counts[kind];
    sum.times[kind].merge(one.times[kind]);
  }
}

double seconds_up(const SystemState& state) {
  return static_cast<double>(std::max<int64_t>((state.clock.wall().raw - state.node.started.raw) / 1000, 1)) / 1000;
}

// --- views of the whole node ------------------------------------------------------------------------------------------

void add_thread_pools(SystemRows& rows, const SystemState& state, const NodeCounts& counts) {
  struct Pool {
    const char* name;
    uint64_t active, limit, pending, completed;
  };
  const EngineCounts& engine = counts.engine;
  const Pool pools[] = {
      {"Native-Transport-Requests", counts.running, kShardRequestsMax * state.node.shards, 0,
       counts.regular + counts.prepared},
      {"ReadStage", 0, state.node.shards, 0, engine.reads},
      {"MutationStage", 0, state.node.shards, 0, engine.writes},
      {"MemtableFlushWriter", engine.pending_flushes != 0, 1, engine.pending_flushes, engine.flushes},
      {"CompactionExecutor", engine.pending_compactions != 0, 1, engine.pending_compactions, engine.compactions},
  };
  for (const Pool& pool : pools)
    rows.add({{"name", pool.name},
              {"active_tasks", int_bytes(static_cast<int32_t>(pool.active))},
              {"active_tasks_limit", int_bytes(static_cast<int32_t>(pool.limit))},
              {"blocked_tasks", bigint_bytes(0)},
              {"blocked_tasks_all_time", bigint_bytes(0)},
              {"completed_tasks", count_bytes(pool.completed)},
              {"pending_tasks", int_bytes(static_cast<int32_t>(pool.pending))}});
}

void add_cql_metrics(SystemRows& rows, const NodeCounts& counts) {
  const auto regular = static_cast<double>(counts.regular), prepared = static_cast<double>(counts.prepared);
  const std::pair<const char*, double> metrics[] = {
      {"prepared_statements_count", static_cast<double>(counts.prepared_texts)},
      {"prepared_statements_evicted", static_cast<double>(counts.evicted_texts)},
      {"prepared_statements_executed", prepared},
      {"prepared_statements_ratio", prepared + regular == 0 ? 0 : prepared / (prepared + regular)},
      {"regular_statements_executed", regular},
  };
  for (const auto& [name, value] : metrics) rows.add({{"name", name}, {"value", double_bytes(value)}});
}

void add_caches(SystemRows& rows, const NodeCounts& counts) {
  const BlockCache::Counts& blocks = counts.engine.cache;
  const uint64_t asked = blocks.hits + blocks.misses;
  const double ratio = asked == 0 ? std::nan("") : static_cast<double>(blocks.hits) / static_cast<double>(asked);
  rows.add({{"name", "chunks"},
            {"capacity_bytes", count_bytes(blocks.capacity_bytes)},
            {"entry_count", int_bytes(static_cast<int32_t>(blocks.blocks))},
            {"hit_count", count_bytes(blocks.hits)},
            {"hit_ratio", double_bytes(ratio)},
            {"recent_hit_rate_per_second", bigint_bytes(0)},
            {"recent_request_rate_per_second", bigint_bytes(0)},
            {"request_count", count_bytes(asked)},
            {"size_bytes", count_bytes(blocks.bytes)}});
}

// --- views with a row for each table ----------------------------------------------------------------------------------

// local_read_latency, coordinator_scan_latency, ...
std::optional<RequestKind> timed_kind(const std::string& view) {
  const bool timed = view.ends_with("_latency") && (view.starts_with("local_") || view.starts_with("coordinator_"));
  if (!timed) return std::nullopt;
  if (view.find("_scan_") != std::string::npos) return RequestKind::scan;
  return view.find("_write_") != std::string::npos ? RequestKind::write : RequestKind::read;
}

void add_times(SystemRows& rows, const Table& table, const TableTimes& of, RequestKind kind, double up) {
  const uint64_t count = of.counts[static_cast<size_t>(kind)];
  const LatencyHistogram& times = of.times[static_cast<size_t>(kind)];
  rows.add({{"keyspace_name", table.keyspace},
            {"table_name", table.name},
            {"count", count_bytes(count)},
            {"max_ms", double_bytes(times.max_ms())},
            {"p50th_ms", double_bytes(times.quantile_ms(0.5))},
            {"p99th_ms", double_bytes(times.quantile_ms(0.99))},
            {"per_second", double_bytes(static_cast<double>(count) / up)}});
}

void add_table_counts(SystemRows& rows, const Table& table, const TableCounts& counts) {
  rows.add({{"keyspace_name", table.keyspace},
            {"table_name", table.name},
            {"bytes_compacted", count_bytes(counts.bytes_compacted)},
            {"bytes_compacted_in", count_bytes(counts.bytes_compacted_in)},
            {"bytes_flushed", count_bytes(counts.bytes_flushed)},
            {"compactions", count_bytes(counts.compactions)},
            {"flushes", count_bytes(counts.flushes)},
            {"memtable_bytes", count_bytes(counts.memtable_bytes)},
            {"sstable_bytes", count_bytes(counts.sstable_bytes)},
            {"sstables", count_bytes(counts.sstables)},
            {"write_amplification", double_bytes(counts.write_amplification())}});
}

void add_disk_usage(SystemRows& rows, const Table& table, const TableCounts& counts) {
  rows.add({{"keyspace_name", table.keyspace},
            {"table_name", table.name},
            {"mebibytes", count_bytes((counts.sstable_bytes + (1u << 20) - 1) >> 20)}});
}

// Ranges between the ring's tokens; partitions are taken to be spread evenly over them. `type`: of table_estimates.
void add_estimates(SystemRows& rows, const Table& table, const TableCounts& counts, const NodeInfo& node,
                   const char* type) {
  std::vector<Token> bounds(node.tokens);
  bounds.push_back(Token{INT64_MIN});  // where the range that goes round the ring is cut
  std::ranges::sort(bounds);
  const uint64_t partitions = counts.sstable_partitions + counts.memtable_partitions;
  const uint64_t bytes = counts.sstable_bytes + counts.memtable_bytes;
  for (size_t i = 0; i < bounds.size(); ++i) {
    const Token end = bounds[(i + 1) % bounds.size()];
    const double share =
        std::ldexp(static_cast<double>(static_cast<uint64_t>(end.raw) - static_cast<uint64_t>(bounds[i].raw)), -64);
    SystemRows::Values values = {
        {"keyspace_name", table.keyspace},
        {"table_name", table.name},
        {"range_start", std::to_string(bounds[i].raw)},
        {"range_end", std::to_string(end.raw)},
        {"mean_partition_size", count_bytes(partitions == 0 ? 0 : bytes / partitions)},
        {"partitions_count", count_bytes(static_cast<uint64_t>(static_cast<double>(partitions) * share + 0.5))}};
    if (type != nullptr) values.emplace_back("range_type", type);
    rows.add(std::move(values));
  }
}

}  // namespace

Task<Status> gather_counts(const SystemState& state, NodeCounts& out) {
  auto ask = [&](Shard& shard) -> Task<Status> {
    out.regular += shard.requests.regular;
    out.prepared += shard.requests.prepared;
    out.running += shard.requests.running;
    for (const auto& [id, times] : shard.requests.tables) add_up(out.times[id], times);
    for (const auto& [id, counts] : shard.engine.table_counts()) add_up(out.tables[id], counts);
    add_up(out.engine, shard.engine.counts());
    if (shard.id == ShardId{0}) {
      out.prepared_texts = state.prepared.all().size();
      out.evicted_texts = state.prepared.evicted();
    }
    co_return Status{};
  };
  co_return co_await state.shards.run_on_all(ask);
}

bool is_counted(const Table& view) {
  if (view.keyspace == "system") return view.name == "size_estimates" || view.name == "table_estimates";
  constexpr std::string_view kViews[] = {"thread_pools", "cql_metrics", "caches", "ringlet_tables", "disk_usage"};
  return view.keyspace == "system_views" &&
         (timed_kind(view.name).has_value() || std::ranges::find(kViews, view.name) != std::end(kViews));
}

void add_counted_rows(SystemRows& rows, const Schema& schema, const SystemState& state, const NodeCounts& counts) {
  const Table& view = rows.table();
  if (view.name == "thread_pools") return add_thread_pools(rows, state, counts);
  if (view.name == "cql_metrics") return add_cql_metrics(rows, counts);
  if (view.name == "caches") return add_caches(rows, counts);
  const auto timed = timed_kind(view.name);
  const double up = seconds_up(state);
  static const TableTimes kNoTimes;
  for (const auto& [id, table_counts] : counts.tables) {
    const TableRef table = schema.table(id);
    if (!table) continue;
    const auto times = counts.times.find(id);
    if (timed)
      add_times(rows, *table, times == counts.times.end() ? kNoTimes : times->second, *timed, up);
    else if (view.name == "ringlet_tables")
      add_table_counts(rows, *table, table_counts);
    else if (view.name == "disk_usage")
      add_disk_usage(rows, *table, table_counts);
    else if (view.name == "size_estimates")
      add_estimates(rows, *table, table_counts, state.node, nullptr);
    else
      for (const char* type : {"primary", "local_primary"}) add_estimates(rows, *table, table_counts, state.node, type);
  }
}

void add_settings(SystemRows& rows, const NodeInfo& node) {
  const auto kib = [](size_t bytes) { return std::to_string(bytes >> 10) + "KiB"; };
  const std::pair<const char*, std::string> settings[] = {
      {"authenticator", "AllowAllAuthenticator"},
      {"authorizer", "AllowAllAuthorizer"},
      {"cluster_name", node.cluster_name},
      {"endpoint_snitch", "SimpleSnitch"},
      {"http_port", std::to_string(node.http_port)},
      {"in_select_cartesian_product_fail_threshold", std::to_string(kInValuesMax)},
      {"listen_address", node.address},
      {"max_mutation_size", kib(std::min(kMutationBytesMax, node.memory_bytes / 32))},
      {"memory_bytes", std::to_string(node.memory_bytes)},
      {"native_transport_max_concurrent_connections", std::to_string(kConnectionsMax)},
      {"native_transport_max_frame_size", kib(kFrameBytesMax)},
      {"native_transport_port", std::to_string(node.cql_port)},
      {"num_tokens", std::to_string(node.tokens.size())},
      {"partitioner", "org.apache.cassandra.dht.Murmur3Partitioner"},
      {"request_timeout", "10000ms"},
      {"rpc_address", node.address},
      {"shards", std::to_string(node.shards)},
      {"storage_port", std::to_string(node.peer_port)},
      {"tombstone_failure_threshold", std::to_string(node.tombstones.fail)},
      {"tombstone_warn_threshold", std::to_string(node.tombstones.warn)},
  };
  for (const auto& [name, value] : settings) rows.add({{"name", name}, {"value", value}});
}

void add_gossip_info(SystemRows& rows, const Schema& schema, const SystemState& state) {
  const NodeInfo& node = state.node;
  const std::string native = node.address + ":" + std::to_string(node.cql_port);
  const std::string token = node.tokens.empty() ? "" : std::to_string(node.tokens.front().raw);
  rows.add({{"address", inet_bytes(node.address).value_or(Bytes("\x7F\0\0\1", 4))},
            {"port", int_bytes(node.peer_port)},
            {"dc", node.data_center},
            {"generation", int_bytes(static_cast<int32_t>(node.started.raw / 1000000))},
            {"heartbeat", int_bytes(static_cast<int32_t>(seconds_up(state)))},
            {"host_id", to_string(node.host_id)},
            {"hostname", node.address},
            {"native_address_and_port", native},
            {"rack", node.rack},
            {"release_version", kReleaseVersion},
            {"rpc_address", node.address},
            {"rpc_ready", "true"},
            {"schema", to_string(schema.version_uuid)},
            {"status_with_port", "NORMAL," + token}});
}

Task<Status> add_prepared_statements(SystemRows& rows, const SystemState& state) {
  auto list = [&](Shard&) -> Task<Status> {
    for (const auto& [id, statement] : state.prepared.all()) {
      const auto& [keyspace, text] = statement;
      rows.add({{"prepared_id", id},
                {"logged_keyspace", keyspace.empty() ? std::nullopt : std::optional(keyspace)},
                {"query_string", text}});
    }
    co_return Status{};
  };
  co_return co_await state.shards.run_on(ShardId{0}, list);
}

}  // namespace ringlet
