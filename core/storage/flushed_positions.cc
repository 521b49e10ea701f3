#include "core/storage/flushed_positions.h"

#include <algorithm>

#include "core/data/shard_of.h"

namespace ringlet {

FlushedThrough truncation_note(const TableId& table, ShardId shard, LogPosition end) {
  return {table, shard.raw, 0, end.segment.raw, end.offset};
}

FlushedPositions::FlushedPositions(const ManifestState& manifest) {
  for (const FlushedThrough& f : manifest.flushed) {
    if (f.shard_count == 0) {
      LogPosition& through = truncated_[f.table];
      through = std::max(through, {SegmentId{f.segment}, f.offset});
      continue;
    }
    through_[f.table][{f.shard_count, f.shard}] = {SegmentId{f.segment}, f.offset};
    counts_[f.table].insert(f.shard_count);
  }
}

bool FlushedPositions::covers(const TableId& table, ShardId shard, uint16_t shard_count, LogPosition end) const {
  return end <= of(table, shard, shard_count);
}

bool FlushedPositions::covers(const TableId& table, Token token, LogPosition end) const {
  const auto counts = counts_.find(table);
  if (counts == counts_.end()) return false;
  for (const uint16_t count : counts->second)
    if (covers(table, shard_of(token, count), count, end)) return true;
  return false;
}

LogPosition FlushedPositions::of(const TableId& table, ShardId shard, uint16_t shard_count) const {
  const auto of_table = through_.find(table);
  if (of_table == through_.end()) return {};
  const auto at = of_table->second.find({shard_count, shard.raw});
  return at == of_table->second.end() ? LogPosition{} : at->second;
}

LogPosition FlushedPositions::highest(const TableId& table) const {
  LogPosition highest;
  if (const auto of_table = through_.find(table); of_table != through_.end())
    for (const auto& [shard, through] : of_table->second) highest = std::max(highest, through);
  return highest;
}

LogPosition FlushedPositions::truncated_through(const TableId& table) const {
  const auto at = truncated_.find(table);
  return at == truncated_.end() ? LogPosition{} : at->second;
}

}  // namespace ringlet
