// Tables WITH in_memory = true: the blocks of their files stay in the block cache, as far as its share for that goes.
#include "core/storage/engine.h"
#include "core/storage/engine_state.h"

namespace ringlet {

// Every change of a table's files ends a job. What a file's reading meets, reads of its rows will tell.
Task<void> Engine::pin_loop() {
  const RequestContext context{env_.clock};
  while (!stopping_) {
    const auto file = next_to_pin();
    if (!file) {
      co_await job_ended_.wait();
      continue;
    }
    cache_.pin(file->id());
    (void)co_await file->fill_cache(context, stopping_);
  }
}

std::shared_ptr<SstableReader> Engine::next_to_pin() {
  for (const auto& [id, store] : tables_)
    for (const auto& file : *store->files) {
      const bool pinned = cache_.pinned(file->id());
      if (store->table->options.in_memory && !pinned) return file;
      if (!store->table->options.in_memory && pinned) cache_.unpin(file->id());
    }
  return nullptr;
}

}  // namespace ringlet
