// Prometheus text of a NodeReport.
#include "net/http/admin_api.h"

namespace ringlet::http {
namespace {

// Label values may hold anything but an unescaped backslash, quote or line feed.
std::string escaped(std::string_view value) {
  std::string out;
  for (const char c : value) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n')
      out += "\\n";
    else
      out += c;
  }
  return out;
}

using Labels = std::vector<std::pair<std::string_view, std::string>>;

class Metrics {
 public:
  void family(std::string_view name, std::string_view type, std::string_view help) {
    name_ = "ringlet_" + std::string(name);
    out_ += "# HELP " + name_ + " " + std::string(help) + "\n# TYPE " + name_ + " " + std::string(type) + "\n";
  }
  void value(uint64_t v, const Labels& labels = {}) { line(std::to_string(v), labels); }
  void value(double v, const Labels& labels = {}) { line(std::to_string(v), labels); }
  void gauge(std::string_view name, std::string_view help, uint64_t v) {
    family(name, "gauge", help);
    value(v);
  }
  void counter(std::string_view name, std::string_view help, uint64_t v) {
    family(name, "counter", help);
    value(v);
  }
  std::string take() { return std::move(out_); }

 private:
  void line(const std::string& number, const Labels& labels) {
    out_ += name_;
    const char* before = "{";
    for (const auto& [name, value] : labels) {
      out_ += before + std::string(name) + "=\"" + escaped(value) + "\"";
      before = ",";
    }
    out_ += (labels.empty() ? " " : "} ") + number + "\n";
  }
  std::string out_, name_;
};

void node_metrics(Metrics& m, const NodeReport& report, const Node& node) {
  m.family("info", "gauge", "The node: always 1.");
  m.value(uint64_t{1},
          {{"version", node.info().version}, {"name", node.info().name}, {"host_id", to_string(node.info().host_id)}});
  m.gauge("uptime_seconds", "Seconds since the node started.", static_cast<uint64_t>(report.uptime.nanos / 1000000000));
  m.gauge("shards", "Threads that own data.", node.info().shards);
  m.gauge("cql_connections", "Connected CQL clients.", report.cql.connections);
  m.counter("cql_requests_total", "CQL requests served.", report.cql.requests);
  m.gauge("memory_limit_bytes", "The cap the node was given.", node.info().memory_bytes);
  if (report.host.process_rss_bytes)
    m.gauge("memory_resident_bytes", "Resident memory of the process.", *report.host.process_rss_bytes);
  m.counter("failed_syncs_total", "Syncs of files and folders that the medium refused.",
            node.env().disk.failed_syncs());
  m.gauge("disk_full", "1: writes are refused until there is room again.", report.disk_full ? 1 : 0);
  if (report.disk) {
    m.gauge("disk_total_bytes", "Size of the data directory's file system.", report.disk->total_bytes);
    m.gauge("disk_free_bytes", "Free to this process.", report.disk->free_bytes);
  }
}

void log_metrics(Metrics& m, const NodeReport& report, const Node& node) {
  m.gauge("log_segments", "Commit log segments that are needed.", report.log.segments);
  m.gauge("log_live_bytes", "Bytes of those segments.", report.log.live_bytes);
  m.counter("log_written_bytes_total", "Bytes written to the commit log.", report.log.bytes_written);
  m.counter("log_records_total", "Records written to the commit log.", report.log.records);
  m.counter("log_syncs_total", "Syncs of the commit log.", report.log.syncs);
  m.gauge("log_replay_holes", "Damaged places that the last start found in the commit log.",
          node.replay_report().holes.size());
  m.gauge("quarantined_files", "Files that the last start moved to quarantine.", node.strays().quarantined.size());
}

void flash_metrics(Metrics& m, const NodeReport& report, const Node& node) {
  const EngineCounts engine = report.engine();
  const auto by_cause = [&](std::string_view name, std::string_view type, std::string_view help, auto value) {
    m.family(name, type, help);
    for (size_t i = 0; i < kWriteCauses; ++i) m.value(value(i), {{"cause", kWriteCauseNames[i]}});
  };
  m.counter("user_written_bytes_total", "Bytes of the mutations that were applied, as they are encoded.",
            engine.user_bytes);
  by_cause("flash_written_bytes_total", "counter", "Bytes written to flash.",
           [&](size_t i) { return report.written.by[i]; });
  by_cause("flash_bytes_per_user_byte", "gauge", "Bytes written to flash for each byte that users wrote.",
           [&](size_t i) { return report.per_user_byte(report.written.by[i]); });
  by_cause("flash_last_day_bytes", "gauge", "Bytes written to flash in the last 24 hours of running.",
           [&](size_t i) { return report.last_day.by[i]; });
  const uint64_t budget = node.flash().budget();
  m.gauge("flash_write_budget_bytes", "Bytes a day that compaction keeps to; 0: no bound.", budget);
  m.gauge("flash_over_budget", "1 while more than the daily budget was written.", report.over_budget(budget) ? 1 : 0);
  m.gauge("compactions_held", "Tables with a compaction that waits for the daily budget.", engine.compactions_held);
  m.counter("compactions_pressed_total", "Compactions that did not wait, because too many files had piled up.",
            engine.compactions_pressed);
}

template <class Get>
void per_shard(Metrics& m, const NodeReport& report, std::string_view name, std::string_view type,
               std::string_view help, Get get) {
  m.family(name, type, help);
  for (size_t s = 0; s < report.shards.size(); ++s)
    m.value(static_cast<uint64_t>(get(report.shards[s])), {{"shard", std::to_string(s)}});
}

void backup_metrics(Metrics& m, const BackupState& backups) {
  m.gauge("backups_on", "Are incremental backups switched on?", backups.on ? 1 : 0);
  m.gauge("backups_gap", "They are on and cannot be made: 1 until they begin again.",
          backups.on && !backups.linking ? 1 : 0);
}

void shard_metrics(Metrics& m, const NodeReport& report) {
  using S = const ShardReport&;
  per_shard(m, report, "writes_total", "counter", "Mutations applied.", [](S s) { return s.engine.writes; });
  per_shard(m, report, "reads_total", "counter", "Reads begun.", [](S s) { return s.engine.reads; });
  per_shard(m, report, "memtable_bytes", "gauge", "Memory of memtables.", [](S s) { return s.memtable_bytes; });
  per_shard(m, report, "flushes_total", "counter", "Memtables written as sstables.",
            [](S s) { return s.engine.flushes; });
  per_shard(m, report, "flush_bytes_total", "counter", "Bytes written by flushes.",
            [](S s) { return s.engine.flush_bytes; });
  per_shard(m, report, "pending_flushes", "gauge", "Memtables that wait to be written.",
            [](S s) { return s.engine.pending_flushes; });
  per_shard(m, report, "left_batches", "gauge", "Logged batches that were applied in part and are tried again.",
            [](S s) { return s.engine.left_batches; });
  per_shard(m, report, "compactions_total", "counter", "Compactions done.", [](S s) { return s.engine.compactions; });
  per_shard(m, report, "compaction_read_bytes_total", "counter", "Bytes read by compaction.",
            [](S s) { return s.engine.compaction_read_bytes; });
  per_shard(m, report, "compaction_written_bytes_total", "counter", "Bytes written by compaction.",
            [](S s) { return s.engine.compaction_written_bytes; });
  per_shard(m, report, "merged_for_reads_bytes_total", "counter",
            "Of those, by merges that reads asked for beyond what writing needs.",
            [](S s) { return s.engine.merged_for_reads_bytes; });
  per_shard(m, report, "file_tasks", "gauge", "Compactions and other work on files that runs.",
            [](S s) { return uint64_t{s.tasks.size()}; });
  per_shard(m, report, "pending_compactions", "gauge", "Compactions that wait or run.",
            [](S s) { return s.engine.pending_compactions; });
  per_shard(m, report, "writes_slowed_total", "counter", "Writes that waited for compaction to keep up.",
            [](S s) { return s.engine.writes_slowed; });
  per_shard(m, report, "writes_refused_behind_total", "counter", "Writes refused for compaction that did not keep up.",
            [](S s) { return s.engine.writes_refused_behind; });
  per_shard(m, report, "reads_refused_total", "counter", "Reads refused for want of memory.",
            [](S s) { return s.engine.reads_refused; });
  per_shard(m, report, "cache_hits_total", "counter", "Blocks found in the cache.",
            [](S s) { return s.engine.cache.hits; });
  per_shard(m, report, "cache_misses_total", "counter", "Blocks read from files.",
            [](S s) { return s.engine.cache.misses; });
  per_shard(m, report, "cache_bytes", "gauge", "Memory of the block cache.", [](S s) { return s.engine.cache.bytes; });
  per_shard(m, report, "cache_pinned_bytes", "gauge", "Of it, tables that are in_memory.",
            [](S s) { return s.engine.cache.pinned_bytes; });
  per_shard(
      m, report, "cache_pins_refused_total", "counter",
      "Blocks of tables that are in_memory for which their half of the cache had no room: give the node more --memory.",
      [](S s) { return s.engine.cache.pins_refused; });
}

template <class Get>
void per_table(Metrics& m, const NodeReport& report, std::string_view name, std::string_view type,
               std::string_view help, Get get) {
  m.family(name, type, help);
  for (const TableReport& t : report.tables)
    m.value(static_cast<uint64_t>(get(t.counts)), {{"keyspace", t.table->keyspace}, {"table", t.table->name}});
}

void table_metrics(Metrics& m, const NodeReport& report) {
  using C = const TableCounts&;
  per_table(m, report, "table_memtable_bytes", "gauge", "Memory of the table's memtables.",
            [](C c) { return c.memtable_bytes; });
  per_table(m, report, "table_sstables", "gauge", "Files of the table.", [](C c) { return c.sstables; });
  per_table(m, report, "table_damaged_sstables", "gauge", "Files that a merge could not read: run `ringlet scrub`.",
            [](C c) { return c.damaged_sstables; });
  per_table(m, report, "table_sstable_bytes", "gauge", "Bytes of those files.", [](C c) { return c.sstable_bytes; });
  per_table(m, report, "table_rows_stored", "gauge", "Rows in files, older versions of a row included.",
            [](C c) { return c.rows; });
  per_table(m, report, "table_flushed_bytes_total", "counter", "Bytes that flushes wrote to files of the table.",
            [](C c) { return c.bytes_flushed; });
  per_table(m, report, "table_compacted_bytes_total", "counter", "Bytes that compactions wrote to files of the table.",
            [](C c) { return c.bytes_compacted; });
  per_table(m, report, "table_tombstones", "gauge", "Deletions in files.", [](C c) { return c.tombstones; });
}

}  // namespace

std::string metrics_text(const NodeReport& report, const Node& node) {
  Metrics m;
  node_metrics(m, report, node);
  log_metrics(m, report, node);
  flash_metrics(m, report, node);
  backup_metrics(m, report.backups);
  shard_metrics(m, report);
  table_metrics(m, report);
  return m.take();
}

}  // namespace ringlet::http
