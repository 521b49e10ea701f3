#include "core/cql/row_input.h"

#include "core/base/must.h"
#include "core/data/counter.h"

namespace ringlet::cql {

size_t RowShape::slot_of(const Column& column) {
  MUST(column.kind == ColumnKind::static_ || column.kind == ColumnKind::regular);
  if (const int known = slot_of(column.id); known >= 0) return static_cast<size_t>(known);
  if (column.id.raw >= slots_by_id_.size()) slots_by_id_.resize(column.id.raw + 1, -1);
  slots_by_id_[column.id.raw] = static_cast<int16_t>(columns_.size());
  columns_.push_back(&column);
  wants_statics_ |= column.kind == ColumnKind::static_;
  return columns_.size() - 1;
}

RowInput::RowInput(const RowShape& shape) : shape_(&shape), columns_(shape.columns().size()) {}

void RowInput::clear(bool statics) {
  for (size_t slot = 0; slot < columns_.size(); ++slot) {
    if ((shape_->columns()[slot]->kind == ColumnKind::static_) != statics) continue;
    columns_[slot].live = false;
    columns_[slot].elements.clear();
  }
}

void RowInput::no_static_row() { clear(true); }

Status RowInput::static_row(BytesView encoded, Seconds now) {
  clear(true);
  return load(encoded, now);
}

void RowInput::no_row() {
  clear(false);
  clustering_ = {};
  has_row_ = false;
}

Status RowInput::row(std::span<const BytesView> clustering, BytesView encoded, Seconds now) {
  clear(false);
  clustering_ = clustering;
  has_row_ = true;
  return load(encoded, now);
}

Status RowInput::load(BytesView encoded, Seconds now) {
  now_ = now;
  dead_cells_ = 0;
  if (encoded.empty()) return {};  // an empty row has no header either
  RowReader reader(encoded);
  CellView cell;
  while (reader.next(cell)) {
    if (!cell.live_at(now)) {
      ++dead_cells_;
      continue;
    }
    const int slot = shape_->slot_of(cell.column);
    if (slot >= 0) take(static_cast<size_t>(slot), cell);
  }
  if (reader.bad())
    return fail(Errc::corrupt, "a row of table " + shape_->table().keyspace + "." + shape_->table().name);
  return {};
}

void RowInput::copy_to(RowCopy& copy) const {
  size_t total = 0;
  const auto each_view = [](auto& row, auto visit) {
    for (auto& column : row.columns_) {
      if (!column.live) continue;
      visit(column.cell.value);
      for (auto& cell : column.elements) visit(cell.path), visit(cell.path_as_written), visit(cell.value);
    }
  };
  for (const BytesView view : partition_) total += view.size();
  for (const BytesView view : clustering_) total += view.size();
  each_view(*this, [&total](const BytesView& view) { total += view.size(); });
  copy.bytes.clear();
  copy.bytes.reserve(total);  // views into it must stay where they are
  const auto keep = [&copy](BytesView& view) {
    const size_t at = copy.bytes.size();
    copy.bytes.append(view);
    view = BytesView(copy.bytes).substr(at, view.size());
  };
  copy.row = *this;
  copy.partition.assign(partition_.begin(), partition_.end());
  copy.clustering.assign(clustering_.begin(), clustering_.end());
  for (BytesView& view : copy.partition) keep(view);
  for (BytesView& view : copy.clustering) keep(view);
  each_view(copy.row, keep);
  copy.row.partition_ = copy.partition;
  copy.row.clustering_ = copy.clustering;
}

void RowInput::take(size_t slot, const CellView& cell) {
  ColumnInput& input = columns_[slot];
  input.live = true;
  if (cell.has_path) {
    input.elements.push_back(cell);
    return;
  }
  input.cell = cell;
  if (cell.kind != CellKind::counter) return;
  input.counter.clear();
  ByteWriter(input.counter).big<int64_t>(counter_sum(cell.value));
}

}  // namespace ringlet::cql
