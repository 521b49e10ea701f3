// RowInput: one row as selection and filters see it: key components, and for each column that the statement looks at, its
// live cell or cells. Whoever reads storage fills it; nothing is allocated for a row once its vectors have grown.
//
//   RowInput input(shape);
//   input.partition(components);                 // once for each partition
//   input.static_row(encoded, now);              // or no_static_row()
//   input.row(components, encoded, now);         // for each row; or no_row(): only the static one is there
//
// Encoded rows (core/data/row.h) must be merged already, with every deletion over them applied. All views must outlive
// what is done with the row.
#pragma once

#include <span>
#include <vector>

#include "core/base/bytes.h"
#include "core/data/row.h"
#include "core/data/schema.h"

namespace ringlet::cql {

// The static and regular columns that a statement looks at. Slot i of a RowInput is columns()[i].
class RowShape {
 public:
  explicit RowShape(TableRef table) : table_(std::move(table)) {}
  const Table& table() const { return *table_; }
  size_t slot_of(const Column& column);  // adds the column where it is new; static or regular only
  const std::vector<const Column*>& columns() const { return columns_; }
  bool wants_statics() const { return wants_statics_; }
  int slot_of(ColumnId id) const {  // below 0: nobody looks at it
    return id.raw < slots_by_id_.size() ? slots_by_id_[id.raw] : -1;
  }

 private:
  TableRef table_;
  std::vector<const Column*> columns_;
  std::vector<int16_t> slots_by_id_;
  bool wants_statics_ = false;
};

struct RowCopy;

struct ColumnInput {
  bool live = false;  // simple columns: `cell` is the value. Multi-cell: `elements` is not empty
  CellView cell;
  std::vector<CellView> elements;  // live ones, in path order
  Bytes counter;                   // 8 bytes, for counter columns: the sum
};

class RowInput {
 public:
  explicit RowInput(const RowShape& shape);

  void partition(std::span<const BytesView> components) { partition_ = components; }
  void no_static_row();
  Status static_row(BytesView encoded, Seconds now);  // corrupt bytes: Errc::corrupt
  void no_row();
  Status row(std::span<const BytesView> clustering, BytesView encoded, Seconds now);

  std::span<const BytesView> partition_key() const { return partition_; }
  std::span<const BytesView> clustering() const { return clustering_; }  // empty: no row here
  bool has_row() const { return has_row_; }
  // The same row, owning its bytes: for what outlives the views (a group's first row).
  void copy_to(RowCopy& copy) const;
  const ColumnInput& column(size_t slot) const { return columns_[slot]; }
  // Of the row or static row that was given last: its deleted and expired cells, whether the statement looks at them or not.
  uint32_t dead_cells() const { return dead_cells_; }
  Seconds now() const { return now_; }

  // Simple columns and key columns: the value's bytes; null where there is none.
  std::optional<BytesView> simple_value(size_t slot) const {
    const ColumnInput& input = columns_[slot];
    if (!input.live) return std::nullopt;
    return input.cell.kind == CellKind::counter ? BytesView(input.counter) : input.cell.value;
  }

 private:
  void clear(bool statics);
  Status load(BytesView encoded, Seconds now);
  void take(size_t slot, const CellView& cell);

  const RowShape* shape_;
  std::span<const BytesView> partition_, clustering_;
  bool has_row_ = false;
  uint32_t dead_cells_ = 0;
  Seconds now_{0};
  std::vector<ColumnInput> columns_;
};

// A row that owns what it looks at. Used again for the next one, its buffers stay.
struct RowCopy {
  explicit RowCopy(const RowShape& shape) : row(shape) {}
  RowInput row;
  Bytes bytes;
  std::vector<BytesView> partition, clustering;
};

}  // namespace ringlet::cql
