// Keeps count of what the node writes to flash, hour by hour, and tells compaction what the daily budget leaves it.
// What was counted is kept in metadata.db with whatever else is written there, at no cost of its own: a power cut forgets the
// minutes since the last flush.
#pragma once

#include <functional>

#include "core/env/event.h"
#include "core/env/task.h"
#include "core/local/local_store.h"
#include "core/shard/shard.h"
#include "core/storage/commit_log.h"

namespace ringlet {

class FlashMeter {
 public:
  // What is counted elsewhere, of this life.
  struct Sources {
    Env& env;
    LocalStore& local;
    CommitLog& log;
    Shards& shards;
    CompactionBudget& budget;
    std::function<uint64_t()> split_bytes, restored_bytes;
  };
  FlashMeter(Sources sources, uint64_t budget_bytes) : of_(std::move(sources)), budget_bytes_(budget_bytes) {}

  Task<Status> begin();  // on shard 0's executor, as all of it
  Task<void> keep();     // until stop(); spawned by the node
  void stop();
  Task<Status> store_exact();  // at a clean stop

  void set_budget(uint64_t bytes_a_day);  // 0: there is none
  uint64_t budget() const { return budget_bytes_; }
  WrittenBytes last_day() const { return day_.last_day(); }    // as of the last look, at most a minute ago
  WrittenBytes written(const EngineCounts& all_shards) const;  // in this life, by now
  WrittenBytes last_day(const WrittenBytes& written_by_now) const {
    return day_.last_day() += written_by_now - counted_;
  }

 private:
  Task<Status> look();
  void grant(Duration elapsed);

  const Sources of_;
  uint64_t budget_bytes_;
  FlashDay day_;
  WrittenBytes counted_;  // of this life, that is in day_
  Instant looked_at_{};
  bool begun_ = false, stopping_ = false;
  Event stopped_;
};

}  // namespace ringlet
