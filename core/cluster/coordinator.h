// Coordinator: carries a write or a read to whoever owns the data and counts answers against the consistency level. One for
// each shard, for the requests that arrive there. In a ring of one, the owner is a shard of this node.
//
// What a level needs is counted against the keyspace's replication factor, as Cassandra does: QUORUM of a factor of three
// is Unavailable (2 required, 1 alive) while the ring has one node.
#pragma once

#include <memory>
#include <vector>

#include "core/cluster/consistency.h"
#include "core/data/mutation.h"
#include "core/data/read_range.h"
#include "core/data/schema.h"
#include "core/shard/shard.h"

namespace ringlet {

// A read as it comes in: fragments in key order, on the executor that asked, wherever they come from. close() before it goes.
class CoordinatedRead {
 public:
  virtual ~CoordinatedRead() = default;
  virtual FragmentStream& stream() = 0;
  virtual Task<void> close() = 0;
};

class Coordinator {
 public:
  Coordinator(Shards& shards, ShardId home) : shards_(shards), home_(home) {}

  Shard& home() { return shards_[home_]; }
  Shards& shards() { return shards_; }

  // Durable by the table's rules on as many replicas as the level asks for.
  Task<Status> write(Mutation mutation, const Keyspace& keyspace, Consistency level, const RequestContext& context,
                     bool promised = false);

  // The same, told to `waiter`, where this shard owns the partition, has room, and the level can be met. False: nothing was done,
  // write() knows why.
  bool write_here(const Mutation& mutation, uint32_t replication_factor, Consistency level, WriteWaiter& waiter);

  // Several partitions, each whole. `logged`: once the first is applied all will be, after a crash too.
  Task<Status> write_all(std::vector<Mutation> mutations, const Keyspace& keyspace, Consistency level, bool logged,
                         const RequestContext& context);

  // `rows_hint`: about how many rows will be taken (a page, a limit); sizes what is fetched ahead from other shards.
  // The range and the context must outlive the read.
  Task<Result<std::unique_ptr<CoordinatedRead>>> read(const Table& table, const ReadRange& range,
                                                      const Keyspace& keyspace, Consistency level, uint32_t rows_hint,
                                                      const RequestContext& context);
  // A partition of this shard, at once; null where it is another's or the table is gone.
  std::unique_ptr<EngineRead> read_here(TableId table, Token token, const ReadRange& range);

  // About what a scan of the table holds at a time: of each file what was read ahead and the blocks at hand, and of each
  // shard the fragments on their way here. Other shards are taken to have as many files as this one.
  size_t scan_bytes(const Table& table);

 private:
  Shards& shards_;
  const ShardId home_;
};

}  // namespace ringlet
