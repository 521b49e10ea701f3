// Rows for tests that count them, and a power cut under a running node.
#pragma once

#include <algorithm>

#include "core/base/checksum.h"
#include "core/base/murmur3.h"
#include "tests/sim/node_driver.h"

namespace ringlet::sim {

// No value: the row's deletion.
inline Mutation text_row(const Table& table, const std::string& key, int32_t c, int64_t at, BytesView value) {
  Mutation m;
  m.table = table.id;
  m.partition_key = key;
  m.token = token_of(key);
  Bytes row;
  RowBuilder builder(row);
  if (value.empty()) {
    builder.deletion({Timestamp{at}, Seconds{0}});
  } else {
    builder.liveness({Timestamp{at}, 0, kNoExpiry, 0});
    CellView cell;
    cell.column = ColumnId{kTextColumn};
    cell.at = Timestamp{at};
    cell.value = value;
    builder.cell(cell);
  }
  builder.finish();
  m.rows.push_back({row_position(table, c), std::move(row)});
  return m;
}
inline Mutation row_of(const Table& table, const std::string& key, int32_t c, int64_t at, size_t bytes) {
  return text_row(table, key, c, at, std::string(bytes, 'v'));
}
// What the log cannot compress: so many bytes are so many in its segments.
inline Mutation noise_row(const Table& table, const std::string& key, int32_t c, int64_t at, size_t bytes) {
  Bytes value(bytes, '\0');
  uint64_t dice = hash64(key, static_cast<uint64_t>(c));
  for (char& letter : value)
    letter = static_cast<char>('0' + (dice = dice * 6364136223846793005u + 1442695040888963407u, dice >> 58));
  return text_row(table, key, c, at, value);
}

inline Task<size_t> rows_in(NodeDriver& driver, const Table& table) {
  const ReadRange everything;
  const auto seen = co_await driver.read(table, everything, driver.now());
  require_ok(seen ? Status{} : fail(seen.error()));
  co_return static_cast<size_t>(std::ranges::count_if(*seen, [](const auto& line) { return line.starts_with("row"); }));
}

inline Task<void> cut_power(SimWorld& world, NodeDriver& driver, uint64_t survivor) {
  world.disk.crash();
  if (driver.running()) (void)co_await driver.stop(world.clock.now());
  world.disk.clear_faults();
  world.disk.restart(survivor);
}

}  // namespace ringlet::sim
