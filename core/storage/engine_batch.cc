// The engine's part in logged batches: their records in the commit log, and those that failed half way.
#include <algorithm>
#include <utility>

#include "core/base/limits.h"
#include "core/storage/batch_record.h"
#include "core/storage/engine.h"
#include "core/storage/engine_state.h"

namespace ringlet {

Task<Result<LoggedBatch>> Engine::log_batch(const std::vector<Mutation>& mutations, const Uuid& id,
                                            const RequestContext& context) {
  if (left_batch_bytes_ >= kLeftBatchBytesMax)
    co_return fail(Errc::overloaded, "logged batches that failed half way wait to be applied: try again later");
  co_await look_for_space(local_, env_, space_look_at_);
  for (const Mutation& mutation : mutations) CO_TRY_STATUS(refuse_when_full(mutation));
  const auto behind = std::ranges::find_if(mutations, [this](const Mutation& m) { return held_back(m.table); });
  if (behind != mutations.end()) CO_TRY_STATUS(co_await keep_pace(*behind, context, false));
  Bytes record = encode_batch(id, mutations);
  CO_TRY(const LogPosition end, co_await log_->append_one(kBatchTable, shard_, record, true, &context));
  co_return LoggedBatch{id, end, std::move(record)};
}

void Engine::finish_batch(LoggedBatch batch) {
  auto finish = [](Engine& engine, LoggedBatch b) -> Task<void> {
    const Bytes record = encode_batch_done(b.id);
    const auto end = co_await engine.log_->append_one(kBatchTable, engine.shard_, record, false);
    if (!end) {  // still open: once more is no harm
      engine.leave_batch(std::move(b));
      co_return;
    }
    const LogUse begun{b.begun.segment, b.record.size()}, done{end->segment, record.size()};
    engine.log_->release(kBatchTable, engine.shard_, {done}, b.begun.segment);
    engine.log_->release(kBatchTable, engine.shard_, {begun});
    if (b.left) engine.budget_->add_late_writes(-1);
  };
  behind_.spawn(finish(*this, std::move(batch)));
}

void Engine::leave_batch(LoggedBatch batch) {
  if (!std::exchange(batch.left, true)) budget_->add_late_writes(1);
  left_batch_bytes_ += batch.record.size();
  left_batches_.push_back(std::move(batch));
}

std::vector<LoggedBatch> Engine::take_left_batches() {
  left_batch_bytes_ = 0;
  return std::exchange(left_batches_, {});
}

Task<Status> Engine::apply_again(Mutation mutation, LogPosition begun, const RequestContext& context) {
  const StoreRef store = find(mutation.table);
  if (!store || begun <= store->truncated_through) co_return Status{};
  const Status applied = co_await apply(std::move(mutation), context, true);
  if (!applied && store->dropped) co_return Status{};
  co_return applied;
}

}  // namespace ringlet
