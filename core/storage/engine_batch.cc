// The engine's part in logged batches: their records in the commit log.
#include "core/storage/batch_record.h"
#include "core/storage/engine.h"
#include "core/storage/engine_state.h"

namespace ringlet {

Task<Result<LoggedBatch>> Engine::log_batch(const std::vector<Mutation>& mutations, const Uuid& id,
                                            const RequestContext& context) {
  const Bytes record = encode_batch(id, mutations);
  CO_TRY(const LogPosition end, co_await log_->append_one(kBatchTable, shard_, record, true, &context));
  co_return LoggedBatch{id, {end.segment, record.size()}};
}

void Engine::finish_batch(const LoggedBatch& batch) {
  auto finish = [](Engine& engine, LoggedBatch b) -> Task<void> {
    const Bytes record = encode_batch_done(b.id);
    const auto end = co_await engine.log_->append_one(kBatchTable, engine.shard_, record, false);
    engine.log_->release(kBatchTable, engine.shard_, {b.use});
    // Not written: the next start applies the batch once more, which changes nothing.
    if (end) engine.log_->release(kBatchTable, engine.shard_, {{end->segment, record.size()}});
  };
  behind_.spawn(finish(*this, batch));
}

}  // namespace ringlet
