// Merges that reads ask for: when the engine plans them, and what must not be in their way.
#include <algorithm>

#include "core/storage/compaction_plan.h"
#include "core/storage/compaction_reads.h"
#include "core/storage/engine.h"
#include "core/storage/engine_jobs.h"
#include "core/storage/engine_state.h"

namespace ringlet {
namespace {

constexpr uint64_t kLooksBetweenPlans = 4096;  // so that planning costs nothing beside them

}  // namespace

// From the path of reads: the loop of compactions does the rest.
void Engine::want_plan_for_reads(TableStore& store) {
  store.read_credits.plan_at = UINT64_MAX;  // until it has planned
  store.compaction_wanted = true;
  compaction_wanted_.notify_all();
}

// It gives way to all else: to merges that are due and only wait for the budget of flash, to the budget itself, to a full disk. What
// it cannot have now it asks for again later, with more credits.
Task<Result<bool>> Engine::compact_for_reads(StoreRef store) {
  CO_TRY(const CompactionOptions options, parse_compaction_options(store->table->options.compaction));
  const CompactionContext context = compaction_context(*store);
  ReadCredits& credits = store->read_credits;
  const uint64_t written = store->active->bytes() / kWrittenBytesPerLook;
  const uint64_t looks = credits.looks - std::min(credits.looks, written);
  ReadPlan plan = plan_for_reads(plan_files(*store), options, plan_context(*store, context), looks);
  const uint64_t missing = plan.looks_needed - std::min(looks, plan.looks_needed);
  credits.plan_at = credits.looks + std::clamp(missing, kLooksBetweenPlans, UINT64_MAX - credits.looks);
  if (!plan.job || store->compaction_held || store->compacting > 0 || local_.reserve().full()) co_return false;
  if (!may_spare({plan.job->bytes, plan.job->deepest}, budget_->allowance())) co_return false;
  credits.spend(plan.job->bytes);
  const uint64_t left = credits.looks;
  JobRequest request;
  request.kind = "compaction for reads";
  request.bytes_written = &counts_.merged_for_reads_bytes;
  const Status merged = co_await run_job(store, *plan.job, context, request);
  credits.looks = std::min(credits.looks, left);  // what reads looked into meanwhile had been paid for
  if (!merged) co_return fail(merged.error());
  co_return true;
}

}  // namespace ringlet
