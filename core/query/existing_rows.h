// Rows as they are now, for what must read before it writes: conditions, counters, list elements. On the owner's shard, under
// the partition's lock.
#pragma once

#include <map>
#include <memory>

#include "core/cql/row_input.h"
#include "core/shard/shard.h"

namespace ringlet {

struct ExistingRow {
  explicit ExistingRow(const cql::RowShape& shape) : input(shape) {}
  Bytes static_row, row;  // encoded and live; empty: there is none
  std::vector<Bytes> clustering;
  std::vector<BytesView> clustering_views;
  cql::RowInput input;
  bool exists = false;  // the row is live
  bool static_exists = false;
};

// The wanted rows of one partition, by position; a row that is not there is an empty ExistingRow. The static row is part of
// each. `prefix` and `key_parts` must outlive the result. Tombstones count as in a SELECT of these rows: Errc::tombstones past
// `tombstones_max`.
class ExistingRows {
 public:
  static Task<Result<ExistingRows>> read(Shard& shard, TableRef table, const cql::RowShape& shape, BytesView prefix,
                                         const std::vector<BytesView>& key_parts, const std::vector<Bytes>& positions,
                                         Seconds now, uint32_t tombstones_max, const RequestContext& context);
  const ExistingRow& at(BytesView position) const;
  Timestamp newest_timestamp() const { return newest_; }  // of anything live in them; 0 where nothing is

 private:
  void note_timestamps(BytesView row);

  std::map<Bytes, std::unique_ptr<ExistingRow>, std::less<>> rows_;
  Timestamp newest_{0};
};

}  // namespace ringlet
