// What the tests of work on files share: a table that nothing merges by itself, its rows, its files and damage to one of them.
#pragma once

#include <doctest/doctest.h>

#include "tests/sim/row_help.h"

namespace ringlet::sim {

inline Mutation row(const Table& table, int p, int32_t c, size_t bytes) {
  Bytes value(bytes, 'v');
  for (size_t i = 0; i < bytes; i += 7) value[i] = static_cast<char>('a' + (static_cast<size_t>(c) * 31 + i * i) % 26);
  return text_row(table, "p" + std::to_string(p), c, c + 1, value);
}

inline Task<void> fill(NodeDriver& driver, const Table& table, int partitions, int32_t from, int32_t to, size_t bytes) {
  for (int p = 0; p < partitions; ++p)
    for (int32_t c = from; c < to; ++c) {
      Mutation m = row(table, p, c, bytes);
      require_ok(co_await driver.write(std::move(m)));
    }
  require_ok(co_await driver.flush(table));
}

inline Task<size_t> lines_of(NodeDriver& driver, const Table& table) {
  const ReadRange everything;
  const auto seen = co_await driver.read(table, everything, driver.now());
  require_ok(seen ? Status{} : fail(seen.error()));
  co_return seen->size();
}

inline Table quiet_table() {
  Table table = model_table(1, "ks", true);
  table.options.compaction = {{"class", "SizeTieredCompactionStrategy"}, {"enabled", "false"}};
  return table;
}

inline std::vector<std::string> files_in(SimWorld& world, const std::string& folder) {
  const auto there = world.disk.exists(folder);
  if (!there || !*there) return {};
  const auto names = world.disk.list(folder);
  require_ok(names ? Status{} : fail(names.error()));
  return *names;
}

inline Task<void> damage_first_file(SimWorld& world, const Table& table) {
  const std::string path = sstable_folder(table.id) + "/" + files_in(world, sstable_folder(table.id)).front();
  auto file = world.disk.open(path, OpenMode::write);
  require_ok(file ? Status{} : fail(file.error()));
  const auto size = (*file)->size_now();
  require_ok(size ? Status{} : fail(size.error()));
  require_ok((*file)->write_now(*size / 5, "damage"));
  require_ok((*file)->sync_now());
  co_return;
}

// Three files of rows of their own; the node runs.
inline Task<void> prepare(SimWorld& world, NodeDriver& driver, const Table& table, bool damaged) {
  const std::vector<Table> tables = {table};
  require_ok(co_await driver.start(1));
  require_ok(co_await driver.make(tables));
  for (int32_t file = 0; file < 3; ++file) co_await fill(driver, table, 5, file * 10, file * 10 + 10, 250);
  if (!damaged) co_return;
  require_ok(co_await driver.stop());
  co_await damage_first_file(world, table);
  require_ok(co_await driver.start(1));
}

inline Task<Status> work(NodeDriver& driver, const Table& table, FileWork what) {
  const auto report = co_await driver.work_on_files(table, what);
  co_return report ? Status{} : fail(report.error());
}

}  // namespace ringlet::sim
