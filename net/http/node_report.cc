#include "net/http/node_report.h"

namespace ringlet::http {
namespace {

std::vector<TableReport> table_reports(const Schema& schema, const std::vector<ShardReport>& shards) {
  std::vector<TableReport> reports;
  for (const auto& [name, keyspace] : schema.keyspaces)
    for (const auto& [table_name, table] : keyspace->tables) {
      TableReport report{table, {}};
      for (const ShardReport& shard : shards) {
        const auto found = shard.tables.find(table->id);
        if (found != shard.tables.end()) add_up(report.counts, found->second);
      }
      reports.push_back(std::move(report));
    }
  return reports;
}

}  // namespace

EngineCounts NodeReport::engine() const {
  EngineCounts sum;
  for (const ShardReport& shard : shards) add_up(sum, shard.engine);
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
  report.disk_full = node.local().reserve().full();
  report.uptime = node.env().clock.now() - started;
  Executor& home = *Executor::current();  // files are read where waiting harms no request
  co_await node.env().local.hop();
  report.host = probe.read_now();
  report.disk = node.env().disk.space();
  co_await home.hop();
  co_return report;
}

}  // namespace ringlet::http
