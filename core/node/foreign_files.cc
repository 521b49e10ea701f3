#include "core/node/foreign_files.h"

#include "core/storage/split_run.h"
#include "core/storage/table_settings.h"

namespace ringlet {

constexpr Duration kLookAgainAfter = seconds(1);  // a compaction of the same table was running

void ForeignFiles::stop() {
  stopping_ = true;
  stopped_.notify_all();
}

Task<void> ForeignFiles::split_all(std::vector<ManifestFile> live) {
  co_await one_at_a_time_.acquire();
  for (const ManifestFile& file : live) {
    if (file.shard_count == shards_.count()) continue;
    while (!stopping_) {
      const Status done = co_await split(file);
      // A full disk, a damaged file: it stays as it is, readable by all, and the next start tries again.
      if (done || done.error().code != Errc::busy) break;
      co_await stopped_.wait_until(env_.clock.now() + kLookAgainAfter);
    }
  }
  one_at_a_time_.release();
}

Task<Status> ForeignFiles::split(ManifestFile foreign) {
  Status done = co_await hold(foreign.table, foreign.id);
  if (done) done = co_await split_held(foreign);
  co_await release();
  co_return done;
}

// Hops without Shards::run_on: no bound on visitors applies to what must be undone.
Task<Status> ForeignFiles::hold(TableId table, FileId file) {
  Executor& home = *Executor::current();
  Status status;
  for (uint16_t s = 0; s < shards_.count() && status; ++s) {
    Shard& shard = shards_[ShardId{s}];
    co_await shard.executor.hop();
    auto held = shard.engine.begin_split(table, file);
    co_await home.hop();
    if (held)
      held_.push_back(*std::move(held));
    else
      status = fail(held.error());
  }
  co_return status;
}

Task<void> ForeignFiles::release() {
  Executor& home = *Executor::current();
  for (uint16_t s = 0; s < held_.size(); ++s) {
    Shard& shard = shards_[ShardId{s}];
    co_await shard.executor.hop();
    shard.engine.end_split(held_[s]);
    held_[s].reset();  // what the shard owns dies there
  }
  co_await home.hop();
  held_.clear();
}

Task<Status> ForeignFiles::split_held(ManifestFile foreign) {
  std::vector<std::shared_ptr<SstableReader>> parts;
  CO_TRY_STATUS(co_await write_parts(foreign, parts));
  ManifestEdit edit;
  edit.removed.push_back(foreign.id);
  for (const auto& part : parts) {
    if (!part) continue;
    edit.added.push_back(manifest_file(foreign.table, *part));
    written_bytes_ += part->statistics().file_bytes;
  }
  // A failed commit may turn out to have happened: then the parts count. If not, the next start unlinks them.
  CO_TRY_STATUS(co_await local_.edit_manifest(std::move(edit)));
  Executor& home = *Executor::current();
  for (uint16_t s = 0; s < shards_.count(); ++s) {
    Shard& shard = shards_[ShardId{s}];
    co_await shard.executor.hop();
    shard.engine.take_part(held_[s], foreign.id, std::move(parts[s]));
  }
  co_await home.hop();
  // Readers that still have it open keep it until they end; a start unlinks what is left.
  const std::vector<FileId> dead = {foreign.id};
  Shard& here = shards_[ShardId{0}];
  co_await here.executor.hop();
  here.engine.forget_files(foreign.table, dead);
  co_await home.hop();
  co_return Status{};
}

Task<Status> ForeignFiles::write_parts(const ManifestFile& foreign,
                                       std::vector<std::shared_ptr<SstableReader>>& parts) {
  Executor& home = *Executor::current();
  SplitWork work;
  work.table = shards_[ShardId{0}].schema->table(foreign.table);
  if (!work.table) co_return fail(Errc::not_found, "the table was dropped meanwhile");
  work.input = foreign.id;
  work.output.manifest = manifest_;
  work.output.shard_count = shards_.count();
  work.output.compress = table_compresses(*work.table);
  work.output.filter_fp_chance = work.table->options.bloom_filter_fp_chance;
  work.cancelled = &stopping_;
  CO_TRY(const uint64_t first_id, co_await local_.take_ids("sstable", shards_.count()));
  for (uint16_t s = 0; s < shards_.count(); ++s) work.output_ids.push_back(FileId{first_id + s});
  co_await env_.background.hop();
  auto outputs = co_await run_split(env_.disk, std::move(work));
  Status opened;
  parts.resize(shards_.count());
  for (uint16_t s = 0; outputs && s < shards_.count(); ++s) {
    const auto id = (*outputs)[s];
    if (!id) continue;
    auto part = shards_[ShardId{s}].engine.open_file(foreign.table, *id);
    if (part)
      parts[s] = *std::move(part);
    else if (opened)
      opened = fail(part.error());
  }
  // Nobody knows of them yet, and the next try writes others.
  for (uint16_t s = 0; !opened && s < shards_.count(); ++s)
    if (const auto id = (*outputs)[s]) (void)env_.disk.remove(sstable_path(foreign.table, *id));
  co_await home.hop();
  if (!outputs) co_return fail(outputs.error());
  co_return opened;
}

}  // namespace ringlet
