// The engine's back pressure: how far merges are behind, table by table, and what writers wait for it (merge_backlog.h).
#include <algorithm>

#include "core/base/limits.h"
#include "core/storage/compaction_plan.h"
#include "core/storage/engine.h"
#include "core/storage/engine_state.h"

namespace ringlet {
namespace {

// Not all that ends a wait is told: a disk may fill up, a merge stand still.
constexpr Duration kLookAgainAfter = seconds(1);

Error merges_behind(const Table& table, size_t files) {
  return {Errc::overloaded, "merges of " + table.keyspace + "." + table.name +
                                " do not keep up with writing: " + std::to_string(files) +
                                " files over one token wait for them; write less at once, or try again later"};
}

}  // namespace

// After each change of a table's files.
void Engine::note_backlog(TableStore& store, BacklogChange change) {
  if (store.dropped) return;
  size_t files = 0;
  if (const auto options = parse_compaction_options(store.table->options.compaction); options && options_.compaction) {
    std::vector<PlanFile> idle = plan_files(store);
    for (PlanFile& file : idle)
      if (store.busy.contains(file.id)) file.busy = false;  // what runs is due as well
    files = backlog_of(idle, *options, plan_context(store, compaction_context(store)));
  }
  count_backlog(store.backlog, -1);
  switch (change) {
    case BacklogChange::found:
      store.backlog.found(files, env_.clock.now());
      break;
    case BacklogChange::merged:
      store.backlog.merged(files, env_.clock.now());
      break;
    case BacklogChange::brought:
      store.backlog.brought(files);
      break;
  }
  count_backlog(store.backlog, 1);
}

void Engine::count_backlog(const MergeBacklog& backlog, int times) {
  tables_behind_ += backlog.behind() ? times : 0;
  budget_->add_waiting(backlog.files() >= kBacklogHurries ? times : 0);
}

bool Engine::merges_can_help(const TableStore& store) const {
  return store.may_compact() && !store.compaction_held && !store.compaction_error && !local_.reserve().full() &&
         !stopping_;
}

bool Engine::held_back(TableId table) const {
  if (tables_behind_ == 0) [[likely]]
    return false;
  const StoreRef store = find(table);
  return store && store->backlog.behind() && merges_can_help(*store);
}

// What a logged batch has promised waits a little, and is then written all the same: the batch waited before its record was
// (log_batch), by what this shard knows of the table.
Task<Status> Engine::keep_pace(const Mutation& mutation, const RequestContext& context, bool promised) {
  const Duration most = promised ? kLookAgainAfter : seconds(kHeldBackSecondsMax);
  const Instant patience = std::min(context.deadline, env_.clock.now() + most);
  for (bool told = false;; told = true) {
    const StoreRef store = find(mutation.table);
    if (!store || !held_back(mutation.table)) co_return Status{};
    MergeBacklog& backlog = store->backlog;
    const Instant now = env_.clock.now();
    const bool paced = backlog.pace(now) > 0;
    const Instant turn = paced ? backlog.turn(now) : now;
    if (now >= patience || turn > patience) {
      if (promised) co_return Status{};
      ++counts_.writes_refused_behind;
      co_return fail(merges_behind(*store->table, backlog.files()));
    }
    CO_TRY_STATUS(context.check());
    if (paced) {
      backlog.take(mutation.bytes(), now);
      counts_.writes_slowed += turn > now && !told ? 1 : 0;
      if (turn > now) co_await Executor::current()->sleep_until(turn);
      co_return Status{};
    }
    counts_.writes_slowed += told ? 0 : 1;
    co_await job_ended_.wait_until(std::min(patience, now + kLookAgainAfter));
  }
}

}  // namespace ringlet
