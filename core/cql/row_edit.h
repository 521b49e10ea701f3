// RowEdit: what one statement does to one row, collected in any order and written as RowBuilder wants it.
//
// Where a statement names one cell twice (`m['a'] = 1, m['a'] = 2`), the cell that reconciliation prefers stays, as if they
// had been two statements of one timestamp. Counters add up.
//
// Values that are views must stay where they are until write(); keep() takes those that nobody else holds. A row that grows
// beyond a mutation's bound stops growing, and write() says so.
#pragma once

#include <forward_list>
#include <vector>

#include "core/cql/multi_cell.h"
#include "core/cql/terms.h"
#include "core/data/row.h"

namespace ringlet::cql {

struct WriteStamp {
  Timestamp at;
  uint32_t ttl = 0;  // seconds; 0: none
  Seconds now;
  uint32_t boot = 0;

  Seconds expires() const { return ttl == 0 ? kNoExpiry : Seconds{now.raw + ttl}; }
};

class RowEdit {
 public:
  RowEdit(const WriteStamp& stamp, size_t cells) : stamp_(stamp) { cells_.reserve(cells); }
  void begin_again(const WriteStamp& stamp);  // as if new; the storage stays

  BytesView keep(TermValue&& value);           // must have bytes
  void make_live();                            // INSERT's row marker
  void put(ColumnId column, TermValue value);  // a value; null is a tombstone, unset is nothing
  void put(ColumnId column, const CellPath& path, TermValue value);
  void put(ColumnId column, const CellPath& path, BytesView value);
  void remove(ColumnId column, const CellPath& path) { add(column, CellKind::tombstone, &path, {}); }
  void overwrite(ColumnId column);   // all cells before this write: what assigning a collection means
  void remove_all(ColumnId column);  // all cells up to this write
  void count(ColumnId column, const Uuid& replica, int64_t delta, BytesView before);  // `before`: shards as they were

  // Appends the row's encoding; nothing where nothing was edited. Errc::invalid where it is too large.
  Status write(BytesView clustering_as_written, Bytes& out);

 private:
  // A statement may make a million of these: paths lie behind each other in paths_.
  struct Cell {
    ColumnId column;
    CellKind kind;
    bool has_path = false;
    uint32_t path_at = 0, path_bytes = 0, as_written_bytes = 0;
    BytesView value;
  };
  CellKind kind_of_value() const { return stamp_.ttl != 0 ? CellKind::expiring : CellKind::live; }
  void add(ColumnId column, CellKind kind, const CellPath* path, BytesView value);
  BytesView path(const Cell& cell) const { return BytesView(paths_).substr(cell.path_at, cell.path_bytes); }
  CellView view(const Cell& cell) const;
  void sort_cells();

  WriteStamp stamp_;
  bool live_ = false;
  size_t bytes_ = 0;  // about what the row will take
  std::vector<ComplexDeletion> complex_;
  std::vector<Cell> cells_;
  Bytes paths_;
  std::forward_list<Bytes> kept_;  // stay where they are
};

}  // namespace ringlet::cql
