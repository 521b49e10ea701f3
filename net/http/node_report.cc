#include "net/http/node_report.h"

namespace ringlet::http {
namespace {

void add(TableCounts& sum, const TableCounts& part) {
  sum.memtable_bytes += part.memtable_bytes;
  sum.memtable_partitions += part.memtable_partitions;
  sum.sstables += part.sstables;
  sum.sstable_bytes += part.sstable_bytes;
  sum.rows += part.rows;
  sum.tombstones += part.tombstones;
  sum.flushes += part.flushes;
  sum.compactions += part.compactions;
  sum.bytes_flushed += part.bytes_flushed;
  sum.bytes_compacted_in += part.bytes_compacted_in;
  sum.bytes_compacted += part.bytes_compacted;
}

void add(EngineCounts& sum, const EngineCounts& part) {
  sum.writes += part.writes;
  sum.user_bytes += part.user_bytes;
  sum.reads += part.reads;
  sum.memtable_bytes += part.memtable_bytes;
  sum.flushes += part.flushes;
  sum.compactions += part.compactions;
  sum.flush_bytes += part.flush_bytes;
  sum.compaction_read_bytes += part.compaction_read_bytes;
  sum.compaction_written_bytes += part.compaction_written_bytes;
  sum.merged_for_reads_bytes += part.merged_for_reads_bytes;
  sum.pending_flushes += part.pending_flushes;
  sum.pending_compactions += part.pending_compactions;
  sum.compactions_held += part.compactions_held;
  sum.compactions_pressed += part.compactions_pressed;
  sum.cache.hits += part.cache.hits;
  sum.cache.misses += part.cache.misses;
  sum.cache.bytes += part.cache.bytes;
  sum.cache.blocks += part.cache.blocks;
  sum.cache.capacity_bytes += part.cache.capacity_bytes;
  sum.cache.pinned_bytes += part.cache.pinned_bytes;
  sum.cache.pins_refused += part.cache.pins_refused;
}

std::vector<TableReport> table_reports(const Schema& schema, const std::vector<ShardReport>& shards) {
  std::vector<TableReport> reports;
  for (const auto& [name, keyspace] : schema.keyspaces)
    for (const auto& [table_name, table] : keyspace->tables) {
      TableReport report{table, {}};
      for (const ShardReport& shard : shards) {
        const auto found = shard.tables.find(table->id);
        if (found != shard.tables.end()) add(report.counts, found->second);
      }
      reports.push_back(std::move(report));
    }
  return reports;
}

}  // namespace

EngineCounts NodeReport::engine() const {
  EngineCounts sum;
  for (const ShardReport& shard : shards) add(sum, shard.engine);
  return sum;
}

double NodeReport::per_user_byte(uint64_t bytes) const {
  const uint64_t user = engine().user_bytes;
  return user == 0 ? 0 : static_cast<double>(bytes) / static_cast<double>(user);
}

size_t NodeReport::memtable_bytes() const {
  size_t sum = 0;
  for (const ShardReport& shard : shards) sum += shard.memtable_bytes;
  return sum;
}

Task<Result<NodeReport>> gather_report(Node& node, HostProbe& probe, CqlCounts cql, Instant started) {
  NodeReport report;
  auto ask = [&report](Shard& shard) -> Task<Status> {
    Engine& engine = shard.engine;
    report.shards.push_back({engine.counts(), engine.memtable_bytes(), engine.table_counts(), engine.tasks()});
    co_return Status{};
  };
  CO_TRY_STATUS(co_await node.shards().run_on_all(ask));
  report.tables = table_reports(*node.catalog().schema(), report.shards);
  report.log = node.log().counts();
  report.written = node.flash().written(report.engine());
  report.last_day = node.flash().last_day(report.written);
  report.backups = co_await node.backups().state();
  report.cql = cql;
  report.uptime = node.env().clock.now() - started;
  Executor& home = *Executor::current();  // files are read where waiting harms no request
  co_await node.env().local.hop();
  report.host = probe.read_now();
  report.disk = node.env().disk.space();
  co_await home.hop();
  co_return report;
}

}  // namespace ringlet::http
