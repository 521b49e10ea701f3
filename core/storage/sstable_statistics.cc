#include "core/storage/sstable_statistics.h"

#include <algorithm>

#include "core/base/must.h"

namespace ringlet {

void StatisticsBuilder::partition(BytesView prefix) {
  if (statistics_.partitions++ == 0) statistics_.first_prefix = prefix;
  statistics_.last_prefix = prefix;
}

void StatisticsBuilder::partition_deletion(const Deletion& d) {
  ++statistics_.partition_deletions;
  deletion(d);
}

void StatisticsBuilder::marker(BytesView position, const Deletion& before, const Deletion& after) {
  ++statistics_.markers;
  place(position);
  for (const Deletion& d : {before, after})
    if (!d.none()) deletion(d);
}

void StatisticsBuilder::static_row(BytesView row) {
  ++statistics_.static_rows;
  content(row);
}

void StatisticsBuilder::row(BytesView position, BytesView row) {
  ++statistics_.rows;
  place(position);
  content(row);
}

void StatisticsBuilder::written(Timestamp at) {
  statistics_.min_timestamp = std::min(statistics_.min_timestamp, at);
  statistics_.max_timestamp = std::max(statistics_.max_timestamp, at);
}

void StatisticsBuilder::deletion(const Deletion& d) {
  ++statistics_.tombstones;
  written(d.at);
  expires(d.local);
}

void StatisticsBuilder::expires(Seconds when) {
  statistics_.min_expiry = std::min(statistics_.min_expiry, when);
  statistics_.max_expiry = std::max(statistics_.max_expiry, when);
}

// Nobody knows when a cell stamped under an untrusted clock ends, so it counts as one that lives.
void StatisticsBuilder::lives() { any_lives_ = true; }

void StatisticsBuilder::place(BytesView position) {
  if (!any_position_ || position < BytesView(statistics_.first_position)) statistics_.first_position = position;
  if (!any_position_ || position > BytesView(statistics_.last_position)) statistics_.last_position = position;
  any_position_ = true;
}

void StatisticsBuilder::content(BytesView row) {
  RowReader reader(row);
  if (const Liveness& liveness = reader.liveness(); !liveness.none()) {
    written(liveness.at);
    if (liveness.expiring() && liveness.boot == 0)
      expires(liveness.expires);
    else
      lives();
  }
  if (!reader.deletion().none()) deletion(reader.deletion());
  for (const ComplexDeletion& complex : reader.complex_deletions()) deletion(complex.deletion);
  for (CellView c; reader.next(c);) cell(c);
  MUST(!reader.bad());  // rows were checked where they came in
}

void StatisticsBuilder::cell(const CellView& c) {
  ++statistics_.cells;
  if (c.kind == CellKind::tombstone) return deletion({c.at, c.local});
  written(c.at);
  if (c.kind == CellKind::expiring) {
    ++statistics_.expiring_cells;
    if (c.boot == 0) return expires(c.local);
  }
  lives();
}

SstableStatistics StatisticsBuilder::result() const {
  SstableStatistics result = statistics_;
  result.all_expire = !any_lives_ && result.partitions > 0;
  return result;
}

}  // namespace ringlet
