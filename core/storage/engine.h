// Engine: the data of one shard: writes into log and memtable, reads over memtables and sstables, flush and compaction
// behind. Start here to read the storage layer.
//
//   write   enter() -> WriteGroup -> CommitLog::append (durable) -> Memtable::apply (visible): engine_write.cc
//   read    read()  -> merge_streams over Memtable::stream and SstableReader::stream, as of one moment
//   behind  a full memtable is frozen, written as an sstable on the background executor, committed in the manifest, and
//           only then given back to the log; compaction merges sstables the same way
//
// Always holds
//   - everything here runs on the shard's executor; only the writing of files is done on Env::background
//   - a mutation is visible only once it is durable (by its table's rules), and whole
//   - an EngineRead pins what it saw: neither later writes nor flush nor compaction change what it yields
//   - memtables stay within their budget: past it writers wait, and past their deadline they get Overloaded
//   - files that wait for merges stay near their bound: writers wait, and get Overloaded (merge_backlog.h says when not)
//   - a failed flush loses nothing: the frozen memtable stays, readable and logged, and is tried again
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/data/mutation.h"
#include "core/env/env.h"
#include "core/env/event.h"
#include "core/env/task_group.h"
#include "core/local/local_store.h"
#include "core/storage/batch_record.h"
#include "core/storage/block_cache.h"
#include "core/storage/commit_log.h"
#include "core/storage/compaction_budget.h"
#include "core/storage/fragment.h"
#include "core/storage/memtable.h"
#include "core/storage/read_turns.h"
#include "core/storage/sstable.h"
#include "core/storage/storage_task.h"
#include "core/storage/write_group.h"

namespace ringlet {

// Who gives the files that flushes make a second name (core/node/backups.h).
class FlushedFileKeeper {
 public:
  virtual ~FlushedFileKeeper() = default;
  // The file is on the medium, and not committed yet. What this returns is committed with it. On the background executor.
  virtual std::vector<std::pair<std::string, Bytes>> keep(const ManifestFile& file) = 0;
  // What the table's files in the shard held was truncated, as the manifest has noted; no flush of it runs there.
  virtual Task<Status> truncated(FlushedThrough note) = 0;
};

struct EngineOptions {
  size_t memtable_bytes = 16u << 20;  // all of this shard's memtables, frozen ones included
  size_t cache_bytes = 16u << 20;
  size_t read_bytes = 16u << 20;  // what reads under way may hold beside the cache
  bool compaction = true;
  std::shared_ptr<CompactionBudget> budget;      // the node's; null: one of its own, without a bound
  FlushedFileKeeper* keeper = nullptr;           // outlives the engine; null: there is none
  std::function<void(const std::string&)> warn;  // of what the owner should see to; from the shard's executor
};

struct TableCounts {
  uint64_t memtable_bytes = 0, memtable_partitions = 0, sstables = 0, sstable_bytes = 0, rows = 0, tombstones = 0;
  uint64_t damaged_sstables = 0;    // that merges leave out
  uint64_t sstable_partitions = 0;  // a partition counts in each file that has it
  uint64_t flushes = 0, compactions = 0, bytes_flushed = 0;
  uint64_t bytes_compacted_in = 0, bytes_compacted = 0;  // read and written by compactions

  // Bytes written to sstables for each that a flush wrote.
  double write_amplification() const {
    return bytes_flushed == 0 ? 1 : 1 + static_cast<double>(bytes_compacted) / static_cast<double>(bytes_flushed);
  }
};
struct EngineCounts {
  uint64_t row_cache_hits = 0, row_cache_misses = 0;
  uint64_t writes = 0, reads = 0, memtable_bytes = 0, flushes = 0, compactions = 0;
  uint64_t user_bytes = 0;  // of the mutations behind `writes`, encoded
  uint64_t flush_bytes = 0, compaction_read_bytes = 0, compaction_written_bytes = 0;
  uint64_t merged_for_reads_bytes = 0;  // of those written: by merges that only reads asked for (compaction_reads.h)
  uint64_t pending_flushes = 0, pending_compactions = 0;
  uint64_t damaged_sstables = 0;  // that merges leave out
  // Tables with a merge that waits for the daily budget of flash; merges that did not, for too many files had piled up.
  uint64_t compactions_held = 0, compactions_pressed = 0;
  uint64_t writes_slowed = 0, writes_refused_behind = 0;  // for merges that do not keep up
  uint64_t reads_refused = 0;                             // for want of memory for them
  uint64_t left_batches = 0;  // logged batches that were applied in part only, and are tried again
  BlockCache::Counts cache;
};
// Of several shards, as one (engine_counts.cc).
void add_up(TableCounts& sum, const TableCounts& one);
void add_up(EngineCounts& sum, const EngineCounts& one);

ManifestFile manifest_file(const TableId& table, const SstableReader& file);  // its entry, as the file itself tells it

class MergeBacklog;
struct TableStore;  // engine_state.h
struct CompactionJob;
struct CompactionWork;
struct JobEntry;  // engine_jobs.h
struct JobRequest;
struct PlanContext;
struct PlanFile;
struct CompactionContext {  // what a merge may forget, as of its beginning
  Seconds now, gc_before;
  Timestamp memtable_min;  // the oldest write that is in no file yet
};
class Engine;

// One read, pinned. The range must outlive it; destroy it on the shard's executor.
class EngineRead : public Pooled {
 public:
  ~EngineRead();
  EngineRead(const EngineRead&) = delete;
  FragmentStream& stream() { return *stream_; }

 private:
  friend class Engine;
  EngineRead(Engine& engine, Sequence at) : engine_(engine), at_(at) {}
  ReadTurns* turns_ = nullptr;  // that it has its turn of
  size_t turn_bytes_ = 0;
  Engine& engine_;
  const Sequence at_;
  std::shared_ptr<const Memtable> active_;
  std::vector<std::shared_ptr<const Memtable>> frozen_;
  std::shared_ptr<const std::vector<std::shared_ptr<SstableReader>>> files_;
  std::unique_ptr<FragmentStream> stream_;
};

class Engine {
 public:
  Engine(Env& env, ShardId shard, uint16_t shard_count, LocalStore& local, EngineOptions options);
  ~Engine();
  Engine(const Engine&) = delete;

  // --- start-up: on any one thread, before run() --------------------------------------------------------------------
  Status open_table(TableRef table, const ManifestState& manifest);  // reads footers: blocks
  // A record found in the log, kept in the memtable. Once replay_full(), flush before there is more.
  Status replay(Mutation mutation, LogPosition end, uint64_t bytes);
  bool replay_full() const { return memtable_bytes() >= replay_bound_; }
  // Where the disk takes no flush it goes on into what else there is for this shard, as long as that lasts.
  Task<Status> flush_replayed(CommitLog& log, Uuid manifest);
  void run(CommitLog& log, Uuid manifest);  // on the shard's executor from here on
  Task<Status> stop(Instant deadline);      // flushes what fits until then, and ends what runs behind

  // --- tables ---------------------------------------------------------------------------------------------------------
  Status create_table(TableRef table);
  void alter_table(TableRef table);        // new definition, same id
  Task<Status> drop_table(TableId table);  // its files are dead when this returns
  Task<Status> truncate(TableId table);    // what was visible is gone, for good, when this returns
  Task<Status> flush(TableId table);
  Task<Status> compact(TableId table);  // major: all files into one level
  // `owned`: the token spans of this node, for cleanup; nullopt: all of the ring.
  Task<Result<FileWorkReport>> work_on_files(TableId table, FileWork what, std::optional<std::vector<TokenSpan>> owned);
  void cancel_work(TableId table);  // those two end at their next step, as Errc::cancelled

  // --- files written under another number of shards (core/node/foreign_files) ---------------------------------------------
  // Keeps compactions, DROP and TRUNCATE of the table waiting until end_split(). Errc::busy: one of them runs, ask again later;
  // Errc::not_found: the file is not this table's any more.
  using SplitHold = std::shared_ptr<TableStore>;
  Result<SplitHold> begin_split(TableId table, FileId foreign);
  void take_part(const SplitHold& hold, FileId foreign, std::shared_ptr<SstableReader> mine);  // null: there is none
  void end_split(const SplitHold& hold);
  Result<std::shared_ptr<SstableReader>> open_file(const TableId& table, FileId id);  // blocks; from any thread

  // --- snapshots and restores (engine_snapshot.cc) -------------------------------------------------------------------------
  // Files that die keep their names until let_names_go(), so that who links them finds them. Calls nest.
  void keep_names() { ++names_kept_; }
  void let_names_go();
  // Flushed first: everything that was visible when this was called is in them. Errc::not_found: there is no such table.
  Task<Result<std::vector<ManifestFile>>> flushed_files(TableId table);
  // Keeps DROP and TRUNCATE of the table waiting until end_adding(). Errc::not_found: it is gone.
  Task<Result<SplitHold>> begin_adding(TableId table);
  void add_files(const SplitHold& hold,
                 const std::vector<std::shared_ptr<SstableReader>>& files);  // that are committed
  void end_adding(const SplitHold& hold);
  void forget_files(const TableId& table, const std::vector<FileId>& dead);  // unlinks what the manifest knows as dead

  // --- data -----------------------------------------------------------------------------------------------------------
  // Everything in `mutation` becomes durable and visible, or (error) perhaps not: timeouts and failed logs are unknowns.
  // `promised`: by the record of a batch, so that a full disk is no reason to refuse it.
  Task<Status> apply(Mutation mutation, const RequestContext& context, bool promised = false);
  // The same for who has somebody else to wait: memtables have room(), and `waiter` is told (an error returned: it is not). May be told
  // before this returns.
  Status enter(const Mutation& mutation, WriteWaiter& waiter);
  bool has_room() const { return active_bytes_ + frozen_bytes_ < options_.memtable_bytes; }
  // A logged batch (batch_record.h): its record is durable when this returns; finish it once every mutation is applied.
  Task<Result<LoggedBatch>> log_batch(const std::vector<Mutation>& mutations, const Uuid& id,
                                      const RequestContext& context);
  void finish_batch(LoggedBatch batch);
  // Not all of it could be applied: kept until take_left_batches(), and in the log. While kLeftBatchBytesMax are kept no batch
  // is taken.
  void leave_batch(LoggedBatch batch);
  std::vector<LoggedBatch> take_left_batches();
  // One part of a batch, once more. A table that is gone or was truncated since takes none.
  Task<Status> apply_again(Mutation mutation, LogPosition begun, const RequestContext& context);
  // Errc::invalid when there is no such table (any more). Without a turn: for who takes what memory has, and does not wait.
  Result<std::unique_ptr<EngineRead>> read(TableId table, const ReadRange& range);

  // In its turn (read_turns.h). Errc::overloaded: it did not come. The range must outlive the read.
  Task<Result<std::unique_ptr<EngineRead>>> read_in_turn(TableId table, const ReadRange& range,
                                                         const RequestContext& context);

  EngineCounts counts() const;
  std::vector<StorageTask> tasks() const;  // long work on files that runs now
  std::map<TableId, TableCounts> table_counts() const;
  size_t memtable_bytes() const;
  size_t sstables(const TableId& table) const;
  uint64_t foreign_files() const;       // of all tables: written under another number of shards
  void on_log_pressure(TableId table);  // the log asks for this table's oldest records

 private:
  friend class EngineRead;
  using StoreRef = std::shared_ptr<TableStore>;
  StoreRef find(TableId table) const;
  void freeze(TableStore& store);
  void want_flush(TableStore& store);
  void relieve_memory();  // freezes the largest memtables while half the budget is in active ones
  Status join_group(const Mutation& mutation, WriteWaiter& waiter);
  Status refuse_when_full(const Mutation& mutation);  // the disk: deletions alone are taken
  Task<Status> wait_for_room(const RequestContext& context);
  Task<void> write_loop();
  void finish(WriteGroup& group, const Status& status);
  void make_visible(TableStore& store, BytesView encoded, Token token);
  Task<void> flush_loop();
  Task<void> pin_loop();
  std::shared_ptr<SstableReader> next_to_pin();
  Instant flush_periodically();  // what memtable_flush_period_in_ms asks for; the time to look again
  Task<Status> flush_oldest(StoreRef store);
  Task<Status> wait_until_flushed(StoreRef store);
  void release_memtables(TableStore& store);
  static std::vector<FileId> files_of(const TableStore& store);
  StoreRef next_for(bool (*due)(const TableStore&), TableId& after) const;  // each table in its turn
  Task<Status> truncate_quiet(StoreRef store);
  Task<void> quiesce(StoreRef store);  // holds the table's jobs and waits for those under way
  Result<std::shared_ptr<SstableReader>> write_sstable(const Memtable& memtable, TableRef table, FileId id);  // blocks
  Result<std::vector<std::shared_ptr<SstableReader>>> open_written(const TableId& table,
                                                                   const std::vector<FileId>& ids);  // blocks
  Task<Result<FileId>> next_file_id();
  enum class BacklogChange : uint8_t { found, merged, brought };
  void note_backlog(TableStore& store, BacklogChange change);
  void count_backlog(const MergeBacklog& backlog, int times);
  bool merges_can_help(const TableStore& store) const;
  bool held_back(TableId table) const;
  Task<Status> keep_pace(const Mutation& mutation, const RequestContext& context, bool promised);
  void want_compaction(TableStore& store);
  Task<void> compaction_loop(bool small);
  Task<void> take_turn(bool small);
  Task<void> end_turn(bool small);
  Task<Result<bool>> compact_in_turn(StoreRef store, bool small);
  Task<Result<bool>> compact_once(StoreRef store, bool small);  // false: nothing was due
  void want_plan_for_reads(TableStore& store);
  Task<Result<bool>> compact_for_reads(StoreRef store);  // the same, where nothing else is due
  static void hold_back(TableStore& store, std::vector<CompactionJob>& jobs, const FlashAllowance& allowance);
  Task<Result<StoreRef>> begin_alone(TableId table);
  Task<void> end_alone(StoreRef store);
  Task<Status> compact_all(StoreRef store);
  CompactionContext compaction_context(const TableStore& store) const;
  std::vector<PlanFile> plan_files(const TableStore& store) const;
  PlanContext plan_context(const TableStore& store, const CompactionContext& context) const;
  uint64_t usual_flush_bytes(const TableStore& store) const;
  uint64_t small_bytes_max() const;
  bool is_small(const CompactionJob& job) const;
  Task<Status> run_job(StoreRef store, const CompactionJob& job, const CompactionContext& context, JobRequest request);
  void leave_out(TableStore& store, const std::vector<FileId>& damaged, const Error& error);
  Task<Result<CompactionWork>> work_of(const TableStore& store, const CompactionJob& job,
                                       const CompactionContext& context);
  void show(JobEntry& entry, const char* kind);
  Task<Result<FileWorkReport>> verify_files(StoreRef store);
  Task<Result<FileWorkReport>> rewrite_files(StoreRef store, FileWork what,
                                             std::optional<std::vector<TokenSpan>> owned);
  Task<Status> set_aside(TableId table, FileId damaged);
  Task<Status> clear_uncommitted();
  Task<Status> commit_compaction(StoreRef store, std::vector<FileId> removed,
                                 std::vector<std::shared_ptr<SstableReader>> added);
  Task<void> unlink_files(TableId table, std::vector<FileId> dead);
  Task<void> free_memtable(std::shared_ptr<Memtable> memtable);
  using Files = std::vector<std::shared_ptr<SstableReader>>;
  uint32_t find_in_files(const Files& files, const ReadRange& range);
  uint32_t scan_files(const Files& files, const ReadRange& range);
  void unpin(Sequence at);
  Sequence newest_pin() const;

  Env& env_;
  const ShardId shard_;
  const uint16_t shard_count_;
  LocalStore& local_;
  CommitLog* log_ = nullptr;
  const EngineOptions options_;
  Uuid manifest_{};
  BlockCache cache_;
  std::map<TableId, StoreRef> tables_;
  size_t active_bytes_ = 0, frozen_bytes_ = 0;
  Sequence last_{0};
  std::vector<Sequence> pins_;
  ReadTurns scan_turns_, partition_turns_;
  std::vector<std::unique_ptr<FragmentStream>> sources_;  // scratch of read()
  std::vector<FilterLook> looks_;                         // the same
  size_t replay_bound_ = 0;
  std::vector<LoggedBatch> left_batches_;
  size_t left_batch_bytes_ = 0;
  uint64_t next_file_id_ = 0, file_ids_end_ = 0;
  uint64_t failed_flushes_ = 0;
  int tables_behind_ = 0;    // with merges
  Instant space_look_at_{};  // while the disk is full
  TableId flushed_last_{}, compacted_last_{}, compacted_small_{};
  std::vector<std::pair<TableId, FileId>>
      uncommitted_;  // outputs that were not committed: unlinked once a commit succeeds
  const std::shared_ptr<CompactionBudget> budget_;
  int names_kept_ = 0;                                      // who links files now
  std::vector<std::pair<TableId, FileId>> unlinked_later_;  // died meanwhile
  std::vector<JobEntry*> jobs_;
  uint64_t last_task_ticks_ = 0;
  bool stopping_ = false;
  WriteGroup filling_, at_log_;
  Bytes prefix_;  // scratch of make_visible()
  Event write_wanted_, flush_wanted_, flush_done_, compaction_wanted_;
  Event job_ended_;  // a flush or a compaction, well or badly
  TaskGroup behind_;
  EngineCounts counts_;
};

}  // namespace ringlet
