// The engine's compactions: what the plan says is due, run on the merges' executor, committed, and swapped in.
//
// Two loops: one for whatever is most urgent, one for small merges only, so that new files never wait behind a deep level, nor behind
// a major compaction: what flushes add while it runs is not in it, and is merged beside it.
// How many run at once in the whole node is CompactionBudget's to say, and each plans only when its turn has come.
#include <algorithm>

#include "core/base/must.h"
#include "core/storage/compaction_plan.h"
#include "core/storage/compaction_run.h"
#include "core/storage/engine.h"
#include "core/storage/engine_jobs.h"
#include "core/storage/engine_state.h"
#include "core/storage/table_settings.h"
#include "core/storage/tombstone_gc.h"

namespace ringlet {
namespace {

// A ring of one: no other replica has to hear of a deletion, so all of them have.
Seconds table_gc_before(const Table& table, Seconds now) {
  const auto gc = parse_tombstone_gc(table.options.tombstone_gc, false);
  return gc_before(gc ? *gc : TombstoneGc{}, now, table.options.gc_grace_seconds, now);
}

MergeCost cost_of(const CompactionJob& job) { return {job.bytes, job.deepest}; }

std::vector<FileId> ids_of(const std::vector<CompactionOutput>& outputs) {
  std::vector<FileId> ids;
  for (const CompactionOutput& output : outputs) ids.push_back(output.id);
  return ids;
}

constexpr uint64_t kFlushBytesLeast = 64u << 10;  // smaller files cost as much as this
constexpr Duration kLookEvery = seconds(60);      // time alone makes work: windows end, data expires

}  // namespace

void Engine::want_compaction(TableStore& store) {
  store.compaction_wanted = store.small_compaction_wanted = true;
  compaction_wanted_.notify_all();
}

Task<void> Engine::compaction_loop(bool small) {
  const auto due =
      small ? [](const TableStore& store) { return store.small_compaction_wanted && store.may_compact_small(); }
            : [](const TableStore& store) { return store.compaction_wanted && store.may_compact(); };
  for (Instant look_at = env_.clock.now(); !stopping_;) {  // at once: a start may find many files
    if (env_.clock.now() >= look_at) {
      look_at = env_.clock.now() + kLookEvery;
      for (const auto& [id, store] : tables_)
        if (!store->files->empty()) (small ? store->small_compaction_wanted : store->compaction_wanted) = true;
    }
    const StoreRef next = next_for(due, small ? compacted_small_ : compacted_last_);
    if (!next) {
      co_await compaction_wanted_.wait_until(look_at);
      continue;
    }
    bool& wanted = small ? next->small_compaction_wanted : next->compaction_wanted;
    wanted = false;  // whoever wants more from here on is heard
    ++next->looked_at;
    const size_t damaged = next->damaged.size();
    const auto did = co_await compact_in_turn(next, small);
    --next->looked_at;
    // What failed is tried again at the next look, for a full disk heals; a damaged file does not: at once, without it.
    const bool without_it = !did && next->damaged.size() > damaged;
    if (!did && !without_it) next->compaction_error = did.error();
    if (without_it) wanted = true;
    if (did && *did) {
      next->compaction_error.reset();
      wanted = true;
    }
    job_ended_.notify_all();
  }
}

// Semaphores belong to one executor: the background one, which all shards share.
Task<void> Engine::take_turn(bool small) {
  Executor& home = *Executor::current();
  co_await env_.background.hop();
  co_await budget_->turn(small).acquire();
  co_await home.hop();
}

Task<void> Engine::end_turn(bool small) {
  Executor& home = *Executor::current();
  co_await env_.background.hop();
  budget_->turn(small).release();
  co_await home.hop();
}

Task<Result<bool>> Engine::compact_in_turn(StoreRef store, bool small) {
  co_await take_turn(small);
  Result<bool> did = false;
  if (!stopping_ && (small ? store->may_compact_small() : store->may_compact()))
    did = co_await compact_once(store, small);
  co_await end_turn(small);
  co_return did;
}

Task<Result<bool>> Engine::compact_once(StoreRef store, bool small) {
  CO_TRY(const CompactionOptions options, parse_compaction_options(store->table->options.compaction));
  const CompactionContext context = compaction_context(*store);
  PlanContext plan = plan_context(*store, context);
  if (small) plan.merge_bytes_max = small_bytes_max();
  std::vector<PlanFile> files = plan_files(*store);
  if (store->major != nullptr)
    for (PlanFile& file : files) file.busy |= store->major->contains(file.id);
  std::vector<CompactionJob> jobs = plan_compaction(files, options, plan);
  const FlashAllowance allowance = budget_->allowance();
  hold_back(*store, jobs, allowance);
  // A merge needs room before it gives any.
  if (local_.reserve().full())
    std::erase_if(jobs, [](const CompactionJob& job) { return job.kind != CompactionJob::Kind::drop; });
  if (small) std::erase_if(jobs, [this](const CompactionJob& job) { return !is_small(job); });
  if (jobs.empty() && !small) co_return co_await compact_for_reads(store);
  if (jobs.empty()) co_return false;
  counts_.compactions_pressed += allowance.bounded && is_piled_up(cost_of(jobs.front())) ? 1 : 0;
  JobRequest request;
  request.kind = jobs.front().kind == CompactionJob::Kind::purge ? "tombstone compaction" : "compaction";
  CO_TRY_STATUS(co_await run_job(store, jobs.front(), context, request));
  co_return true;
}

// What the daily budget of flash does not have bytes for waits, and is planned anew at the next look.
void Engine::hold_back(TableStore& store, std::vector<CompactionJob>& jobs, const FlashAllowance& allowance) {
  store.compaction_held = std::erase_if(jobs, [&](const CompactionJob& job) {
                            return job.kind != CompactionJob::Kind::drop && !may_begin(cost_of(job), allowance);
                          }) > 0;
}

Task<Status> Engine::compact(TableId table) {
  CO_TRY_STATUS(co_await flush(table));
  CO_TRY(const StoreRef store, co_await begin_alone(table));
  if (!store) co_return Status{};
  const Status done = co_await compact_all(store);
  co_await end_alone(store);
  co_return done;
}

// No other job on the table's files from here to end_alone(). Null: the table is being emptied or dropped, nothing is left to do.
Task<Result<Engine::StoreRef>> Engine::begin_alone(TableId table) {
  const StoreRef store = find(table);
  if (!store) co_return fail(Errc::not_found, "there is no such table");
  ++store->wanted_alone;
  // DROP and TRUNCATE wait for what counts as compacting: what waits for its turn does not count yet.
  for (bool alone = false; !alone;) {
    while (store->compacting > 0 && !stopping_) co_await job_ended_.wait();
    co_await take_turn(false);
    alone = store->compacting == 0 || stopping_;
    if (!alone) co_await end_turn(false);
  }
  ++store->compacting;
  if (!stopping_ && !store->held && !store->dropped) co_return store;
  co_await end_alone(store);
  if (stopping_) co_return fail(Errc::cancelled, "the node stops");
  co_return StoreRef{};
}

Task<void> Engine::end_alone(StoreRef store) {
  co_await end_turn(false);
  if (!store->held) store->cancel_jobs = false;
  --store->compacting;
  --store->wanted_alone;
  job_ended_.notify_all();
  compaction_wanted_.notify_all();
}

void Engine::cancel_work(TableId table) {
  if (const StoreRef store = find(table); store && store->wanted_alone > 0) store->cancel_jobs = true;
}

Task<Status> Engine::compact_all(StoreRef store) {
  CO_TRY(const CompactionOptions options, parse_compaction_options(store->table->options.compaction));
  // What flushes add meanwhile is not in it: it ends, however much is written.
  std::set<FileId> mine;
  for (const auto& file : *store->files) mine.insert(file->id());
  store->major = &mine;
  const struct Major {
    TableStore& store;
    ~Major() { store.major = nullptr; }
  } major{*store};
  for (bool more = true; more;) {
    more = false;
    const CompactionContext context = compaction_context(*store);
    std::vector<PlanFile> files = plan_files(*store);
    std::erase_if(files, [&mine](const PlanFile& file) { return !mine.contains(file.id); });
    for (const CompactionJob& job : plan_major_compaction(files, options, plan_context(*store, context))) {
      JobRequest request;
      request.written = &mine;
      const size_t damaged = store->damaged.size();
      const Status ran = co_await run_job(store, job, context, request);
      if (!ran && store->damaged.size() == damaged) co_return ran;
      more |= job.more || !ran;
      if (!ran) break;  // planned anew, without what could not be read
    }
  }
  if (store->damaged.empty()) co_return Status{};
  co_return fail(Errc::corrupt, std::to_string(store->damaged.size()) + " damaged files of " + store->table->keyspace +
                                    "." + store->table->name + " are left as they are, and the others are merged: " +
                                    "`ringlet scrub` saves what can be read of them");
}

// What a merge could not read keeps the others from nothing more.
void Engine::leave_out(TableStore& store, const std::vector<FileId>& damaged, const Error& error) {
  for (const FileId id : damaged)
    if (store.damaged.insert(id).second && options_.warn)
      options_.warn(error.detail + "; merges of " + store.table->keyspace + "." + store.table->name +
                    " leave the file out: `ringlet scrub` saves what can be read of it");
}

// --- what planning needs to know --------------------------------------------------------------------------------------

CompactionContext Engine::compaction_context(const TableStore& store) const {
  CompactionContext context;
  context.now = to_seconds(env_.clock.wall());
  context.gc_before = budget_->any_late_writes() ? Seconds{INT64_MIN} : table_gc_before(*store.table, context.now);
  context.memtable_min = store.active->min_timestamp();
  for (const auto& memtable : store.frozen)
    context.memtable_min = std::min(context.memtable_min, memtable->min_timestamp());
  return context;
}

std::vector<PlanFile> Engine::plan_files(const TableStore& store) const {
  std::vector<PlanFile> files;
  for (const auto& file : *store.files) {
    PlanFile entry = plan_file(file->id(), file->statistics());
    // One of another shard count is read by other shards too.
    entry.busy = file->shard_count() != shard_count_ || store.busy.contains(file->id());
    entry.damaged = store.damaged.contains(file->id());
    if (const auto at = store.purged_at.find(file->id()); at != store.purged_at.end()) entry.purged_at = at->second;
    files.push_back(entry);
  }
  return files;
}

PlanContext Engine::plan_context(const TableStore& store, const CompactionContext& context) const {
  PlanContext plan;
  plan.now = context.now;
  plan.gc_before = context.gc_before;
  plan.memtable_min_timestamp = context.memtable_min;
  plan.is_counter = store.table->is_counter;
  plan.flush_bytes = usual_flush_bytes(store);
  return plan;
}

// What flushes wrote in this life; else what is left of those of earlier ones.
uint64_t Engine::usual_flush_bytes(const TableStore& store) const {
  const uint64_t most = std::max<uint64_t>(options_.memtable_bytes / 2, kFlushBytesLeast);
  const bool flushed = store.counts.flushes > 0;
  uint64_t bytes = store.counts.bytes_flushed, flushes = store.counts.flushes, least = most;
  for (const auto& file : *store.files) {
    const SstableStatistics& s = file->statistics();
    least = std::min(least, s.file_bytes);
    if (flushed || s.level > 0) continue;
    bytes += s.file_bytes;
    ++flushes;
  }
  return std::clamp(flushes > 0 ? bytes / flushes : least, kFlushBytesLeast, most);
}

// A few flushes' worth.
uint64_t Engine::small_bytes_max() const { return 4 * options_.memtable_bytes; }
bool Engine::is_small(const CompactionJob& job) const { return job.bytes <= small_bytes_max(); }

// --- one job ----------------------------------------------------------------------------------------------------------

Task<Status> Engine::run_job(StoreRef store, const CompactionJob& job, const CompactionContext& context,
                             JobRequest request) {
  JobHold hold(*store, job.inputs, jobs_, job_ended_);
  if (job.kind == CompactionJob::Kind::drop) co_return co_await commit_compaction(store, job.inputs, {});
  CO_TRY_STATUS(co_await clear_uncommitted());
  CO_TRY(CompactionWork work, co_await work_of(*store, job, context));
  work.keep = std::move(request.keep);
  work.salvage = request.salvage;
  show(hold.entry, request.kind);
  work.progress = &hold.entry.progress;
  std::vector<FileId> damaged;
  work.damaged = &damaged;
  Executor& home = *Executor::current();
  budget_->spend(static_cast<int64_t>(job.bytes));  // about that; what it was is settled at its end
  const TableId table = store->table->id;           // the definition itself may be replaced meanwhile
  co_await env_.merges.hop();
  auto ran = co_await run_compaction(env_.disk, env_.clock, std::move(work));
  Result<std::vector<std::shared_ptr<SstableReader>>> opened;
  if (ran) opened = open_written(table, ids_of(ran->outputs));
  co_await home.hop();
  const uint64_t written = ran ? ran->bytes_written : hold.entry.progress.bytes_written.load();
  budget_->spend(static_cast<int64_t>(written) - static_cast<int64_t>(job.bytes));
  counts_.compaction_written_bytes += written;
  if (!ran) leave_out(*store, damaged, ran.error());
  if (!ran) co_return fail(ran.error());
  if (!opened) co_return fail(opened.error());
  counts_.compaction_read_bytes += ran->bytes_read;
  store->counts.bytes_compacted_in += ran->bytes_read;
  store->counts.bytes_compacted += ran->bytes_written;
  if (request.bytes_written != nullptr) *request.bytes_written += ran->bytes_written;
  if (request.salvage != nullptr && request.salvage->damaged()) {
    if (const Status kept = co_await set_aside(table, job.inputs.front()); !kept) {
      forget_files(table, ids_of(ran->outputs));
      co_return kept;
    }
  }
  if (request.written != nullptr)
    for (const auto& file : *opened) request.written->insert(file->id());
  if (job.kind == CompactionJob::Kind::purge)
    for (const auto& file : *opened) store->purged_at[file->id()] = context.now;
  co_return co_await commit_compaction(store, job.inputs, *std::move(opened));
}

Task<Result<CompactionWork>> Engine::work_of(const TableStore& store, const CompactionJob& job,
                                             const CompactionContext& context) {
  CompactionWork work;
  work.table = store.table;
  work.inputs = job.inputs;
  work.output.manifest = manifest_;
  work.output.level = job.level;
  work.output.shard = shard_;
  work.output.shard_count = shard_count_;
  work.output.compress = table_compresses(*store.table);
  work.output.filter_fp_chance = store.table->options.bloom_filter_fp_chance;
  work.parts = job.parts;
  work.small = is_small(job);
  work.now = context.now;
  work.gc_before = context.gc_before;
  work.purge_below = context.memtable_min;
  for (const auto& file : *store.files) {
    if (std::ranges::find(job.inputs, file->id()) != job.inputs.end()) continue;
    const SstableStatistics& s = file->statistics();
    work.elsewhere.push_back({s.first_prefix, s.last_prefix, s.min_timestamp});
  }
  work.budget = budget_.get();
  work.background = &env_.background;
  work.cancelled = &store.cancel_jobs;
  work.reserve = &local_.reserve();
  for (size_t n = job.outputs_max; n > 0; --n) {
    CO_TRY(const FileId id, co_await next_file_id());
    work.output_ids.push_back(id);
  }
  co_return work;
}

// A failed commit may turn out to have happened until a later one succeeds: only then its files are surely nobody's.
Task<Status> Engine::clear_uncommitted() {
  if (uncommitted_.empty()) co_return Status{};
  ManifestEdit edit;
  for (const auto& [table, id] : uncommitted_) edit.removed.push_back(id);
  const auto doomed = std::exchange(uncommitted_, {});
  if (const Status cleared = co_await local_.edit_manifest(std::move(edit)); !cleared) {
    uncommitted_.insert(uncommitted_.end(), doomed.begin(), doomed.end());
    co_return cleared;
  }
  for (const auto& [table, id] : doomed) forget_files(table, {id});
  co_return Status{};
}

Task<Status> Engine::commit_compaction(StoreRef store, std::vector<FileId> removed,
                                       std::vector<std::shared_ptr<SstableReader>> added) {
  const TableId table = store->table->id;
  ManifestEdit edit;
  edit.removed = removed;
  for (const auto& file : added) edit.added.push_back(manifest_file(table, *file));
  // A merge forgets deletions: whatever becomes of metadata.db, the log must not bring back what they deleted.
  const LogPosition through = store->flushed_through;
  if (through > store->kept_through) {
    edit.flushed.push_back({table, shard_.raw, shard_count_, through.segment.raw, through.offset});
    edit.outlives = true;
  }
  if (const Status committed = co_await local_.edit_manifest(std::move(edit)); !committed) {
    for (const auto& file : added) uncommitted_.push_back({table, file->id()});
    co_return committed;
  }
  store->kept_through = std::max(store->kept_through, through);
  swap_files(*store, removed, added);
  note_backlog(*store, BacklogChange::merged);
  for (const FileId id : removed) store->purged_at.erase(id);
  forget_files(table, removed);
  ++store->counts.compactions;
  ++counts_.compactions;
  co_return Status{};
}

std::vector<StorageTask> Engine::tasks() const {
  std::vector<StorageTask> tasks;
  for (const JobEntry* entry : jobs_) {
    if (*entry->task.kind == '\0') continue;  // files that are dropped: done at once
    StorageTask task = entry->task;
    task.bytes_total = entry->progress.bytes_total.load(std::memory_order_relaxed);
    task.bytes_done = entry->progress.bytes_done.load(std::memory_order_relaxed);
    task.bytes_written = entry->progress.bytes_written.load(std::memory_order_relaxed);
    tasks.push_back(task);
  }
  return tasks;
}

void Engine::show(JobEntry& entry, const char* kind) {
  last_task_ticks_ = std::max(last_task_ticks_ + 1, ticks_of(env_.clock.wall()));
  entry.task.id = time_uuid(last_task_ticks_, shard_.raw);
  entry.task.kind = kind;
  entry.task.began = env_.clock.now();
}

// --- files written under another number of shards -------------------------------------------------------------------

Result<Engine::SplitHold> Engine::begin_split(TableId table, FileId foreign) {
  const StoreRef store = find(table);
  const auto is_it = [foreign](const auto& file) { return file->id() == foreign; };
  if (!store || std::ranges::none_of(*store->files, is_it)) return fail(Errc::not_found, "the file to split is gone");
  if (store->compacting > 0 || store->held) return fail(Errc::busy, "the table is being compacted or emptied");
  ++store->compacting;
  ++store->wanted_alone;
  return store;
}

void Engine::take_part(const SplitHold& hold, FileId foreign, std::shared_ptr<SstableReader> mine) {
  std::vector<std::shared_ptr<SstableReader>> added;
  if (mine) added.push_back(std::move(mine));
  swap_files(*hold, {foreign}, added);
  note_backlog(*hold, BacklogChange::brought);
  for (size_t at = 0; cache_.forget(foreign, at);) {
  }
  want_compaction(*hold);
}

void Engine::end_split(const SplitHold& hold) {
  --hold->compacting;
  --hold->wanted_alone;
  job_ended_.notify_all();
  compaction_wanted_.notify_all();
}

}  // namespace ringlet
