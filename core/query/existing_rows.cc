#include "core/query/existing_rows.h"

#include <algorithm>

#include "core/data/keys.h"
#include "core/query/live_rows.h"

namespace ringlet {
namespace {

// One slice for each row; positions are sorted and each occurs once.
std::vector<Slice> slices_of(std::vector<Bytes> positions) {
  std::ranges::sort(positions);
  positions.erase(std::unique(positions.begin(), positions.end()), positions.end());
  std::vector<Slice> slices;
  for (Bytes& position : positions) {
    Bytes end = position + '\xFF';
    slices.push_back({std::move(position), std::move(end)});
  }
  return slices;
}

}  // namespace

Task<Result<ExistingRows>> ExistingRows::read(Shard& shard, TableRef table, const cql::RowShape& shape,
                                              BytesView prefix, const std::vector<BytesView>& key_parts,
                                              const std::vector<Bytes>& positions, Seconds now, uint32_t tombstones_max,
                                              const RequestContext& context) {
  ExistingRows result;
  for (const Bytes& position : positions) result.rows_.try_emplace(position, std::make_unique<ExistingRow>(shape));
  result.rows_.try_emplace(Bytes{}, std::make_unique<ExistingRow>(shape));
  ReadRange range;
  range.first_prefix = prefix;
  range.one_partition = true;
  range.slices = slices_of(positions);
  CO_TRY(const auto read, co_await shard.engine.read_in_turn(table->id, range, context));
  LiveRows live(read->stream(), now, false, tombstones_max);
  Bytes static_row;
  for (LiveItem item;;) {
    CO_TRY(const Step step, live.next(item));
    if (step == Step::end) break;
    if (step == Step::blocked) {
      CO_TRY_STATUS(co_await read->stream().load(context));
      continue;
    }
    if (item.kind == LiveItem::Kind::static_row) static_row = item.row;
    if (item.kind == LiveItem::Kind::static_row || item.kind == LiveItem::Kind::row) result.note_timestamps(item.row);
    if (item.kind != LiveItem::Kind::row) continue;
    const auto it = result.rows_.find(item.position);
    if (it == result.rows_.end()) continue;
    it->second->row = item.row;
    it->second->exists = true;
  }
  for (const auto& [position, row] : result.rows_) {
    row->input.partition(key_parts);
    row->static_row = static_row;
    row->static_exists = !static_row.empty();
    if (row->static_exists)
      CO_TRY_STATUS(row->input.static_row(row->static_row, now));
    else
      row->input.no_static_row();
    // It stands with each row, and was met once.
    if (position.empty()) CO_TRY_STATUS(live.count_tombstones(row->input.dead_cells()));
    if (!row->exists) {
      row->input.no_row();
      continue;
    }
    RowReader reader(row->row);
    CO_TRY(row->clustering, split_position(*table, position, reader.clustering_as_written()));
    row->clustering_views.assign(row->clustering.begin(), row->clustering.end());
    CO_TRY_STATUS(row->input.row(row->clustering_views, row->row, now));
    CO_TRY_STATUS(live.count_tombstones(row->input.dead_cells()));
  }
  co_return result;
}

void ExistingRows::note_timestamps(BytesView row) {
  RowReader reader(row);
  newest_ = std::max({newest_, reader.liveness().at, reader.deletion().at});
  for (CellView cell; reader.next(cell);) newest_ = std::max(newest_, cell.at);
}

const ExistingRow& ExistingRows::at(BytesView position) const {
  const auto it = rows_.find(position);
  MUST(it != rows_.end());
  return *it->second;
}

}  // namespace ringlet
