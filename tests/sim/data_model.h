// DataModel: what a database holds, kept as nothing but the writes it was told. It knows no memtables, no files, no shards: a
// read folds all writes of a partition with the rules of core/data/reconcile. Beside it, the dice that make random writes.
#pragma once

#include <map>
#include <random>
#include <string>
#include <vector>

#include "core/data/mutation.h"
#include "core/data/read_range.h"
#include "core/data/schema.h"

namespace ringlet::sim {

using Dice = std::mt19937_64;
inline uint64_t roll(Dice& dice, uint64_t below) { return dice() % below; }

// ((p text), c int) with a static, two plain columns and a map; or, without clustering, just the columns.
Table model_table(uint8_t number, const std::string& keyspace, bool clustering);
inline constexpr uint32_t kStaticColumn = 3, kTextColumn = 4, kOtherColumn = 5, kMapColumn = 6;

Bytes row_position(const Table& table, int32_t c);

// Random writes to few partitions and rows, so that they meet. Timestamps lie in a narrow band around `base`.
struct WriteDice {
  Dice& dice;
  int64_t base = 1000;
  Seconds now;
  int partitions = 6, rows = 8;
  Mutation mutation(const Table& table);

 private:
  Timestamp stamp() { return Timestamp{base + static_cast<int64_t>(roll(dice, 40))}; }
  Bytes row(uint32_t first_column, uint32_t last_column, bool liveness);
};

// One line for each thing a client sees: partitions that have a live row or static row, and those.
using Seen = std::vector<std::string>;
std::string describe_row(BytesView row, Seconds now);  // of a live row: what is live in it

class DataModel {
 public:
  void apply(const Mutation& mutation);
  void truncate(const TableId& table) { tables_.erase(table); }
  Seen read(const TableId& table, const ReadRange& range, Seconds now) const;
  size_t writes() const { return writes_; }

 private:
  struct Partition {
    Deletion deletion;
    std::vector<RangeWrite> ranges;
    std::vector<Bytes> static_rows;
    std::map<Bytes, std::vector<Bytes>> rows;
  };
  static bool describe(const Partition& partition, const ReadRange& range, const std::vector<Slice>& slices,
                       Seconds now, Seen& out);
  std::map<TableId, std::map<Bytes, Partition>> tables_;
  size_t writes_ = 0;
};

}  // namespace ringlet::sim
