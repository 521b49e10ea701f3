#include "tests/sim/data_model.h"

#include <algorithm>
#include <set>

#include "core/base/murmur3.h"
#include "core/data/keys.h"
#include "core/data/reconcile.h"

namespace ringlet::sim {

Table model_table(uint8_t number, const std::string& keyspace, bool clustering) {
  const auto text = native_type(TypeKind::text);
  Table table;
  table.id = Uuid{{0x77, number}};
  table.keyspace = keyspace;
  table.name = "t" + std::to_string(number);
  table.partition_key = {Column{ColumnId{1}, "p", text, ColumnKind::partition_key, 0}};
  if (clustering) {
    table.clustering = {Column{ColumnId{2}, "c", native_type(TypeKind::int_), ColumnKind::clustering, 0}};
    table.statics = {Column{ColumnId{kStaticColumn}, "s", text, ColumnKind::static_, 0}};
  }
  table.regulars = {Column{ColumnId{kTextColumn}, "a", text, ColumnKind::regular, 0},
                    Column{ColumnId{kOtherColumn}, "b", text, ColumnKind::regular, 0},
                    Column{ColumnId{kMapColumn}, "m", map_type(text, text, false), ColumnKind::regular, 0}};
  table.next_column_id = ColumnId{7};
  table.options.gc_grace_seconds = 3600;
  return table;
}

Bytes row_position(const Table& table, int32_t c) {
  Bytes value(4, '\0');
  store_big(value.data(), c);
  return make_position(table, {BytesView(value)});
}

Bytes WriteDice::row(uint32_t first_column, uint32_t last_column, bool liveness) {
  Bytes bytes;
  RowBuilder builder(bytes);
  const Timestamp at = stamp();
  const bool expires = roll(dice, 4) == 0;
  const auto ttl = static_cast<uint32_t>(roll(dice, 3) == 0 ? 100000 : 20 + roll(dice, 400));
  const Seconds expiry{now.raw + ttl};
  if (liveness && roll(dice, 2) == 0)
    builder.liveness(expires ? Liveness{at, ttl, expiry, 0} : Liveness{at, 0, kNoExpiry, 0});
  const bool whole_map = last_column == kMapColumn && roll(dice, 4) == 0;
  if (whole_map) builder.complex_deletion(ColumnId{kMapColumn}, {Timestamp{at.raw - 1}, now});
  bool any = whole_map;
  Bytes value, path;
  for (uint32_t column = first_column; column <= last_column; ++column) {
    std::set<char> paths;
    if (column == kMapColumn)
      for (uint64_t n = roll(dice, 3); n > 0; --n) paths.insert(static_cast<char>('a' + roll(dice, 4)));
    else if (roll(dice, 2) == 0 || (column == last_column && !any))
      paths.insert('\0');
    for (const char p : paths) {
      CellView cell;
      cell.column = ColumnId{column};
      cell.at = at;
      cell.has_path = column == kMapColumn;
      path.assign(1, p);
      if (cell.has_path) cell.path = path;
      cell.kind = roll(dice, 5) == 0 ? CellKind::tombstone : expires ? CellKind::expiring : CellKind::live;
      if (cell.kind == CellKind::tombstone) cell.local = now;
      if (cell.kind == CellKind::expiring) {
        cell.ttl = ttl;
        cell.local = expiry;
      }
      value = "v" + std::to_string(roll(dice, 1000));
      if (roll(dice, 20) == 0) value.resize(300 + roll(dice, 3000), 'x');
      if (cell.kind != CellKind::tombstone) cell.value = value;
      builder.cell(cell);
      any = true;
    }
  }
  builder.finish();
  return bytes;
}

Mutation WriteDice::mutation(const Table& table) {
  Mutation m;
  m.table = table.id;
  m.schema = table.version;
  m.partition_key = "p" + std::to_string(roll(dice, static_cast<uint64_t>(partitions)));
  m.token = token_of(m.partition_key);
  const bool clustering = table.has_clustering();
  const uint64_t kind = roll(dice, 100);
  if (kind < 3) {
    m.partition_deletion = {stamp(), now};
  } else if (clustering && kind < 12) {
    for (uint64_t n = 1 + roll(dice, 2); n > 0; --n) {
      const auto from = static_cast<int32_t>(roll(dice, static_cast<uint64_t>(rows)));
      const auto to = from + static_cast<int32_t>(roll(dice, static_cast<uint64_t>(rows)));
      RangeWrite range{row_position(table, from), row_position(table, to) + "\xFF", {stamp(), now}};
      if (roll(dice, 6) == 0) range.start.clear();
      if (roll(dice, 6) == 0) range.end = kPositionEnd;
      m.ranges.push_back(std::move(range));
    }
  } else {
    if (clustering && kind < 30) m.static_row = row(kStaticColumn, kStaticColumn, false);
    std::map<Bytes, Bytes> written;
    const uint64_t count = clustering ? (kind < 20 ? 0 : 1 + roll(dice, 3)) : 1;
    for (uint64_t n = 0; n < count; ++n) {
      const Bytes position =
          clustering ? row_position(table, static_cast<int32_t>(roll(dice, static_cast<uint64_t>(rows)))) : Bytes{};
      Bytes bytes;
      if (roll(dice, 8) == 0) {
        RowBuilder builder(bytes);
        builder.deletion({stamp(), now});
        builder.finish();
      } else {
        bytes = row(kTextColumn, kMapColumn, true);
      }
      written[position] = std::move(bytes);
    }
    for (auto& [position, bytes] : written)
      if (!bytes.empty()) m.rows.push_back({position, std::move(bytes)});
  }
  return m;
}

std::string describe_row(BytesView row, Seconds now) {
  std::string out;
  RowReader reader(row);
  const Liveness& live = reader.liveness();
  if (live.live_at(now)) out += " @" + std::to_string(live.at.raw) + "/" + std::to_string(live.ttl);
  for (CellView cell; reader.next(cell);) {
    if (!cell.live_at(now)) continue;
    out += " " + std::to_string(cell.column.raw) + ":" + std::string(cell.path) + "=" + std::string(cell.value) + "@" +
           std::to_string(cell.at.raw) + "/" + std::to_string(cell.ttl);
  }
  return out;
}

void DataModel::apply(const Mutation& mutation) {
  ++writes_;
  Bytes prefix;
  append_partition_prefix(mutation.token, mutation.partition_key, prefix);
  Partition& partition = tables_[mutation.table][prefix];
  partition.deletion = newer(partition.deletion, mutation.partition_deletion);
  partition.ranges.insert(partition.ranges.end(), mutation.ranges.begin(), mutation.ranges.end());
  if (!mutation.static_row.empty()) partition.static_rows.push_back(mutation.static_row);
  for (const RowWrite& write : mutation.rows) partition.rows[write.position].push_back(write.row);
}

namespace {

Bytes folded(const std::vector<Bytes>& writes, const Deletion& covering) {
  const std::vector<BytesView> views(writes.begin(), writes.end());
  Bytes merged, kept;
  merge_rows(views, merged);
  if (covering.none()) return merged;
  if (!merged.empty()) apply_deletion(merged, covering, kept);
  return kept;
}

bool inside(const std::vector<Slice>& slices, const Bytes& position) {
  return std::ranges::any_of(slices, [&](const Slice& s) { return s.start <= position && position < s.end; });
}

}  // namespace

bool DataModel::describe(const Partition& partition, const ReadRange& range, const std::vector<Slice>& slices,
                         Seconds now, Seen& out) {
  const size_t before = out.size();
  if (range.static_row) {
    const Bytes row = folded(partition.static_rows, partition.deletion);
    if (!row.empty() && row_is_live(row, now)) out.push_back("static" + describe_row(row, now));
  }
  Seen rows;
  for (const auto& [position, writes] : partition.rows) {
    if (!inside(slices, position)) continue;
    Deletion covering = partition.deletion;
    for (const RangeWrite& r : partition.ranges)
      if (r.start <= position && position < r.end) covering = newer(covering, r.deletion);
    const Bytes row = folded(writes, covering);
    if (!row.empty() && row_is_live(row, now)) rows.push_back("row " + position + describe_row(row, now));
  }
  if (range.reversed) std::ranges::reverse(rows);
  out.insert(out.end(), rows.begin(), rows.end());
  return out.size() != before;
}

Seen DataModel::read(const TableId& table, const ReadRange& range, Seconds now) const {
  Seen seen;
  const auto at = tables_.find(table);
  if (at == tables_.end()) return seen;
  for (const auto& [prefix, partition] : at->second) {
    if (range.one_partition ? prefix != range.first_prefix : prefix < range.first_prefix) continue;
    if (!range.one_partition && !range.last_prefix.empty() && prefix >= range.last_prefix) continue;
    const bool first = range.slices_of_first && prefix == range.first_prefix;
    seen.push_back("partition " + prefix);
    if (!describe(partition, range, first ? *range.slices_of_first : range.slices, now, seen)) seen.pop_back();
  }
  return seen;
}

}  // namespace ringlet::sim
