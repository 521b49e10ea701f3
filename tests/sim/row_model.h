// RowModel: what a database holds, told by rules of its own: which cell wins, what a deletion hides, when something expires. It
// shares no code with core/data/reconcile, knows no files, and its state does not grow with the number of writes: rows come
// from a small, fixed set of positions, and a deletion of any kind is noted at each row that it covers.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/sim/data_model.h"

namespace ringlet::sim {

class RowModel {
 public:
  // Of one table, whose rows are 0 .. rows - 1 (model_table(), WriteDice).
  RowModel(const Table& table, int rows);

  void apply(const Mutation& mutation);
  void truncate() { partitions_.clear(); }
  Seen read(const ReadRange& range, Seconds now) const;

 private:
  struct Cell {
    int64_t at = INT64_MIN;
    int rank = 0;                // of its kind, at one timestamp: live, expiring, tombstone
    int64_t local = 0, ttl = 0;  // when it expires, or was deleted
    std::string value;
  };
  struct Row {
    Cell liveness;
    int64_t deleted = INT64_MIN, map_deleted = INT64_MIN;  // what was written then or before is gone
    std::map<std::pair<uint32_t, std::string>, Cell> cells;
  };
  struct Partition {
    Row static_row;
    std::vector<Row> rows;
  };
  static bool beats(const Cell& a, const Cell& b);
  static bool alive(const Cell& cell, int64_t deleted, Seconds now);
  static void write(Row& row, BytesView bytes);
  static std::string describe(const Row& row, Seconds now);  // empty: nothing lives

  std::vector<Bytes> positions_;
  std::map<Bytes, Partition> partitions_;  // by prefix
};

}  // namespace ringlet::sim
