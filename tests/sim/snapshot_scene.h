// What tests of snapshots, restores and backups share: tables of rows with text, and the calls by which they are taken and brought back.
#pragma once

#include "core/env/task_group.h"
#include "tests/sim/row_help.h"

namespace ringlet::sim {

inline const std::vector<Table>& two_tables() {
  static const std::vector<Table> tables = {model_table(1, "ks", true), model_table(2, "ks", true)};
  return tables;
}

inline Mutation numbered_row(const Table& table, int p, int32_t c, int64_t at, BytesView value) {
  return text_row(table, "p" + std::to_string(p), c, at, value);
}

// Rows from..to in five partitions.
inline Task<void> fill(NodeDriver& driver, const Table& table, int32_t from, int32_t to, int64_t at) {
  for (int32_t c = from; c < to; ++c) {
    const Bytes value(static_cast<size_t>(100 + c % 1000), static_cast<char>('a' + c % 26));
    Mutation m = numbered_row(table, c % 5, c, at, value);
    require_ok(co_await driver.write(std::move(m)));
  }
}

// Everything that a client sees of it; a read that fails is a line that says why, a table that is not there one that says so.
inline Task<Seen> all_of(NodeDriver& driver, std::string keyspace, std::string name) {
  const TableRef table = driver.node().catalog().schema()->table(keyspace, name);
  if (!table) co_return Seen{"no table"};
  const ReadRange everything;
  const auto seen = co_await driver.read(*table, everything, driver.now());
  co_return seen ? *seen : Seen{seen.error().detail};
}

inline Task<Status> take(NodeDriver& driver, std::string name, TableScope scope = {}) {
  const auto taken = co_await driver.node().snapshots().take(name, scope);
  co_return taken ? Status{} : fail(taken.error());
}

inline Task<Status> restore(NodeDriver& driver, RestoreRequest request) {
  const auto restored = co_await driver.node().snapshots().restore(request);
  co_return restored ? Status{} : fail(restored.error());
}

inline Errc code_of(const Status& status) { return status ? Errc::syntax : status.error().code; }

}  // namespace ringlet::sim
