#include "tests/sim/row_model.h"

#include <algorithm>

#include "core/base/must.h"
#include "core/data/keys.h"

namespace ringlet::sim {

RowModel::RowModel(const Table& table, int rows) {
  if (!table.has_clustering()) {
    positions_.emplace_back();
    return;
  }
  for (int c = 0; c < rows; ++c) positions_.push_back(row_position(table, c));
}

bool RowModel::beats(const Cell& a, const Cell& b) {
  if (a.at != b.at) return a.at > b.at;
  if (a.rank != b.rank) return a.rank > b.rank;
  if (a.local != b.local) return a.local > b.local;
  if (a.value != b.value) return a.value > b.value;
  return a.ttl > b.ttl;
}

bool RowModel::alive(const Cell& cell, int64_t deleted, Seconds now) {
  if (cell.at == INT64_MIN || cell.at <= deleted || cell.rank == 2) return false;
  return cell.rank == 0 || now.raw < cell.local;
}

void RowModel::write(Row& row, BytesView bytes) {
  RowReader reader(bytes);
  if (const Liveness& told = reader.liveness(); !told.none()) {
    const Cell liveness{told.at.raw, told.expiring() ? 1 : 0, told.expiring() ? told.expires.raw : 0, told.ttl, {}};
    if (beats(liveness, row.liveness)) row.liveness = liveness;
  }
  if (!reader.deletion().none()) row.deleted = std::max(row.deleted, reader.deletion().at.raw);
  for (const ComplexDeletion& each : reader.complex_deletions())
    row.map_deleted = std::max(row.map_deleted, each.deletion.at.raw);
  for (CellView told; reader.next(told);) {
    Cell cell{told.at.raw, 0, 0, told.ttl, std::string(told.value)};
    if (told.kind == CellKind::tombstone) cell.rank = 2;
    if (told.kind == CellKind::expiring) cell.rank = 1;
    if (cell.rank > 0) cell.local = told.local.raw;
    Cell& kept = row.cells[{told.column.raw, std::string(told.path)}];
    if (beats(cell, kept)) kept = cell;
  }
}

void RowModel::apply(const Mutation& mutation) {
  Bytes prefix;
  append_partition_prefix(mutation.token, mutation.partition_key, prefix);
  Partition& partition = partitions_[prefix];
  partition.rows.resize(positions_.size());
  if (!mutation.partition_deletion.none()) {
    const int64_t at = mutation.partition_deletion.at.raw;
    partition.static_row.deleted = std::max(partition.static_row.deleted, at);
    for (Row& row : partition.rows) row.deleted = std::max(row.deleted, at);
  }
  for (const RangeWrite& range : mutation.ranges)
    for (size_t i = 0; i < positions_.size(); ++i)
      if (range.start <= positions_[i] && positions_[i] < range.end)
        partition.rows[i].deleted = std::max(partition.rows[i].deleted, range.deletion.at.raw);
  if (!mutation.static_row.empty()) write(partition.static_row, mutation.static_row);
  for (const RowWrite& told : mutation.rows) {
    const auto at = std::ranges::find(positions_, told.position);
    MUST(at != positions_.end());
    write(partition.rows[static_cast<size_t>(at - positions_.begin())], told.row);
  }
}

std::string RowModel::describe(const Row& row, Seconds now) {
  std::string out;
  const auto stamp = [](const Cell& cell) { return "@" + std::to_string(cell.at) + "/" + std::to_string(cell.ttl); };
  if (alive(row.liveness, row.deleted, now)) out += " " + stamp(row.liveness);
  for (const auto& [place, cell] : row.cells) {
    const int64_t deleted = place.first == kMapColumn ? std::max(row.deleted, row.map_deleted) : row.deleted;
    if (!alive(cell, deleted, now)) continue;
    out += " " + std::to_string(place.first) + ":" + place.second + "=" + cell.value + stamp(cell);
  }
  return out;
}

Seen RowModel::read(const ReadRange& range, Seconds now) const {
  Seen seen;
  auto at = partitions_.lower_bound(range.first_prefix);
  for (; at != partitions_.end(); ++at) {
    const auto& [prefix, partition] = *at;
    if (range.one_partition ? prefix != range.first_prefix : !range.last_prefix.empty() && prefix >= range.last_prefix)
      break;
    const size_t before = seen.size();
    seen.push_back("partition " + prefix);
    const std::string statics = range.static_row ? describe(partition.static_row, now) : std::string();
    if (!statics.empty()) seen.push_back("static" + statics);
    for (size_t n = 0; n < positions_.size(); ++n) {
      const size_t i = range.reversed ? positions_.size() - 1 - n : n;
      const auto holds = [&](const Slice& s) { return s.start <= positions_[i] && positions_[i] < s.end; };
      if (std::ranges::none_of(range.slices, holds)) continue;
      const std::string row = describe(partition.rows[i], now);
      if (!row.empty()) seen.push_back("row " + positions_[i] + row);
    }
    if (seen.size() == before + 1) seen.pop_back();
  }
  return seen;
}

}  // namespace ringlet::sim
