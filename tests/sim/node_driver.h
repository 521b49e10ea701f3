// NodeDriver: a whole node on a simulated world, with as many of the world's shards as asked, and the few calls that tests
// make of it: tables, writes, reads, flushes. It can be started again on the same disk, with another number of shards.
#pragma once

#include <memory>
#include <vector>

#include "core/node/node.h"
#include "tests/sim/data_model.h"
#include "tests/sim/sim_world.h"

namespace ringlet::sim {

// A test cannot go on without it: says what went wrong and ends the process, with the seed and the command (an exception would
// not leave a coroutine).
void require_ok(const Status& status);

class NodeDriver {
 public:
  explicit NodeDriver(SimWorld& world) : world_(world), context_{world.clock} {}
  ~NodeDriver();

  Task<Status> start(size_t shards);
  Task<Status> stop(Instant deadline = kNever);
  bool running() const { return node_ != nullptr; }
  Node& node() { return *node_; }
  NodeOptions& options() { return options_; }
  void set_log_segment_bytes(uint64_t bytes) { log_segment_bytes_ = bytes; }  // small, so that tests see many

  // Keyspace and tables by catalog commands; those that are there already stay.
  Task<Status> make(const std::vector<Table>& tables);
  Task<Status> drop(const Table& table);

  // From the shard `home`, as a client's request that arrived there.
  Task<Status> write(Mutation mutation, ShardId home = ShardId{0});
  Task<Status> write_batch(std::vector<Mutation> mutations, ShardId home = ShardId{0});
  Task<Result<Seen>> read(const Table& table, const ReadRange& range, Seconds now, ShardId home = ShardId{0});
  // In pages of so many rows, each resumed from where the last one ended; what a driver would do.
  Task<Result<Seen>> read_paged(const Table& table, ReadRange range, Seconds now, size_t rows,
                                ShardId home = ShardId{0});

  Task<Status> flush(const Table& table);
  Task<Status> compact(const Table& table);
  Task<Status> truncate(const Table& table);
  Task<Result<FileWorkReport>> work_on_files(const Table& table, FileWork what,
                                             std::optional<std::vector<TokenSpan>> owned = {});
  uint64_t foreign_files();               // written under another number of shards, and not split yet
  uint64_t sstables(const Table& table);  // that some shard reads
  EngineCounts counts();
  Seconds now() const { return to_seconds(world_.clock.wall()); }

 private:
  template <class Work>
  Task<Status> on_all(Work& work) {
    return node_->shards().run_on_all(work);
  }
  Task<Result<Seen>> read_here(const Table& table, const ReadRange& range, Coordinator& coordinator, Seconds now,
                               size_t rows_max, Bytes& last_prefix, Bytes& last_position);
  Keyspace keyspace_;
  SimWorld& world_;
  RequestContext context_;
  NodeOptions options_{};
  uint64_t log_segment_bytes_ = 64u << 10;
  std::unique_ptr<Env> env_;
  std::unique_ptr<Node> node_;
};

}  // namespace ringlet::sim
