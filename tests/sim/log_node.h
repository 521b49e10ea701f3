// The durable parts of a node on a simulated world: its commit log and local store, writers that remember what they were
// told, and a stand-in for memtables that flushes. After a restart it says what is missing, and what should not be there.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/env/task_group.h"
#include "core/local/local_store.h"
#include "core/storage/commit_log.h"
#include "tests/sim/sim_world.h"

namespace ringlet::sim {

// What clients know. It outlives every crash.
struct LogHistory {
  struct Acknowledged {
    std::string record;
    LogPosition end;
  };
  std::vector<std::vector<Acknowledged>> by_shard;  // in the order in which append returned
  std::set<std::string> tried;
  std::map<ShardId, LogPosition> flushed;  // as some manifest said: below it, the log must bring nothing back
  uint64_t next = 0;
  uint64_t groups = 0;  // compressed ones that were written
  size_t acknowledged() const;
};

class LogNode {
 public:
  LogNode(SimWorld& world, LogHistory& history, LogOptions options);

  Task<Status> open();  // recovers, and checks what it found against the history
  Task<void> write(size_t writers_per_shard, size_t records_each);  // until done or until an append fails
  Task<Status> flush(ShardId shard);  // everything acknowledged so far, as a memtable's flush would
  Task<Status> close();               // stop and close; errors are the crash's

  Env& env() { return world_.env; }
  CommitLog& log() { return *log_; }
  LocalStore& local() { return *local_; }
  const LogReplayReport& report() const { return report_; }
  size_t failed_appends() const { return failed_; }
  static TableId table() { return Uuid{{7}}; }
  static LogOptions small_options();

 private:
  struct Replayed {
    std::string record;
    LogPosition end;
  };
  Task<void> writer(ShardId shard, size_t records);
  Task<void> writers_on(ShardId shard, size_t writers, size_t records_each);
  std::string next_record();
  void check();

  SimWorld& world_;
  LogHistory& history_;
  const LogOptions options_;
  SeededRng dice_;
  std::unique_ptr<LocalStore> local_;
  std::unique_ptr<CommitLog> log_;
  LogReplayReport report_;
  std::map<ShardId, LogPosition> flushed_;  // as the manifest has it now
  std::vector<std::vector<Replayed>> replayed_, in_memory_;
  size_t failed_ = 0;
};

}  // namespace ringlet::sim
