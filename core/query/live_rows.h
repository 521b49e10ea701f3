// LiveRows: a stream of fragments as a reader sees it at one moment: partitions with their live static row and live rows,
// every deletion applied. What a client must not see ends here.
//
// Counts tombstones as Cassandra does, in what is left when every deletion is applied: deleted and expired cells, a row of which
// nothing is live and that has no such cell, each end of a range; and a partition's deletion too. What a deletion hides is not counted.
// Cells of rows that are live are counted by who reads them (cql::RowInput::dead_cells), and told here.
#pragma once

#include <vector>

#include "core/base/limits.h"
#include "core/storage/fragment.h"

namespace ringlet {

struct LiveItem {
  enum class Kind : uint8_t { partition, static_row, row, partition_end };
  Kind kind = Kind::partition;
  BytesView prefix;    // of the partition
  BytesView position;  // row
  BytesView row;       // static_row, row: encoded, deletions applied, something live in it
};

class LiveRows {
 public:
  LiveRows() = default;
  LiveRows(FragmentStream& stream, Seconds now, bool reversed, uint32_t tombstones_max = kTombstoneFail) {
    begin(stream, now, reversed, tombstones_max);
  }
  // As if new; the storage stays.
  void begin(FragmentStream& stream, Seconds now, bool reversed, uint32_t tombstones_max);

  // Step::blocked: co_await stream.load(), then again. A partition of which nothing is live is still begun and ended.
  // Errc::tombstones past tombstones_max.
  Result<Step> next(LiveItem& out);
  Status count_tombstones(uint32_t number) {  // in what next() has told; Errc::tombstones as next()
    tombstones_ += number;
    return tombstones_ <= tombstones_max_ ? Status{} : too_many();
  }
  void skip_partition();
  uint32_t tombstones() const { return tombstones_; }

 private:
  Result<bool> show(const Fragment& fragment, const Deletion& covering, LiveItem& out);  // false: nothing live
  Status too_many() const;

  FragmentStream* stream_ = nullptr;
  Seconds now_;
  bool reversed_ = false;
  Deletion partition_, range_;
  bool in_partition_ = false, pending_ = false;
  Fragment ahead_;  // the next partition's beginning, while the end of the last one is told
  Bytes prefix_, kept_;
  uint32_t tombstones_ = 0, tombstones_max_ = kTombstoneFail;
};

}  // namespace ringlet
