// Random rows and mutations for tests: small domains, so that columns, paths and timestamps collide often.
#pragma once

#include <map>
#include <random>
#include <vector>

#include "core/data/mutation.h"
#include "core/data/row.h"

namespace ringlet::testing {

using Dice = std::mt19937_64;

inline constexpr uint64_t kSeeds[] = {1, 2, 3, 5, 8, 13, 21, 34, 55, 89};

inline uint64_t roll(Dice& dice, uint64_t below) { return dice() % below; }
inline bool chance(Dice& dice, int percent) { return roll(dice, 100) < static_cast<uint64_t>(percent); }

inline Bytes random_bytes(Dice& dice, size_t size_max) {
  Bytes bytes(roll(dice, size_max + 1), '\0');
  for (char& c : bytes) c = chance(dice, 30) ? static_cast<char>(roll(dice, 2) ? 0xFF : 0) : static_cast<char>(dice());
  return bytes;
}

inline Timestamp random_timestamp(Dice& dice) { return Timestamp{static_cast<int64_t>(roll(dice, 6)) - 2}; }
inline Deletion random_deletion(Dice& dice) {
  return chance(dice, 25) ? Deletion{random_timestamp(dice), Seconds{static_cast<int64_t>(roll(dice, 3))}} : Deletion{};
}

// A row as it was written: what a builder is told and a reader must tell.
struct RowModel {
  Liveness liveness;
  Deletion deletion;
  Bytes clustering;
  std::map<uint32_t, Deletion> complex;
  struct Cell {
    CellView view;  // column, path, path_as_written and value point into the strings below
    Bytes path, path_as_written, value;
  };
  std::vector<Cell> cells;

  bool empty() const { return liveness.none() && deletion.none() && complex.empty() && cells.empty(); }
  Bytes encode() const {
    Bytes out;
    RowBuilder builder{out};
    builder.liveness(liveness);
    builder.deletion(deletion);
    builder.clustering_as_written(clustering);
    for (const auto& [column, each] : complex) builder.complex_deletion(ColumnId{column}, each);
    for (const Cell& cell : cells) {
      CellView view = cell.view;
      view.path = cell.path;
      view.path_as_written = cell.path_as_written;
      view.value = cell.value;
      builder.cell(view);
    }
    builder.finish();
    return out;
  }
};

inline RowModel::Cell random_cell(Dice& dice, uint32_t column) {
  RowModel::Cell cell;
  cell.view.column = ColumnId{column};
  cell.view.at = random_timestamp(dice);
  cell.view.kind = static_cast<CellKind>(roll(dice, 3));
  if (cell.view.kind == CellKind::tombstone) cell.view.local = Seconds{static_cast<int64_t>(roll(dice, 3))};
  if (cell.view.kind == CellKind::expiring) {
    cell.view.ttl = static_cast<uint32_t>(roll(dice, 3));
    cell.view.local = Seconds{static_cast<int64_t>(roll(dice, 3))};
    cell.view.boot = static_cast<uint32_t>(roll(dice, 2));
  }
  if (cell.view.kind != CellKind::tombstone) cell.value = random_bytes(dice, 2);
  return cell;
}

// Columns 1 .. 3 are simple, 4 and 5 hold collections.
inline RowModel random_row(Dice& dice) {
  RowModel row;
  if (chance(dice, 50)) row.liveness.at = random_timestamp(dice);
  if (!row.liveness.none() && chance(dice, 40)) {
    row.liveness.ttl = static_cast<uint32_t>(roll(dice, 3));
    row.liveness.expires = Seconds{static_cast<int64_t>(roll(dice, 3))};
    row.liveness.boot = static_cast<uint32_t>(roll(dice, 2));
  }
  row.deletion = random_deletion(dice);
  if (chance(dice, 20)) row.clustering = random_bytes(dice, 4);
  for (uint32_t column = 1; column <= 3; ++column) {
    if (chance(dice, 50)) row.cells.push_back(random_cell(dice, column));
  }
  for (uint32_t column = 4; column <= 5; ++column) {
    if (const Deletion deletion = random_deletion(dice); !deletion.none()) row.complex[column] = deletion;
    std::map<Bytes, bool> paths;
    for (uint64_t left = roll(dice, 4); left > 0; --left) paths[random_bytes(dice, 2)] = true;
    for (const auto& [path, ignored] : paths) {
      RowModel::Cell cell = random_cell(dice, column);
      cell.view.has_path = true;
      cell.path = path;
      if (chance(dice, 20)) cell.path_as_written = random_bytes(dice, 3);
      row.cells.push_back(cell);
    }
  }
  return row;
}

// What merging anything with it would leave of one row: nothing that it shadows itself.
inline Bytes random_encoded_row(Dice& dice) {
  while (true) {
    const RowModel row = random_row(dice);
    if (!row.empty()) return row.encode();
  }
}

}  // namespace ringlet::testing
