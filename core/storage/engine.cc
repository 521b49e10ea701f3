#include "core/storage/engine.h"

#include <algorithm>

#include "core/base/checksum.h"
#include "core/base/limits.h"
#include "core/base/murmur3.h"
#include "core/base/must.h"
#include "core/data/keys.h"
#include "core/data/shard_of.h"
#include "core/storage/engine_state.h"
#include "core/storage/flushed_positions.h"
#include "core/storage/merge_stream.h"

namespace ringlet {

Engine::Engine(Env& env, ShardId shard, uint16_t shard_count, LocalStore& local, EngineOptions options)
    : env_(env),
      shard_(shard),
      shard_count_(shard_count),
      local_(local),
      options_(options),
      cache_(options.cache_bytes),
      scan_turns_(options.read_bytes / 2),
      partition_turns_(options.read_bytes / 2),
      replay_bound_(options.memtable_bytes / 2),
      budget_(options.budget ? options.budget : std::make_shared<CompactionBudget>()) {}

Engine::~Engine() { MUST(pins_.empty()); }

Engine::StoreRef Engine::find(TableId table) const {
  const auto it = tables_.find(table);
  return it == tables_.end() ? nullptr : it->second;
}

// --- tables ---------------------------------------------------------------------------------------------------------

Status Engine::create_table(TableRef table) {
  MUST(!tables_.contains(table->id));
  const TableId id = table->id;
  tables_.emplace(id, std::make_shared<TableStore>(std::move(table), cache_));
  flush_wanted_.notify_all();
  return {};
}

void Engine::alter_table(TableRef table) {
  if (const StoreRef store = find(table->id)) {
    store->table = std::move(table);
    store->configure();
    note_backlog(*store, BacklogChange::found);
  }
  job_ended_.notify_all();     // it may be in_memory now, or not any more
  flush_wanted_.notify_all();  // its flush period may be another one
}

Task<void> Engine::quiesce(StoreRef store) {
  store->held = store->cancel_jobs = true;
  while (store->flushing || store->compacting > 0) co_await job_ended_.wait();
}

void Engine::release_memtables(TableStore& store) {
  for (const auto& memtable : store.frozen) {
    frozen_bytes_ -= memtable->bytes();
    log_->release(store.table->id, shard_, memtable->log_uses());
  }
  store.frozen.clear();
}

// The file that a failed commit left aside too.
std::vector<FileId> Engine::files_of(const TableStore& store) {
  std::vector<FileId> files;
  for (const auto& file : *store.files) files.push_back(file->id());
  if (store.written) files.push_back(store.written->id());
  return files;
}

Task<Status> Engine::drop_table(TableId table) {
  const StoreRef store = find(table);
  if (!store) co_return Status{};
  store->dropped = true;
  tables_.erase(table);
  count_backlog(store->backlog, -1);
  store->backlog = {};
  job_ended_.notify_all();  // who waits for its merges need not any more
  co_await quiesce(store);
  ManifestEdit edit;
  edit.dropped_tables.push_back(table);
  edit.removed = files_of(*store);
  CO_TRY_STATUS(co_await local_.edit_manifest(std::move(edit)));
  freeze(*store);
  active_bytes_ -= store->active->bytes();
  release_memtables(*store);
  std::vector<FileId> dead = files_of(*store);
  forget_files(table, dead);
  flush_done_.notify_all();
  co_return Status{};
}

Task<Status> Engine::truncate(TableId table) {
  const StoreRef store = find(table);
  // One at a time: each gives back what it has put aside.
  while (store && store->held && !store->dropped && !stopping_) co_await flush_done_.wait();
  if (!store || store->dropped) co_return fail(Errc::truncate_failed, "the table to truncate does not exist any more");
  if (stopping_) co_return fail(Errc::truncate_failed, "the node stops");
  // What is durable and visible now goes; a write still on its way to the log lands after the truncation.
  freeze(*store);
  co_await quiesce(store);
  const Status done = co_await truncate_quiet(store);
  store->held = store->cancel_jobs = false;
  flush_wanted_.notify_all();
  flush_done_.notify_all();
  if (!done) co_return fail(Errc::truncate_failed, done.error().detail);
  co_return Status{};
}

Task<Status> Engine::truncate_quiet(StoreRef store) {
  const TableId table = store->table->id;
  freeze(*store);  // quiescing waited: what came meanwhile goes too
  ManifestEdit edit;
  edit.removed = files_of(*store);
  LogPosition through = std::max(store->flushed_through, store->flushed_before);
  if (!store->frozen.empty()) through = std::max(through, store->frozen.back()->log_through());
  if (through != LogPosition{})
    edit.flushed.push_back({table, shard_.raw, shard_count_, through.segment.raw, through.offset});
  const LogPosition truncated = log_->end();
  edit.outlives = true;
  edit.flushed.push_back(truncation_note(table, shard_, truncated));
  const auto doomed = store->frozen;  // a write of this very moment may freeze another one behind them
  const std::vector<FileId> dead = edit.removed;
  CO_TRY_STATUS(co_await local_.edit_manifest(std::move(edit)));
  store->truncated_through = truncated;
  store->flushed_through = store->kept_through = through;
  const auto later = std::vector(store->frozen.begin() + std::ssize(doomed), store->frozen.end());
  store->frozen = doomed;
  release_memtables(*store);
  store->frozen.assign(later.begin(), later.end());
  store->written.reset();
  swap_files(*store, dead, {});
  store->rows->clear();
  note_backlog(*store, BacklogChange::merged);
  // What a rebuild of metadata.db finds must be gone; where this fails, metadata.db still knows.
  if (names_kept_ > 0)
    forget_files(table, dead);
  else if (!dead.empty())
    co_await unlink_files(table, dead);
  if (options_.keeper == nullptr) co_return Status{};
  FlushedThrough note = truncation_note(table, shard_, truncated);
  note.shard_count = shard_count_;
  co_return co_await options_.keeper->truncated(note);
}

void Engine::forget_files(const TableId& table, const std::vector<FileId>& dead) {
  if (dead.empty()) return;
  if (names_kept_ == 0) return behind_.spawn(unlink_files(table, dead));
  for (const FileId id : dead) unlinked_later_.push_back({table, id});
}

// Bit by bit, and on the background executor: a large file's blocks in the cache, and on the medium, are many. The manifest says that
// they are dead, and a start unlinks what is left; it may say no more once no power cut brings a name back, for a rebuild of the
// manifest would take the file for a live one.
Task<void> Engine::unlink_files(TableId table, std::vector<FileId> dead) {
  Executor& home = *Executor::current();
  for (const FileId id : dead)
    for (size_t at = 0; cache_.forget(id, at);) co_await home.yield();
  co_await env_.background.hop();
  std::erase_if(dead, [&](FileId id) { return !env_.disk.remove(sstable_path(table, id)); });
  if (!dead.empty() && !env_.disk.sync_directory(sstable_folder(table))) dead.clear();
  co_await home.hop();
  if (!dead.empty()) (void)co_await local_.forget_dead(std::move(dead));  // a failure costs one look at the next start
}

// A large one is given back to the kernel piece by piece: reads go on between.
Task<void> Engine::free_memtable(std::shared_ptr<Memtable> memtable) {
  Executor& home = *Executor::current();
  while (memtable.use_count() == 1 && memtable->free_some()) co_await home.yield();
}

// --- reading --------------------------------------------------------------------------------------------------------

namespace {

// Files written under another number of shards hold partitions of others too: they pass unseen.
class OnlyMine final : public FragmentStream {
 public:
  OnlyMine(std::unique_ptr<FragmentStream> inner, ShardId shard, uint16_t count)
      : inner_(std::move(inner)), shard_(shard), count_(count) {}
  Result<Step> next(Fragment& out) override {
    for (;;) {
      TRY(const Step step, inner_->next(out));
      if (step != Step::fragment || out.kind != Fragment::Kind::partition) return step;
      const auto biased = load_big<uint64_t>(out.prefix.data());
      const Token token{static_cast<int64_t>(biased ^ (uint64_t{1} << 63))};
      if (shard_of(token, count_) == shard_) return step;
      inner_->skip_partition();
    }
  }
  Task<Status> load(const RequestContext& context) override { return inner_->load(context); }
  void skip_partition() override { inner_->skip_partition(); }
  Timestamp newest_timestamp() const override { return inner_->newest_timestamp(); }

 private:
  std::unique_ptr<FragmentStream> inner_;
  const ShardId shard_;
  const uint16_t count_;
};

// Can the file hold anything of the range?
bool overlaps(const SstableStatistics& file, const ReadRange& range) {
  if (file.partitions == 0 || file.last_prefix < range.first_prefix) return false;
  if (range.one_partition) return file.first_prefix <= range.first_prefix;
  return range.last_prefix.empty() || file.first_prefix < range.last_prefix;
}

}  // namespace

Result<std::unique_ptr<EngineRead>> Engine::read(TableId table, const ReadRange& range) {
  const StoreRef store = find(table);
  if (!store) return fail(Errc::invalid, "the table of this read does not exist any more");
  ++counts_.reads;
  std::unique_ptr<EngineRead> read(new EngineRead(*this, last_));
  pins_.push_back(last_);
  const bool keeps_rows = range.one_partition && store->rows->on();
  if (keeps_rows && (read->stream_ = store->rows->find(range))) return read;
  sources_.clear();
  if (auto stream = store->active->stream(range, last_)) {
    read->active_ = store->active;
    sources_.push_back(std::move(stream));
  }
  for (const auto& memtable : store->frozen) {
    auto stream = memtable->stream(range, last_);
    if (!stream) continue;
    read->frozen_.push_back(memtable);
    sources_.push_back(std::move(stream));
  }
  const size_t memtables = sources_.size();
  read->files_ = store->files;
  const uint32_t in_range =
      range.one_partition ? find_in_files(*store->files, range) : scan_files(*store->files, range);
  if (range.counts != nullptr) [[unlikely]] {
    range.counts->memtables += static_cast<uint32_t>(memtables);
    range.counts->sstables += in_range;
    range.counts->out_of_range += static_cast<uint32_t>(store->files->size()) - in_range;
  }
  if (in_range > 1 && store->read_credits.add(in_range, sources_.size() - memtables)) want_plan_for_reads(*store);
  read->stream_ = merge_all(sources_, range.reversed);
  if (keeps_rows) read->stream_ = store->rows->keep_from(std::move(read->stream_), range);
  return read;
}

// Adds to sources_ what has, or may have, anything of the range. Gives how many files that had to be asked of.
uint32_t Engine::find_in_files(const Files& files, const ReadRange& range) {
  const uint64_t hash = hash64(range.first_prefix);
  const size_t ahead_bytes = ahead_bytes_of(files.size());
  uint32_t in_range = 0;
  looks_.clear();
  for (const auto& file : files) {
    looks_.push_back(file->look(range, hash));
    in_range += looks_.back().answer == FilterLook::Answer::no ? 0 : 1;
  }
  for (size_t i = 0; i < files.size(); ++i)
    if (auto stream = files[i]->find(range, looks_[i], ahead_bytes)) sources_.push_back(std::move(stream));
  return in_range;
}

uint32_t Engine::scan_files(const Files& files, const ReadRange& range) {
  uint32_t in_range = 0;
  const size_t ahead_bytes = ahead_bytes_of(files.size());
  for (const auto& file : files) {
    if (!overlaps(file->statistics(), range)) continue;
    ++in_range;
    auto stream = file->stream(range, ahead_bytes);
    const bool mine = file->shard_count() == shard_count_;
    sources_.push_back(mine ? std::move(stream) : std::make_unique<OnlyMine>(std::move(stream), shard_, shard_count_));
  }
  return in_range;
}

// About what a read holds of each file that it looks into: what was read ahead, a block of data and of each level of the index; or
// little more than the stream itself, for filters leave few files to a read of one partition.
Task<Result<std::unique_ptr<EngineRead>>> Engine::read_in_turn(TableId table, const ReadRange& range,
                                                               const RequestContext& context) {
  constexpr size_t kScanFileBytes = 16u << 10, kPartitionFileBytes = 2u << 10, kPartitionBytes = 64u << 10;
  const size_t files = sstables(table);
  const size_t bytes = range.one_partition ? kPartitionBytes + files * kPartitionFileBytes
                                           : files * (kScanFileBytes + ahead_bytes_of(files));
  ReadTurns& turns = range.one_partition ? partition_turns_ : scan_turns_;
  if (!turns.try_begin(bytes)) CO_TRY_STATUS(co_await turns.begin(bytes, files, context));
  auto begun = read(table, range);
  if (!begun) {
    turns.end(bytes);
    co_return fail(std::move(begun.error()));
  }
  (*begun)->turns_ = &turns;
  (*begun)->turn_bytes_ = bytes;
  co_return *std::move(begun);
}

EngineRead::~EngineRead() {
  stream_.reset();
  if (turns_ != nullptr) turns_->end(turn_bytes_);
  engine_.unpin(at_);
}

void Engine::unpin(Sequence at) {
  const auto it = std::find(pins_.begin(), pins_.end(), at);
  MUST(it != pins_.end());
  *it = pins_.back();
  pins_.pop_back();
}

Sequence Engine::newest_pin() const {
  return pins_.empty() ? Sequence{0} : *std::max_element(pins_.begin(), pins_.end());
}

// --- counts ---------------------------------------------------------------------------------------------------------

size_t Engine::memtable_bytes() const { return active_bytes_ + frozen_bytes_; }

size_t Engine::sstables(const TableId& table) const {
  const StoreRef store = find(table);
  return store ? store->files->size() : 0;
}

uint64_t Engine::foreign_files() const {
  uint64_t count = 0;
  for (const auto& [id, store] : tables_)
    for (const auto& file : *store->files) count += file->shard_count() != shard_count_ ? 1 : 0;
  return count;
}

EngineCounts Engine::counts() const {
  EngineCounts counts = counts_;
  counts.memtable_bytes = memtable_bytes();
  counts.cache = cache_.counts();
  for (const auto& [id, store] : tables_) {
    counts.row_cache_hits += store->rows->hits();
    counts.row_cache_misses += store->rows->misses();
    counts.pending_flushes += store->frozen.size();
    counts.pending_compactions += (store->compaction_wanted ? 1 : 0) + store->looked_at + store->wanted_alone;
    counts.compactions_held += store->compaction_held ? 1 : 0;
    counts.damaged_sstables += store->damaged.size();
  }
  counts.reads_refused = scan_turns_.refused() + partition_turns_.refused();
  counts.left_batches = left_batches_.size();
  return counts;
}

std::map<TableId, TableCounts> Engine::table_counts() const {
  std::map<TableId, TableCounts> all;
  for (const auto& [id, store] : tables_) {
    TableCounts& counts = all[id] = store->counts;
    counts.memtable_bytes = store->memtable_bytes();
    counts.memtable_partitions = store->active->partitions();
    counts.sstables = store->files->size();
    counts.damaged_sstables = store->damaged.size();
    for (const auto& file : *store->files) {
      counts.sstable_bytes += file->statistics().file_bytes;
      counts.sstable_partitions += file->statistics().partitions;
      counts.rows += file->statistics().rows;
      counts.tombstones += file->statistics().tombstones;
    }
  }
  return all;
}

}  // namespace ringlet
