// Memtable: what one shard has written to one table since its last flush: partition -> rows, in key order.
//
// Always holds
//   - the shard's thread writes; once frozen nobody does, and the background executor may read it while the shard does
//   - a reader at sequence s sees exactly the mutations numbered s and below: a row written while such a reader is about
//     keeps its older version beside the new one, otherwise the new one is merged in place
//   - what it says it needs of the commit log (uses) is given back by whoever flushed it
#pragma once

#include <memory>
#include <vector>

#include "core/data/mutation.h"
#include "core/storage/arena.h"
#include "core/storage/commit_log.h"
#include "core/storage/fragment.h"
#include "core/storage/partition_index.h"
#include "core/storage/skip_list.h"
#include "core/storage/token_directory.h"

namespace ringlet {

class Memtable {
 public:
  explicit Memtable(TableRef table);
  Memtable(const Memtable&) = delete;

  // `newest_pin`: the highest sequence that a reader now holds; 0 when there is none.
  void apply(const Mutation& mutation, BytesView prefix, Sequence at, Sequence newest_pin);
  void apply(MutationReader& mutation, BytesView prefix, Sequence at,
             Sequence newest_pin);                // its ranges and rows unread
  void use_log(LogPosition end, uint64_t bytes);  // a mutation in it came from here

  // A write of this partition comes soon: its first cache misses begin now, beside others' work. `near`: second step.
  void expect(Token token, bool near) const { near ? index_.prefetch_node(token) : index_.prefetch_slot(token); }

  // Never blocks. The range and the memtable must outlive the stream. Null: the one partition asked for is not here.
  std::unique_ptr<FragmentStream> stream(const ReadRange& range, Sequence at) const;

  bool empty() const { return partitions_.size() == 0; }
  size_t partitions() const { return partitions_.size(); }
  // For who holds it alone, and will not look at it any more: frees part of it; false: as good as nothing is left.
  bool free_some() { return arena_.free_chunk(); }
  size_t bytes() const { return arena_.bytes() + index_.bytes() + directory_.bytes() + range_bytes_; }
  uint64_t mutations() const { return mutations_; }
  Timestamp min_timestamp() const { return min_timestamp_; }  // of everything in it: purging elsewhere must respect it
  const TableRef& table() const { return table_; }
  const std::vector<LogUse>& log_uses() const { return uses_; }
  LogPosition log_through() const { return through_; }  // the highest position in it

  // One version of one row: what mutation `at` made of it, together with everything older unless `older` is kept.
  struct Version {
    Sequence at;
    Version* older;
    uint32_t bytes, capacity;
    const char* data() const { return reinterpret_cast<const char*>(this + 1); }
    BytesView view() const { return {data(), bytes}; }
  };
  struct RowEntry {
    Version* newest = nullptr;
  };
  using Rows = SkipList<RowEntry>;
  struct NumberedRange {
    Sequence at;
    RangeWrite range;
  };
  struct NumberedDeletion {
    Sequence at;
    Deletion deletion;
  };
  struct Partition {
    std::vector<NumberedDeletion>* deletions = nullptr;  // owned by the memtable's lists below
    std::vector<NumberedRange>* ranges = nullptr;
    Version* static_row = nullptr;
    Version* bare_row = nullptr;  // the one row of a table without clustering
    Rows* rows = nullptr;
  };
  using Partitions = SkipList<Partition>;

 private:
  Partition& partition_of(BytesView prefix);
  void delete_partition(Partition& partition, const Deletion& deletion, Sequence at, Sequence newest_pin);
  void delete_range(Partition& partition, const RangeWrite& range, Sequence at, Sequence newest_pin);
  void write_row(Partition& partition, BytesView position, BytesView row, Sequence at, Sequence newest_pin);
  void write_version(Version*& newest, BytesView row, Sequence at, Sequence newest_pin);
  Version* make_version(BytesView row, Sequence at, Version* older);
  void note_timestamps(BytesView row);

  TableRef table_;
  Arena arena_;
  Partitions partitions_;
  PartitionIndex<Partitions::Node> index_;
  TokenDirectory<Partitions::Node> directory_;
  std::vector<std::unique_ptr<std::vector<NumberedDeletion>>> deletions_;
  std::vector<std::unique_ptr<std::vector<NumberedRange>>> ranges_;
  size_t range_bytes_ = 0;
  uint64_t mutations_ = 0;
  Timestamp min_timestamp_{INT64_MAX};
  std::vector<LogUse> uses_;
  LogPosition through_{};
  Bytes merged_;  // scratch of apply
};

}  // namespace ringlet
