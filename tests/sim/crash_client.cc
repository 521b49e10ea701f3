#include "tests/sim/crash_client.h"

#include <doctest/doctest.h>

#include "core/base/murmur3.h"
#include "core/data/keys.h"

namespace ringlet::sim {
namespace {

std::string name_of_row(const std::string& key, const Bytes& position) { return key + "/" + position; }

}  // namespace

bool CrashClient::note(const Status& status) {
  ++(status ? acknowledged_ : failed_);
  return status.has_value();
}

Mutation CrashClient::row_mutation(size_t table, const std::string& key, int32_t c, const std::string& value) {
  Mutation m;
  m.table = tables_[table].id;
  m.partition_key = key;
  m.token = token_of(key);
  Bytes row;
  RowBuilder builder(row);
  const Timestamp at{++stamp_};
  if (value.empty()) {
    builder.deletion({at, Seconds{1767225600}});
  } else {
    builder.liveness({at, 0, kNoExpiry, 0});
    CellView cell;
    cell.column = ColumnId{kTextColumn};
    cell.at = at;
    cell.value = value;
    builder.cell(cell);
  }
  builder.finish();
  m.rows.push_back({row_position(tables_[table], c), std::move(row)});
  return m;
}

Task<void> CrashClient::insert(NodeDriver& driver, size_t table, std::string key, int32_t c) {
  std::string value = "value " + std::to_string(next_++);
  if (roll(dice_, 8) == 0) {  // the log makes little of every fourth of these
    const bool repeats = roll(dice_, 4) == 0;
    for (size_t left = 500 + roll(dice_, 4000); left > 0; --left)
      value.push_back(repeats ? 'z' : static_cast<char>(' ' + roll(dice_, 95)));
  }
  const std::string name = name_of_row(key, row_position(tables_[table], c));
  rows_[table][name] = {value, Fate::unknown, 0};
  Mutation m = row_mutation(table, key, c, value);
  const Status status = co_await driver.write(std::move(m), home(driver));
  if (note(status)) rows_[table][name].fate = Fate::present;
}

Task<void> CrashClient::remove(NodeDriver& driver, const std::string& which, std::string key) {
  Row& row = rows_[0].at(which);
  row.fate = Fate::unknown;
  row.batch = 0;
  Mutation m = row_mutation(0, key, 0, "");
  m.rows.front().position = which.substr(key.size() + 1);
  const Status status = co_await driver.write(std::move(m), home(driver));
  if (note(status)) row.fate = Fate::absent;
}

// Three partitions, most likely of several shards: all or none, whatever happens.
Task<void> CrashClient::batch(NodeDriver& driver, size_t number) {
  const uint64_t id = next_batch_++;
  std::vector<Mutation> mutations;
  std::vector<Row*> rows;
  for (int part = 0; part < 3; ++part) {
    const std::string key = "w" + std::to_string(number) + "b" + std::to_string(part);
    const std::string value = "batch " + std::to_string(next_++);
    const auto c = static_cast<int32_t>(id);
    Row& row = rows_[0][name_of_row(key, row_position(tables_[0], c))];
    row = {value, Fate::unknown, id};
    rows.push_back(&row);
    mutations.push_back(row_mutation(0, key, c, value));
  }
  const Status status = co_await driver.write_batch(std::move(mutations), home(driver));
  if (!note(status)) co_return;
  for (Row* row : rows) row->fate = Fate::present;
}

Task<void> CrashClient::writer(NodeDriver& driver, size_t number, size_t steps) {
  for (size_t n = 0; n < steps; ++n) {
    const std::string key = "w" + std::to_string(number) + "p" + std::to_string(roll(dice_, 3));
    const uint64_t what = roll(dice_, 10);
    if (what < 6) {
      co_await insert(driver, 0, key, static_cast<int32_t>(next_));
    } else if (what < 8) {
      const std::string prefix = key + "/";
      for (auto& [name, row] : rows_[0]) {
        if (!name.starts_with(prefix) || row.fate != Fate::present) continue;
        co_await remove(driver, name, key);
        break;
      }
    } else {
      co_await batch(driver, number);
    }
  }
}

Task<void> CrashClient::truncater(NodeDriver& driver, size_t steps) {
  for (size_t n = 0; n < steps; ++n) {
    const std::string key = "t" + std::to_string(n % 4);
    co_await insert(driver, 1, key, static_cast<int32_t>(next_));
    if (roll(dice_, 6) != 0) continue;
    // An insert of unknown outcome may still come after the truncation.
    std::vector<Row*> visible;
    for (auto& [name, row] : rows_[1])
      if (row.fate == Fate::present) visible.push_back(&row);
    for (Row* row : visible) row->fate = Fate::unknown;
    if (!note(co_await driver.truncate(tables_[1]))) continue;
    for (Row* row : visible) row->fate = Fate::absent;
  }
}

Task<void> CrashClient::housekeeper(NodeDriver& driver, size_t steps) {
  for (size_t n = 0; n < steps; ++n) {
    const Table& table = tables_[roll(dice_, 2)];
    if (roll(dice_, 4) == 0)
      (void)co_await driver.compact(table);
    else
      (void)co_await driver.flush(table);
  }
}

Task<void> CrashClient::live(NodeDriver& driver, size_t rounds) {
  for (size_t round = 0; round < rounds; ++round) {
    TaskGroup group;
    for (size_t w = 0; w < 3; ++w) group.spawn(writer(driver, w, 8));
    group.spawn(truncater(driver, 8));
    group.spawn(housekeeper(driver, 2));
    co_await group.join();
  }
  if (driver.running()) log_groups_ += driver.node().log().counts().groups;
}

void CrashClient::compare(size_t table, const std::map<std::string, std::string>& seen) {
  Rows& rows = rows_[table];
  std::map<uint64_t, bool> batches;
  for (const auto& [name, value] : seen) {
    const auto at = rows.find(name);
    const bool known = at != rows.end();
    CHECK_MESSAGE(known, "a row that nobody wrote: ", name);
    if (!known) continue;
    CHECK_MESSAGE(at->second.value == value, "a row with a value that nobody wrote: ", name);
    CHECK_MESSAGE(at->second.fate != Fate::absent, "a deleted row is back: ", name);
  }
  for (auto& [name, row] : rows) {
    const bool there = seen.contains(name);
    if (row.fate == Fate::present)
      CHECK_MESSAGE(there, "an acknowledged row is missing: ", name, " ", row.value.substr(0, 20));
    if (row.fate == Fate::unknown && row.batch != 0) {
      const bool whole = batches.try_emplace(row.batch, there).first->second == there;
      CHECK_MESSAGE(whole, "half a batch: ", name);
    }
  }
  // Seen once, it stays as it was seen.
  for (auto& [name, row] : rows) row.fate = seen.contains(name) ? Fate::present : Fate::absent;
}

Task<Status> CrashClient::check_table(NodeDriver& driver, size_t table) {
  CO_TRY(const Seen lines, co_await driver.read(tables_[table], ReadRange{}, Seconds{1767225600}));
  std::map<std::string, std::string> seen;
  std::string key;
  for (const std::string& line : lines) {
    if (line.starts_with("partition ")) {
      key = read_partition_prefix(BytesView(line).substr(10))->partition_key;
      continue;
    }
    const size_t position_bytes = row_position(tables_[table], 0).size();
    const std::string position = line.substr(4, position_bytes);
    const size_t begin = line.find("=", 4 + position_bytes) + 1;
    seen[name_of_row(key, position)] = line.substr(begin, line.rfind('@') - begin);
  }
  compare(table, seen);
  co_return Status{};
}

Task<void> CrashClient::check(NodeDriver& driver) {
  for (size_t table = 0; table < 2; ++table) {
    const Status status = co_await check_table(driver, table);
    CHECK_MESSAGE(status.has_value(), (status ? "" : status.error().detail));
  }
}

Task<void> CrashClient::check_if_readable(NodeDriver& driver) {
  for (size_t table = 0; table < 2; ++table) {
    // Writes whose outcome is unknown may still be on their way: what they are is not settled by this look.
    const Rows before = rows_[table];
    (void)co_await check_table(driver, table);
    for (auto& [name, row] : rows_[table]) row.fate = before.at(name).fate;
  }
}

}  // namespace ringlet::sim
