// What the engine knows of one table. Private to engine*.cc.
#pragma once

#include <algorithm>
#include <atomic>
#include <deque>
#include <map>
#include <set>

#include "core/storage/compaction_reads.h"
#include "core/storage/engine.h"
#include "core/storage/merge_backlog.h"
#include "core/storage/row_cache.h"

namespace ringlet {

struct TableStore {
  TableStore(TableRef t, BlockCache& blocks)
      : table(std::move(t)),
        active(std::make_shared<Memtable>(table)),
        rows(std::make_shared<RowCache>(blocks, table->id)) {
    configure();
  }
  void configure() { rows->configure(rows_cached(table->options), !table->statics.empty()); }

  using Files = std::vector<std::shared_ptr<SstableReader>>;

  TableRef table;
  std::shared_ptr<Memtable> active;
  std::deque<std::shared_ptr<Memtable>> frozen;                    // oldest first; flushed in that order
  std::shared_ptr<const Files> files = std::make_shared<Files>();  // by id; replaced whole, so that a read can pin it
  std::shared_ptr<SstableReader> written;  // of frozen.front(), where only its commit failed: the next try commits it
  std::vector<std::pair<std::string, Bytes>> kept;  // what is to be committed with `written`
  std::shared_ptr<RowCache> rows;
  LogPosition flushed_through;    // all of this shard's that is logged at or below is in sstables, or truncated
  LogPosition flushed_before;     // the highest such position of any shard at the start: TRUNCATE reaches it
  LogPosition kept_through;       // of that, what is noted outside of metadata.db too
  LogPosition truncated_through;  // a batch that began at or below brings nothing into it any more
  bool dropped = false;
  bool flush_wanted = false;
  Instant flush_at = kNever;                                        // memtable_flush_period_in_ms
  bool compaction_wanted = false, small_compaction_wanted = false;  // by each of the two loops
  bool compaction_held = false;                                     // one is due, and waits for the budget of flash
  MergeBacklog backlog;                                             // what writers may have to wait for
  bool flushing = false;
  int looked_at = 0;                        // by loops that plan, wait their turn or run a job
  int compacting = 0;                       // jobs that run
  int wanted_alone = 0;                     // jobs that tolerate no other, and have begun or wait
  const std::set<FileId>* major = nullptr;  // of a major compaction that runs: small merges leave them alone
  std::set<FileId> busy;                    // inputs of those that run
  std::set<FileId> damaged;                 // a merge could not read them: left out of further ones, until scrub
  std::map<FileId, Seconds> purged_at;      // files written alone for their tombstones, and when
  std::atomic<bool> cancel_jobs{false};     // it is being emptied, or who asked for the work wants it no more
  bool held = false;                        // DROP and TRUNCATE: no new job begins
  uint64_t failed_flushes = 0;
  std::optional<Error> flush_error, compaction_error;
  TableCounts counts;
  ReadCredits read_credits;

  bool may_compact() const { return !held && !dropped && wanted_alone == 0; }
  bool may_compact_small() const { return !held && !dropped && wanted_alone == (major != nullptr ? 1 : 0); }

  size_t memtable_bytes() const {
    size_t bytes = active->bytes();
    for (const auto& m : frozen) bytes += m->bytes();
    return bytes;
  }
};

// While the disk counts as full: asks whether it still is, once in a while. `look_at`: when next.
Task<void> look_for_space(LocalStore& local, Env& env, Instant& look_at);

// Replaces `removed` by `added` in a table's file list.
inline void swap_files(TableStore& store, const std::vector<FileId>& removed,
                       const std::vector<std::shared_ptr<SstableReader>>& added) {
  auto files = std::make_shared<TableStore::Files>();
  for (const auto& file : *store.files)
    if (std::find(removed.begin(), removed.end(), file->id()) == removed.end()) files->push_back(file);
  files->insert(files->end(), added.begin(), added.end());
  for (const FileId id : removed) store.damaged.erase(id);
  store.files = std::move(files);
}

}  // namespace ringlet
