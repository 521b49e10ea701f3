#include "core/cql/row_edit.h"

#include <algorithm>

#include "core/base/limits.h"
#include "core/data/counter.h"
#include "core/data/reconcile.h"

namespace ringlet::cql {

void RowEdit::begin_again(const WriteStamp& stamp) {
  stamp_ = stamp;
  live_ = false;
  bytes_ = 0;
  complex_.clear();
  cells_.clear();
  paths_.clear();
  kept_.clear();
}

void RowEdit::make_live() { live_ = true; }

BytesView RowEdit::keep(TermValue&& value) {
  return value.is_borrowed() ? value.bytes() : BytesView(kept_.emplace_front(std::move(value).to_bytes()));
}

void RowEdit::put(ColumnId column, TermValue value) {
  if (value.is_null())
    add(column, CellKind::tombstone, nullptr, {});
  else if (value.has_bytes())
    add(column, kind_of_value(), nullptr, keep(std::move(value)));
}

void RowEdit::put(ColumnId column, const CellPath& path, TermValue value) {
  if (value.is_null())
    remove(column, path);
  else if (value.has_bytes())
    put(column, path, keep(std::move(value)));
}

void RowEdit::put(ColumnId column, const CellPath& path, BytesView value) {
  add(column, kind_of_value(), &path, value);
}

void RowEdit::add(ColumnId column, CellKind kind, const CellPath* path, BytesView value) {
  constexpr size_t kCellBytes = 10;  // column, header, timestamp
  bytes_ += kCellBytes + value.size() + (path ? path->path.size() + path->as_written.size() : 0);
  if (bytes_ > kMutationBytesMax) return;  // write() refuses it
  Cell& cell = cells_.emplace_back(Cell{.column = column, .kind = kind, .value = value});
  if (!path) return;
  cell.has_path = true;
  cell.path_at = static_cast<uint32_t>(paths_.size());
  cell.path_bytes = static_cast<uint32_t>(path->path.size());
  cell.as_written_bytes = static_cast<uint32_t>(path->as_written.size());
  paths_.append(path->path).append(path->as_written);
}

// One microsecond before: cells written at the same time, by this statement or another, stay.
void RowEdit::overwrite(ColumnId column) { complex_.push_back({column, {Timestamp{stamp_.at.raw - 1}, stamp_.now}}); }

void RowEdit::remove_all(ColumnId column) { complex_.push_back({column, {stamp_.at, stamp_.now}}); }

void RowEdit::count(ColumnId column, const Uuid& replica, int64_t delta, BytesView before) {
  const auto counted = std::ranges::find_if(
      cells_, [&](const Cell& cell) { return cell.column == column && cell.kind == CellKind::counter; });
  const bool first = counted == cells_.end();
  const BytesView shards = kept_.emplace_front(counter_add(first ? before : counted->value, replica, delta, stamp_.at));
  if (first)
    add(column, CellKind::counter, nullptr, shards);
  else
    counted->value = shards;
}

CellView RowEdit::view(const Cell& cell) const {
  CellView view;
  view.column = cell.column;
  view.kind = cell.kind;
  view.at = stamp_.at;
  view.has_path = cell.has_path;
  view.path = path(cell);
  view.path_as_written = BytesView(paths_).substr(cell.path_at + cell.path_bytes, cell.as_written_bytes);
  if (cell.kind == CellKind::tombstone) {
    view.local = stamp_.now;
    return view;
  }
  view.value = cell.value;
  if (cell.kind == CellKind::expiring) {
    view.ttl = stamp_.ttl;
    view.local = stamp_.expires();
    view.boot = stamp_.boot;
  }
  return view;
}

void RowEdit::sort_cells() {
  const auto before = [this](const Cell& a, const Cell& b) {
    if (a.column != b.column) return a.column < b.column;
    if (a.has_path != b.has_path) return b.has_path;
    return path(a) < path(b);
  };
  if (!std::ranges::is_sorted(cells_, before)) std::ranges::sort(cells_, before);
  std::ranges::sort(complex_, {}, &ComplexDeletion::column);
}

Status RowEdit::write(BytesView clustering_as_written, Bytes& out) {
  if (bytes_ > kMutationBytesMax)
    return fail(Errc::invalid, "Mutation of " + std::to_string(bytes_) +
                                   " bytes is too large for the maximum size of " + std::to_string(kMutationBytesMax));
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
    while (++i < cells_.size() && cells_[i].column == best.column && path(cells_[i]) == best.path) {
      const CellView other = view(cells_[i]);
      if (!first_wins(best, other)) best = other;
    }
    row.cell(best);
  }
  row.finish();
  return {};
}

}  // namespace ringlet::cql
