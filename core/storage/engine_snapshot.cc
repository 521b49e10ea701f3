// The engine's part in snapshots and restores: which files hold a table now, and taking in files that others made.
#include "core/storage/engine.h"
#include "core/storage/engine_state.h"

namespace ringlet {

void Engine::let_names_go() {
  if (--names_kept_ > 0) return;
  std::map<TableId, std::vector<FileId>> dead;
  for (const auto& [table, id] : std::exchange(unlinked_later_, {})) dead[table].push_back(id);
  for (const auto& [table, ids] : dead) forget_files(table, ids);
}

Task<Result<std::vector<ManifestFile>>> Engine::flushed_files(TableId table) {
  CO_TRY_STATUS(co_await flush(table));
  // No suspension from here on: the list is of one moment.
  const StoreRef store = find(table);
  if (!store) co_return fail(Errc::not_found, "the table was dropped meanwhile");
  std::vector<ManifestFile> files;
  for (const auto& file : *store->files) files.push_back(manifest_file(table, *file));
  co_return files;
}

Task<Result<Engine::SplitHold>> Engine::begin_adding(TableId table) {
  const StoreRef store = find(table);
  if (!store) co_return fail(Errc::not_found, "the table was dropped meanwhile");
  while (store->held && !store->dropped && !stopping_) co_await flush_done_.wait();
  if (stopping_) co_return fail(Errc::cancelled, "the node stops");
  if (store->dropped) co_return fail(Errc::not_found, "the table was dropped meanwhile");
  ++store->compacting;
  co_return store;
}

void Engine::add_files(const SplitHold& hold, const std::vector<std::shared_ptr<SstableReader>>& files) {
  swap_files(*hold, {}, files);
  hold->rows->clear();
  note_backlog(*hold, BacklogChange::brought);
  want_compaction(*hold);
}

void Engine::end_adding(const SplitHold& hold) {
  --hold->compacting;
  job_ended_.notify_all();
  compaction_wanted_.notify_all();
}

}  // namespace ringlet
