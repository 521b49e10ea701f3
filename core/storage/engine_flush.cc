// The engine's way to flash: start-up, flushing, stopping.
#include <algorithm>

#include "core/base/murmur3.h"
#include "core/base/must.h"
#include "core/data/keys.h"
#include "core/data/shard_of.h"
#include "core/storage/engine.h"
#include "core/storage/engine_state.h"
#include "core/storage/flushed_positions.h"
#include "core/storage/sstable_unreadable.h"
#include "core/storage/table_settings.h"

namespace ringlet {
namespace {

constexpr Duration kFlushRetryAfter = seconds(1);  // a full disk or a failed sync: look again, writers wait meanwhile
constexpr uint64_t kFileIdsAtOnce = 64;

}  // namespace

// --- start-up -------------------------------------------------------------------------------------------------------

Result<std::shared_ptr<SstableReader>> Engine::open_file(const TableId& table, FileId id) {
  return SstableReader::open(env_.disk, table, id, SstableAccess::shard, &cache_);
}

// Files that were just written and that nobody knows of yet. Where they cannot be opened they go: the next try writes others.
Result<std::vector<std::shared_ptr<SstableReader>>> Engine::open_written(const TableId& table,
                                                                         const std::vector<FileId>& ids) {
  std::vector<std::shared_ptr<SstableReader>> files;
  for (const FileId id : ids) {
    auto file = open_file(table, id);
    if (!file) {
      for (const FileId written : ids) (void)env_.disk.remove(sstable_path(table, written));
      return fail(std::move(file.error()));
    }
    files.push_back(*std::move(file));
  }
  return files;
}

Status Engine::open_table(TableRef table, const ManifestState& manifest) {
  const TableId id = table->id;
  TRY_STATUS(create_table(std::move(table)));
  const StoreRef store = find(id);
  std::vector<std::shared_ptr<SstableReader>> files;
  for (const ManifestFile& file : manifest.live) {
    if (file.table != id) continue;
    if (file.shard_count == shard_count_ && file.shard != shard_.raw) continue;
    auto opened = open_file(id, file.id);
    if (!opened && opened.error().code == Errc::not_found)
      return fail(Errc::corrupt,
                  "metadata.db lists " + sstable_path(id, file.id) +
                      ", which is not there: put it back, or move metadata.db and metadata.db-wal away, which "
                      "are then made anew from the files that there are");
    // One file does not keep the node from its others: what may be in this one is an error to those who read it.
    if (!opened && opened.error().code == Errc::corrupt) {
      leave_out(*store, {file.id}, opened.error());
      opened = unreadable_sstable(
          file, manifest.id,
          {Errc::corrupt, opened.error().detail + "; `ringlet scrub` sets it aside, with what it held", {}});
    }
    TRY(auto reader, std::move(opened));
    files.push_back(std::move(reader));
  }
  swap_files(*store, {}, files);
  note_backlog(*store, BacklogChange::brought);
  const FlushedPositions positions(manifest);
  store->truncated_through = positions.truncated_through(id);
  store->flushed_through = positions.of(id, shard_, shard_count_);
  store->flushed_before = positions.highest(id);
  return {};
}

Status Engine::replay(Mutation mutation, LogPosition end, uint64_t bytes) {
  const StoreRef store = find(mutation.table);
  MUST(store != nullptr);
  Bytes prefix;
  append_partition_prefix(mutation.token, mutation.partition_key, prefix);
  const size_t before = store->active->bytes();
  last_ = Sequence{last_.raw + 1};
  store->active->apply(mutation, prefix, last_, Sequence{0});
  store->active->use_log(end, bytes);
  active_bytes_ += store->active->bytes() - before;
  return {};
}

Task<Status> Engine::flush_replayed(CommitLog& log, Uuid manifest) {
  log_ = &log;
  manifest_ = manifest;
  relieve_memory();
  Status flushed;
  for (const auto& [id, store] : tables_)
    while (flushed && !store->frozen.empty()) flushed = co_await flush_oldest(store);
  if (flushed) {
    replay_bound_ = options_.memtable_bytes / 2;
  } else if (memtable_bytes() < options_.memtable_bytes + options_.cache_bytes) {
    replay_bound_ = memtable_bytes() + options_.memtable_bytes / 4;
  } else {
    co_return fail(flushed.error().code,
                   "replaying the commit log needs more memory than --memory grants, and it cannot "
                   "be flushed: " +
                       flushed.error().detail);
  }
  co_return Status{};
}

void Engine::run(CommitLog& log, Uuid manifest) {
  log_ = &log;
  manifest_ = manifest;
  relieve_memory();
  behind_.spawn(write_loop());
  behind_.spawn(flush_loop());
  behind_.spawn(pin_loop());
  if (!options_.compaction) return;
  behind_.spawn(compaction_loop(false));
  behind_.spawn(compaction_loop(true));
}

Task<Status> Engine::stop(Instant deadline) {
  budget_->stop();  // of all shards: flushes go first, and this shard's loops may wait for another's turn to end
  for (const auto& [id, store] : tables_) {
    freeze(*store);
    if (!store->frozen.empty()) want_flush(*store);
  }
  const uint64_t failed = failed_flushes_;
  while (frozen_bytes_ != 0 && failed_flushes_ == failed)
    if (!co_await flush_done_.wait_until(deadline)) break;  // the log has the rest
  stopping_ = true;
  write_wanted_.notify_all();
  job_ended_.notify_all();
  flush_wanted_.notify_all();
  compaction_wanted_.notify_all();
  flush_done_.notify_all();
  co_await behind_.join();
  co_return Status{};
}

// --- flushing -------------------------------------------------------------------------------------------------------

void Engine::want_flush(TableStore& store) {
  store.flush_wanted = true;
  flush_wanted_.notify_all();
}

void Engine::on_log_pressure(TableId table) {
  if (const StoreRef store = find(table)) {
    freeze(*store);
    want_flush(*store);
  }
}

Task<Status> Engine::flush(TableId table) {
  const StoreRef store = find(table);
  if (!store) co_return fail(Errc::not_found, "no such table to flush");
  freeze(*store);
  co_return co_await wait_until_flushed(store);
}

Task<Status> Engine::wait_until_flushed(StoreRef store) {
  const uint64_t failed_before = store->failed_flushes;
  const auto last = store->frozen.empty() ? nullptr : store->frozen.back();
  const auto waiting = [&] {
    return last && !store->dropped && std::ranges::find(store->frozen, last) != store->frozen.end();
  };
  if (waiting()) want_flush(*store);
  while (waiting()) {
    if (stopping_) co_return fail(Errc::cancelled, "the node stops");
    if (store->failed_flushes != failed_before) co_return fail(*store->flush_error);
    co_await flush_done_.wait();
  }
  co_return Status{};
}

Engine::StoreRef Engine::next_for(bool (*due)(const TableStore&), TableId& after) const {
  StoreRef first, later;
  for (const auto& [id, store] : tables_) {
    if (!due(*store)) continue;
    if (!first) first = store;
    if (!later && id > after) later = store;
  }
  const StoreRef next = later ? later : first;
  if (next) after = next->table->id;
  return next;
}

Instant Engine::flush_periodically() {
  const Instant now = env_.clock.now();
  Instant look_again = kNever;
  for (const auto& [id, store] : tables_) {
    const Duration period = millis(store->table->options.memtable_flush_period_in_ms);
    if (period <= Duration{}) {
      store->flush_at = kNever;
      continue;
    }
    if (store->flush_at == kNever || store->flush_at > now + period) store->flush_at = now + period;
    if (store->flush_at <= now) {
      freeze(*store);
      store->flush_wanted |= !store->frozen.empty();
      store->flush_at = now + period;
    }
    look_again = std::min(look_again, store->flush_at);
  }
  return look_again;
}

Task<void> Engine::flush_loop() {
  const auto due = [](const TableStore& store) { return store.flush_wanted && !store.held && !store.frozen.empty(); };
  while (!stopping_) {
    Instant look_again = flush_periodically();
    if (local_.reserve().full()) {
      co_await look_for_space(local_, env_, space_look_at_);
      look_again = std::min(look_again, space_look_at_);
    }
    const StoreRef next = next_for(due, flushed_last_);
    if (!next) {
      co_await flush_wanted_.wait_until(look_again);
      continue;
    }
    next->flushing = true;
    const Status flushed = co_await flush_oldest(next);
    next->flushing = false;
    job_ended_.notify_all();
    if (flushed) {
      next->flush_error.reset();
      if (next->frozen.empty()) next->flush_wanted = false;
    } else {
      ++next->failed_flushes;
      ++failed_flushes_;
      next->flush_error = flushed.error();
    }
    flush_done_.notify_all();
    if (!flushed && flushed.error().code == Errc::no_space && local_.reserve().release()) continue;
    if (!flushed && !stopping_) co_await flush_wanted_.wait_until(env_.clock.now() + kFlushRetryAfter);
  }
}

Task<Status> Engine::flush_oldest(StoreRef store) {
  std::shared_ptr<Memtable> memtable = store->frozen.front();
  if (!store->written) {
    Executor& home = *Executor::current();
    const TableRef table = store->table;
    CO_TRY(const FileId id, co_await next_file_id());
    co_await env_.background.hop();
    auto written = write_sstable(*memtable, table, id);
    std::vector<std::pair<std::string, Bytes>> kept;
    if (written && options_.keeper) kept = options_.keeper->keep(manifest_file(table->id, **written));
    co_await home.hop();
    if (!written) co_return fail(std::move(written.error()));
    store->written = *std::move(written);
    store->kept = std::move(kept);
  }
  const std::shared_ptr<SstableReader> file = store->written;
  ManifestEdit edit;
  edit.added.push_back(manifest_file(store->table->id, *file));
  edit.settings = store->kept;
  const LogPosition through = memtable->log_through();
  if (through != LogPosition{})
    edit.flushed.push_back({store->table->id, shard_.raw, shard_count_, through.segment.raw, through.offset});
  CO_TRY_STATUS(co_await local_.edit_manifest(std::move(edit)));
  store->written.reset();
  store->flushed_through = std::max(store->flushed_through, through);
  // Reads begun before this line have the memtable, later ones the file: never neither, never (visibly) both.
  swap_files(*store, {}, {file});
  MUST(store->frozen.front() == memtable);
  store->frozen.pop_front();
  frozen_bytes_ -= memtable->bytes();
  log_->release(store->table->id, shard_, memtable->log_uses());
  behind_.spawn(free_memtable(std::move(memtable)));
  ++store->counts.flushes;
  ++counts_.flushes;
  store->counts.bytes_flushed += file->statistics().file_bytes;
  counts_.flush_bytes += file->statistics().file_bytes;
  note_backlog(*store, BacklogChange::found);
  want_compaction(*store);
  co_return Status{};
}

ManifestFile manifest_file(const TableId& table, const SstableReader& file) {
  ManifestFile entry;
  entry.id = file.id();
  entry.table = table;
  const SstableStatistics& statistics = file.statistics();
  entry.level = statistics.level;
  entry.bytes = statistics.file_bytes;
  entry.shard = file.shard().raw;
  entry.shard_count = file.shard_count();
  if (const auto first = read_partition_prefix(statistics.first_prefix)) entry.first_token = first->token;
  if (const auto last = read_partition_prefix(statistics.last_prefix)) entry.last_token = last->token;
  return entry;
}

Result<std::shared_ptr<SstableReader>> Engine::write_sstable(const Memtable& memtable, TableRef table, FileId id) {
  SstableOptions options;
  options.id = id;
  options.manifest = manifest_;
  options.shard = shard_;
  options.shard_count = shard_count_;
  options.compress = table_compresses(*table);
  options.filter_fp_chance = table->options.bloom_filter_fp_chance;
  TRY(auto writer, SstableWriter::create(env_.disk, table, options));
  const ReadRange everything;
  const auto stream = memtable.stream(everything, Sequence{UINT64_MAX});
  for (Fragment fragment;;) {
    TRY(const Step step, stream->next(fragment));
    if (step == Step::end) break;
    TRY_STATUS(writer->add(fragment));
  }
  TRY_STATUS(writer->finish());
  TRY(auto opened, open_written(table->id, {id}));
  return std::move(opened.front());
}

Task<Result<FileId>> Engine::next_file_id() {
  if (next_file_id_ == file_ids_end_) {
    CO_TRY(next_file_id_, co_await local_.take_ids("sstable", kFileIdsAtOnce));
    file_ids_end_ = next_file_id_ + kFileIdsAtOnce;
  }
  co_return FileId{next_file_id_++};
}

}  // namespace ringlet
