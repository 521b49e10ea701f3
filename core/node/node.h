// Node: the parts put together, started and stopped in order. cli/ builds one from the machine, tests/sim from a simulated one.
//
//   start   lock the directory -> metadata.db -> schema -> shards and their sstables -> replay of the log -> clock mark
//   stop    nothing new -> flush what fits -> log synced -> metadata.db closed
// Everything here runs on shard 0's executor; each shard's parts belong to that shard.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/cluster/coordinator.h"
#include "core/cluster/left_batches.h"
#include "core/cluster/node_info.h"
#include "core/local/local_store.h"
#include "core/meta/catalog.h"
#include "core/node/auto_snapshots.h"
#include "core/node/clock_mark.h"
#include "core/node/flash_meter.h"
#include "core/node/foreign_files.h"
#include "core/node/memory_plan.h"
#include "core/node/rebuild.h"
#include "core/node/snapshots.h"
#include "core/query/prepared.h"
#include "core/query/processor.h"
#include "core/shard/shard.h"
#include "core/storage/batch_record.h"
#include "core/storage/commit_log.h"
#include "core/storage/stray_files.h"

namespace ringlet {

struct NodeOptions {
  NodeInfo info;  // host_id, tokens, started and shards are filled in by the start
  size_t memory_bytes = 256u << 20;
  LogOptions log;  // bytes_max comes from the memory plan
  bool compaction = true;
  uint64_t compaction_bytes_per_second = kCompactionBytesPerSecond;  // read and written by all merges; 0: no bound
  uint64_t flash_write_budget = 0;          // bytes a day that compaction keeps to; 0: no bound
  std::optional<bool> incremental_backups;  // nullopt: as they were switched last (backups.h)
  // Of what an operator must know; from any thread.
  std::function<void(const std::string&)> warn = [](const std::string&) {};
  uint32_t auto_snapshot_hours = 24;  // that what DROP and TRUNCATE took away is kept for; 0: it is not
};

class Node {
 public:
  // On Env::shards[0]. The error says what is wrong and what to do; nothing runs then.
  static Task<Result<std::unique_ptr<Node>>> start(Env& env, NodeOptions options);
  ~Node();
  // Within the deadline: what is not flushed by then is in the log. Await it before the node goes.
  Task<Status> stop(Instant deadline);

  const NodeInfo& info() const { return info_; }
  Env& env() const { return env_; }
  Shards& shards() { return *shards_; }
  Catalog& catalog() { return *catalog_; }
  LocalStore& local() { return *local_; }
  CommitLog& log() { return *log_; }
  Coordinator& coordinator(ShardId shard) { return *coordinators_[shard.raw]; }
  QueryProcessor& processor(ShardId shard) { return *processors_[shard.raw]; }
  const LogReplayReport& replay_report() const { return replay_report_; }
  const StrayReport& strays() const { return strays_; }
  const RebuildReport& rebuild_report() const { return rebuild_report_; }
  const MemoryPlan& memory_plan() const { return memory_; }
  Snapshots& snapshots() { return *snapshots_; }
  Backups& backups() { return *backups_; }
  AutoSnapshots& auto_snapshots() { return *auto_snapshots_; }
  CompactionBudget& compaction_budget() { return *compaction_budget_; }  // its bound may be changed while the node runs
  FlashMeter& flash() { return *flash_; }                                // so may its budget
  const FlashMeter& flash() const { return *flash_; }

  // Called on `shard`'s executor for every schema change; set before the node serves.
  using SchemaListener = std::function<void(const SchemaChange&)>;
  // Who is connected, for system_views.clients: asked on that shard's executor; set before the node serves.
  using ClientLister = std::function<std::vector<ConnectedClient>(ShardId)>;
  void on_list_clients(ClientLister lister) { list_clients_ = std::move(lister); }
  void on_schema_change(ShardId shard, SchemaListener listener) { listeners_[shard.raw] = std::move(listener); }

 private:
  Node(Env& env, NodeOptions options);
  Task<Status> open();
  Task<Status> load_identity();
  Task<Status> begin_counter_epoch();
  std::vector<ConnectedClient> clients_of(ShardId shard);
  Task<Result<ManifestState>> settled_manifest();
  Status open_tables(const ManifestState& manifest);
  Task<Status> open_log(const ManifestState& manifest);
  Result<std::optional<ShardId>> replay_batch(const LogRecord& record);
  void settle_batches();
  Task<Status> flush_replayed(CommitLog& log, Uuid manifest);
  Task<Status> run_shards(const ManifestState& manifest);
  Task<Status> carry_out(SchemaRef before, SchemaRef after);
  void make_snapshots(Uuid manifest);
  Task<Status> measure_flash();
  Task<Status> before_loss(bool drop, TableScope scope);
  void announce(const SchemaChange& change);         // from any shard's executor
  void flush_for_log(TableId table, ShardId shard);  // the same
  void spawn_here(Task<void> task);

  Env& env_;
  NodeOptions options_;
  NodeInfo info_;
  MemoryPlan memory_;
  std::unique_ptr<DirectoryLock> lock_;
  std::unique_ptr<LocalStore> local_;
  std::unique_ptr<Catalog> catalog_;
  std::unique_ptr<CommitLog> log_;
  std::shared_ptr<CompactionBudget> compaction_budget_;
  std::unique_ptr<Backups> backups_;
  std::unique_ptr<Shards> shards_;
  std::unique_ptr<ClockMark> clock_mark_;
  std::unique_ptr<ForeignFiles> foreign_files_;
  std::unique_ptr<Snapshots> snapshots_;
  std::unique_ptr<AutoSnapshots> auto_snapshots_;
  std::unique_ptr<FlashMeter> flash_;
  std::vector<std::unique_ptr<Coordinator>> coordinators_;
  std::vector<std::unique_ptr<QueryProcessor>> processors_;
  std::vector<SchemaListener> listeners_;
  ClientLister list_clients_;
  std::unique_ptr<PreparedTexts> prepared_;
  LogReplayReport replay_report_;
  // While the log is replayed: batches without an end so far, and what the others hold of the log.
  std::map<Uuid, std::pair<ShardId, LoggedBatch>> open_batches_;
  std::map<std::pair<ShardId, SegmentId>, uint64_t> ended_batch_bytes_;
  std::set<std::pair<SegmentId, SegmentId>> batch_ends_;  // of an end, and of its beginning
  std::unique_ptr<LeftBatches> left_batches_;
  StrayReport strays_;
  RebuildReport rebuild_report_;
  // What runs beside, by the shard it was begun on: events on their way, flushes that the log asked for.
  std::vector<std::unique_ptr<TaskGroup>> behind_;
};

}  // namespace ringlet
