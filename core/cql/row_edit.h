// RowEdit: what one statement does to one row, collected in any order and written as RowBuilder wants it.
//
// Where a statement names one cell twice (`m['a'] = 1, m['a'] = 2`), the cell that reconciliation prefers stays, as if they
// had been two statements of one timestamp. Counters add up.
#pragma once

#include <vector>

#include "core/cql/multi_cell.h"
#include "core/cql/terms.h"
#include "core/data/row.h"

namespace ringlet::cql {

struct WriteStamp {
  Timestamp at;
  uint32_t ttl = 0;                  // seconds; 0: none
  Seconds now;
  uint32_t boot = 0;

  Seconds expires() const { return ttl == 0 ? kNoExpiry : Seconds{now.raw + ttl}; }
};

class RowEdit {
 public:
  explicit RowEdit(const WriteStamp& stamp) : stamp_(stamp) {}

  void make_live();                                       // INSERT's row marker
  void put(ColumnId column, TermValue value);             // a value; null is a tombstone, unset is nothing
  void put(ColumnId column, CellPath path, TermValue value);
  void remove(ColumnId column, CellPath path) { put(column, std::move(path), TermValue::null()); }
  void overwrite(ColumnId column);                        // all cells before this write: what assigning a collection means
  void remove_all(ColumnId column);                       // all cells up to this write
  void count(ColumnId column, const Uuid& replica, int64_t delta, BytesView before);   // `before`: shards as they were

  // Appends the row's encoding; nothing where nothing was edited.
  void write(BytesView clustering_as_written, Bytes& out);

 private:
  struct Cell {
    ColumnId column;
    CellKind kind;
    bool has_path;
    CellPath path;
    TermValue value;
  };
  void add(ColumnId column, bool has_path, CellPath path, TermValue value);
  CellView view(const Cell& cell) const;
  void sort_cells();

  WriteStamp stamp_;
  bool live_ = false;
  std::vector<ComplexDeletion> complex_;
  std::vector<Cell> cells_;
};

}  // namespace ringlet::cql
