// Work on a table's files that its owner asks for: cleanup, scrub, upgrade, verify. One file after the other, each a job of its
// own, so that what is done stays done when the work is cut short.
#include <algorithm>

#include "core/storage/compaction_plan.h"
#include "core/storage/compaction_run.h"
#include "core/storage/engine.h"
#include "core/storage/engine_jobs.h"
#include "core/storage/engine_state.h"
#include "core/storage/stray_files.h"

namespace ringlet {
namespace {

const char* name_of(FileWork what) {
  switch (what) {
    case FileWork::cleanup:
      return "cleanup";
    case FileWork::scrub:
      return "scrub";
    case FileWork::verify:
      return "verify";
    case FileWork::upgrade:
    case FileWork::upgrade_all:
      return "upgrade sstables";
  }
  return "";
}

bool lies_within(const PlanFile& file, const std::optional<std::vector<TokenSpan>>& owned) {
  const auto holds = [&](const TokenSpan& span) {
    return span.first <= file.first_token && file.last_token <= span.last;
  };
  return !owned || std::ranges::any_of(*owned, holds);
}

std::string what_is_lost(const SalvageReport& salvage) {
  const std::string lost = salvage.all_lost ? "nothing of it"
                                            : std::to_string(salvage.lost_blocks) + " blocks of " +
                                                  std::to_string(salvage.lost_bytes) + " bytes";
  return lost + " could " + (salvage.all_lost ? "" : "not ") + "be read; the damaged file is kept in quarantine/";
}

}  // namespace

Task<Result<FileWorkReport>> Engine::work_on_files(TableId table, FileWork what,
                                                   std::optional<std::vector<TokenSpan>> owned) {
  CO_TRY(const StoreRef store, co_await begin_alone(table));
  if (!store) co_return FileWorkReport{};
  Result<FileWorkReport> report = FileWorkReport{};
  if (what == FileWork::verify)
    report = co_await verify_files(store);
  else
    report = co_await rewrite_files(store, what, std::move(owned));
  co_await end_alone(store);
  co_return report;
}

Task<Result<FileWorkReport>> Engine::verify_files(StoreRef store) {
  FileWorkReport report;
  VerifyWork work;
  work.table = store->table->id;
  for (const auto& file : *store->files) {
    work.files.push_back(file->id());
    report.bytes_in += file->statistics().file_bytes;
  }
  report.files = work.files.size();
  JobHold hold(*store, work.files, jobs_, job_ended_);
  show(hold.entry, name_of(FileWork::verify));
  hold.entry.progress.bytes_total = report.bytes_in;
  work.budget = budget_.get();
  work.cancelled = &store->cancel_jobs;
  work.background = &env_.background;
  work.progress = &hold.entry.progress;
  Executor& home = *Executor::current();
  co_await env_.merges.hop();
  auto ran = co_await run_verify(env_.disk, env_.clock, std::move(work));
  co_await home.hop();
  if (!ran) co_return fail(ran.error());
  store->damaged.clear();  // what a merge could not read was not the medium's fault, where it is whole now
  for (auto& [id, what] : *ran) {
    store->damaged.insert(id);
    report.damage.push_back(std::move(what));
  }
  co_return report;
}

// Those of another shard count are split in the background anyway, and other shards read them too.
Task<Result<FileWorkReport>> Engine::rewrite_files(StoreRef store, FileWork what,
                                                   std::optional<std::vector<TokenSpan>> owned) {
  CO_TRY(const CompactionOptions options, parse_compaction_options(store->table->options.compaction));
  FileWorkReport report;
  for (const PlanFile& file : plan_files(*store)) {
    ++report.files;
    // This version reads no other format than the one it writes: nothing that is open is older.
    const bool due = what == FileWork::cleanup ? !lies_within(file, owned) : what != FileWork::upgrade;
    if (!due || file.busy) continue;
    CompactionContext context = compaction_context(*store);
    if (what == FileWork::scrub) context.gc_before = Seconds{INT64_MIN};
    SalvageReport salvage;
    JobRequest request;
    request.kind = name_of(what);
    if (what == FileWork::cleanup) request.keep = owned;
    if (what == FileWork::scrub) request.salvage = &salvage;
    const CompactionJob job = plan_rewrite(file, options, plan_context(*store, context));
    request.bytes_written = &report.bytes_out;
    CO_TRY_STATUS(co_await run_job(store, job, context, std::move(request)));
    ++report.rewritten;
    report.bytes_in += file.bytes;
    if (salvage.damaged()) report.damage.push_back(salvage.first_damage + ": " + what_is_lost(salvage));
  }
  co_return report;
}

// A second name for the damaged file: once what was saved of it is committed, the first one goes.
Task<Status> Engine::set_aside(TableId table, FileId damaged) {
  Executor& home = *Executor::current();
  co_await env_.background.hop();
  const Status kept = quarantine_copy(env_.disk, sstable_path(table, damaged));
  co_await home.hop();
  co_return kept;
}

}  // namespace ringlet
