// The engine's compactions: what the plan says is due, run on the background executor, committed, and swapped in.
#include <algorithm>

#include "core/base/must.h"
#include "core/data/keys.h"
#include "core/storage/compaction_plan.h"
#include "core/storage/compaction_run.h"
#include "core/storage/engine.h"
#include "core/storage/engine_state.h"
#include "core/storage/table_settings.h"
#include "core/storage/tombstone_gc.h"

namespace ringlet {
namespace {

// A ring of one: no other replica has to hear of a deletion.
Seconds table_gc_before(const Table& table, Seconds now) {
  const auto mode = parse_tombstone_gc(table.options.tombstone_gc, false);
  return gc_before(mode ? *mode : TombstoneGc::timeout, now, table.options.gc_grace_seconds, std::nullopt);
}

constexpr Duration kRetryAfter = seconds(10);  // a merge that failed: a full disk heals, a damaged file does not
constexpr Duration kLookEvery = seconds(60);   // time alone makes work: windows end, data expires

}  // namespace

Task<void> Engine::compaction_loop() {
  const auto due = [](const TableStore& store) { return store.compaction_wanted && !store.held && !store.compacting; };
  while (!stopping_) {
    const StoreRef next = next_for(due, compacted_last_);
    if (!next) {
      const bool woken = co_await compaction_wanted_.wait_until(env_.clock.now() + kLookEvery);
      if (!woken)
        for (const auto& [id, store] : tables_) store->compaction_wanted = !store->files->empty();
      continue;
    }
    const auto did = co_await compact_once(next, false);
    if (did && *did) continue;
    next->compaction_wanted = false;
    if (did) continue;
    next->compaction_error = did.error();
    if (!stopping_) co_await compaction_wanted_.wait_until(env_.clock.now() + kRetryAfter);
    next->compaction_wanted = true;
  }
}

Task<Status> Engine::compact(TableId table) {
  CO_TRY_STATUS(co_await flush(table));
  const StoreRef store = find(table);
  if (!store) co_return fail(Errc::not_found, "no such table to compact");
  while (store->compacting && !stopping_) co_await job_ended_.wait();
  if (stopping_) co_return fail(Errc::cancelled, "the node stops");
  if (store->held || store->dropped) co_return Status{};
  CO_TRY_STATUS(co_await compact_once(store, true));
  co_return Status{};
}

CompactionContext Engine::compaction_context(const TableStore& store) const {
  CompactionContext context;
  context.now = to_seconds(env_.clock.wall());
  context.gc_before = table_gc_before(*store.table, context.now);
  context.memtable_min = store.active->min_timestamp();
  for (const auto& memtable : store.frozen)
    context.memtable_min = std::min(context.memtable_min, memtable->min_timestamp());
  return context;
}

Task<Result<bool>> Engine::compact_once(StoreRef store, bool major) {
  CO_TRY(const CompactionOptions options, parse_compaction_options(store->table->options.compaction));
  std::vector<PlanFile> files;
  for (const auto& file : *store->files) {
    PlanFile entry = plan_file(file->id(), file->statistics());
    entry.busy = file->shard_count() != shard_count_;  // other shards read it too
    files.push_back(entry);
  }
  const CompactionContext context = compaction_context(*store);
  PlanContext plan;
  plan.now = context.now;
  plan.gc_before = context.gc_before;
  plan.memtable_min_timestamp = context.memtable_min;
  plan.flush_bytes = options_.memtable_bytes / 2;
  const std::vector<CompactionJob> jobs =
      major ? plan_major_compaction(files, options) : plan_compaction(files, options, plan);
  if (jobs.empty()) co_return false;
  store->compacting = true;
  Status done;
  for (const CompactionJob& job : jobs) {
    done = co_await run_job(store, job, context);
    if (!done || !major) break;
  }
  store->compacting = false;
  job_ended_.notify_all();
  if (!done) co_return fail(done.error());
  co_return true;
}

Task<Status> Engine::run_job(StoreRef store, const CompactionJob& job, const CompactionContext& context) {
  if (job.kind == CompactionJob::Kind::drop) co_return co_await commit_compaction(store, job.inputs, {});
  CO_TRY_STATUS(co_await clear_uncommitted());
  CompactionWork work;
  work.table = store->table;
  work.inputs = job.inputs;
  work.output.manifest = manifest_;
  work.output.level = job.level;
  work.output.shard = shard_;
  work.output.shard_count = shard_count_;
  work.output.compress = table_compresses(*store->table);
  work.output.filter_fp_chance = store->table->options.bloom_filter_fp_chance;
  work.target_file_bytes = job.target_file_bytes;
  for (size_t n = output_files_max(job.bytes, job.target_file_bytes); n > 0; --n) {
    CO_TRY(const FileId id, co_await next_file_id());
    work.output_ids.push_back(id);
  }
  work.now = context.now;
  work.gc_before = context.gc_before;
  work.purge_below = context.memtable_min;
  for (const auto& file : *store->files) {
    if (std::ranges::find(job.inputs, file->id()) != job.inputs.end()) continue;
    const SstableStatistics& s = file->statistics();
    work.elsewhere.push_back({s.first_prefix, s.last_prefix, s.min_timestamp});
  }
  work.cancelled = &cancel_compaction_;
  Executor& home = *Executor::current();
  co_await env_.background.hop();
  auto ran = co_await run_compaction(env_.disk, env_.clock, std::move(work));
  std::vector<std::shared_ptr<SstableReader>> outputs;
  Status opened;
  if (ran)
    for (const CompactionOutput& output : ran->outputs) {
      auto file = open_file(store->table->id, output.id);
      if (file)
        outputs.push_back(*std::move(file));
      else
        opened = fail(file.error());
    }
  co_await home.hop();
  if (!ran) co_return fail(ran.error());
  if (!opened) co_return opened;
  counts_.compaction_read_bytes += ran->bytes_read;
  counts_.compaction_written_bytes += ran->bytes_written;
  store->counts.bytes_compacted += ran->bytes_written;
  co_return co_await commit_compaction(store, job.inputs, std::move(outputs));
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
  if (const Status committed = co_await local_.edit_manifest(std::move(edit)); !committed) {
    for (const auto& file : added) uncommitted_.push_back({table, file->id()});
    co_return committed;
  }
  swap_files(*store, removed, added);
  forget_files(table, removed);
  ++store->counts.compactions;
  ++counts_.compactions;
  co_return Status{};
}

// --- files written under another number of shards -------------------------------------------------------------------

Result<Engine::SplitHold> Engine::begin_split(TableId table, FileId foreign) {
  const StoreRef store = find(table);
  const auto is_it = [foreign](const auto& file) { return file->id() == foreign; };
  if (!store || std::ranges::none_of(*store->files, is_it)) return fail(Errc::not_found, "the file to split is gone");
  if (store->compacting || store->held) return fail(Errc::busy, "the table is being compacted or emptied");
  store->compacting = true;
  return store;
}

void Engine::take_part(const SplitHold& hold, FileId foreign, std::shared_ptr<SstableReader> mine) {
  std::vector<std::shared_ptr<SstableReader>> added;
  if (mine) added.push_back(std::move(mine));
  swap_files(*hold, {foreign}, added);
  cache_.forget(foreign);
  hold->compaction_wanted = true;
}

void Engine::end_split(const SplitHold& hold) {
  hold->compacting = false;
  job_ended_.notify_all();
  compaction_wanted_.notify_all();
}

}  // namespace ringlet
