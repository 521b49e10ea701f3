#include "core/cql/row_edit.h"

#include <algorithm>

#include "core/data/counter.h"
#include "core/data/reconcile.h"

namespace ringlet::cql {

void RowEdit::make_live() { live_ = true; }

void RowEdit::put(ColumnId column, TermValue value) { add(column, false, {}, std::move(value)); }

void RowEdit::put(ColumnId column, CellPath path, TermValue value) { add(column, true, std::move(path), std::move(value)); }

void RowEdit::add(ColumnId column, bool has_path, CellPath path, TermValue value) {
  if (value.is_unset()) return;
  const CellKind kind = value.is_null() ? CellKind::tombstone : stamp_.ttl != 0 ? CellKind::expiring : CellKind::live;
  cells_.push_back({column, kind, has_path, std::move(path), std::move(value)});
}

// One microsecond before: cells written at the same time, by this statement or another, stay.
void RowEdit::overwrite(ColumnId column) { complex_.push_back({column, {Timestamp{stamp_.at.raw - 1}, stamp_.now}}); }

void RowEdit::remove_all(ColumnId column) { complex_.push_back({column, {stamp_.at, stamp_.now}}); }

void RowEdit::count(ColumnId column, const Uuid& replica, int64_t delta, BytesView before) {
  const auto counted = std::ranges::find_if(
      cells_, [&](const Cell& cell) { return cell.column == column && cell.kind == CellKind::counter; });
  if (counted != cells_.end()) {
    counted->value = TermValue::own(counter_add(counted->value.bytes(), replica, delta));
  } else {
    cells_.push_back({column, CellKind::counter, false, {}, TermValue::own(counter_add(before, replica, delta))});
  }
}

CellView RowEdit::view(const Cell& cell) const {
  CellView view;
  view.column = cell.column;
  view.kind = cell.kind;
  view.at = stamp_.at;
  view.has_path = cell.has_path;
  view.path = cell.path.path;
  view.path_as_written = cell.path.as_written;
  if (cell.kind == CellKind::tombstone) {
    view.local = stamp_.now;
    return view;
  }
  view.value = cell.value.bytes();
  if (cell.kind == CellKind::expiring) {
    view.ttl = stamp_.ttl;
    view.local = stamp_.expires();
    view.boot = stamp_.boot;
  }
  return view;
}

void RowEdit::sort_cells() {
  const auto before = [](const Cell& a, const Cell& b) {
    if (a.column != b.column) return a.column < b.column;
    if (a.has_path != b.has_path) return b.has_path;
    return a.path.path < b.path.path;
  };
  if (!std::ranges::is_sorted(cells_, before)) std::ranges::sort(cells_, before);
  std::ranges::sort(complex_, {}, &ComplexDeletion::column);
}

void RowEdit::write(BytesView clustering_as_written, Bytes& out) {
  sort_cells();
  RowBuilder row(out);
  if (live_) row.liveness({stamp_.at, stamp_.ttl, stamp_.expires(), stamp_.ttl == 0 ? 0 : stamp_.boot});
  row.clustering_as_written(clustering_as_written);
  for (size_t i = 0; i < complex_.size();) {
    Deletion deletion = complex_[i].deletion;
    const ColumnId column = complex_[i].column;
    while (++i < complex_.size() && complex_[i].column == column) deletion = newer(deletion, complex_[i].deletion);
    row.complex_deletion(column, deletion);
  }
  for (size_t i = 0; i < cells_.size();) {
    CellView best = view(cells_[i]);
    while (++i < cells_.size() && cells_[i].column == best.column && cells_[i].path.path == best.path) {
      const CellView other = view(cells_[i]);
      if (!first_wins(best, other)) best = other;
    }
    row.cell(best);
  }
  row.finish();
}

}  // namespace ringlet::cql
