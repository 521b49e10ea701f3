// Foreign files: sstables that were written under another number of shards. Every shard reads them, each its own partitions, and
// no compaction touches them; so after a start they are split in the background, one after the other: one file for each shard,
// in one manifest transaction. Those that a restore brings, too.
//
// A crash leaves the foreign file or all of its parts. DROP and TRUNCATE wait for the file at hand, as for a compaction.
#pragma once

#include <atomic>

#include "core/local/local_store.h"
#include "core/shard/shard.h"

namespace ringlet {

class ForeignFiles {
 public:
  ForeignFiles(Env& env, LocalStore& local, Shards& shards, Uuid manifest)
      : env_(env), local_(local), shards_(shards), manifest_(manifest) {}

  // Always on the same shard's executor, where a second call waits for the first; ends early after stop().
  Task<void> split_all(std::vector<ManifestFile> live);
  void stop();  // on that executor
  uint64_t written_bytes() const { return written_bytes_; }

 private:
  Task<Status> split(ManifestFile foreign);
  Task<Status> hold(TableId table, FileId file);
  Task<void> release();
  Task<Status> split_held(ManifestFile foreign);
  Task<Status> write_parts(const ManifestFile& foreign, std::vector<std::shared_ptr<SstableReader>>& parts);

  Env& env_;
  LocalStore& local_;
  Shards& shards_;
  const Uuid manifest_;
  std::vector<Engine::SplitHold> held_;  // by shard: their compactions of the table wait for us
  std::atomic<bool> stopping_{false};    // read by the background executor
  uint64_t written_bytes_ = 0;
  Event stopped_;
  Semaphore one_at_a_time_{1};
};

}  // namespace ringlet
