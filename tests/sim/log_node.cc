#include "tests/sim/log_node.h"

#include <doctest/doctest.h>

namespace ringlet::sim {

size_t LogHistory::acknowledged() const {
  size_t count = 0;
  for (const auto& shard : by_shard) count += shard.size();
  return count;
}

LogNode::LogNode(SimWorld& world, LogHistory& history, LogOptions options)
    : world_(world), history_(history), options_(options), dice_(world.seed * 31 + history.next) {
  history_.by_shard.resize(world.shards.size());
  replayed_.resize(world.shards.size());
  in_memory_.resize(world.shards.size());
}

LogOptions LogNode::small_options() { return {.segment_bytes = 8u << 10, .bytes_max = 192u << 10}; }

Task<Status> LogNode::open() {
  CO_TRY(local_, co_await LocalStore::open(world_.env));
  CO_TRY(const ManifestState manifest, co_await local_->manifest());
  for (const FlushedThrough& flushed : manifest.flushed)
    flushed_[ShardId{flushed.shard}] = {SegmentId{flushed.segment}, flushed.offset};
  for (const auto& [shard, through] : flushed_) history_.flushed[shard] = std::max(history_.flushed[shard], through);
  auto replay = [this](const LogRecord& record) -> Result<std::optional<ShardId>> {
    if (record.end <= flushed_[record.shard]) return std::nullopt;
    replayed_.at(record.shard.raw).push_back({std::string(record.payload), record.end});
    return record.shard;
  };
  CO_TRY(log_, co_await CommitLog::open(world_.env, *local_, options_, replay, report_));
  check();
  in_memory_ = replayed_;
  co_return Status{};
}

void LogNode::check() {
  CHECK_MESSAGE(report_.holes.empty(), (report_.holes.empty() ? "" : report_.holes.front()));
  for (size_t shard = 0; shard < replayed_.size(); ++shard) {
    const LogPosition flushed = history_.flushed[ShardId{static_cast<uint16_t>(shard)}];
    std::map<std::string, LogPosition> found;
    LogPosition last;
    for (const Replayed& replayed : replayed_[shard]) {
      CHECK_MESSAGE(history_.tried.contains(replayed.record), "a record that nobody wrote");
      CHECK_MESSAGE(found.emplace(replayed.record, replayed.end).second, "a record that came twice");
      CHECK_MESSAGE(last < replayed.end, "positions that do not rise");
      CHECK_MESSAGE(flushed < replayed.end, "a flushed record came back");
      last = replayed.end;
    }
    for (const auto& [record, end] : history_.by_shard[shard]) {
      if (end <= flushed) continue;
      const auto at = found.find(record);
      const bool there = at != found.end();
      CHECK_MESSAGE(there, "an acknowledged record is missing: ", record.substr(0, 12));
      if (there) CHECK_MESSAGE((at->second == end), "an acknowledged record has moved");
    }
  }
}

std::string LogNode::next_record() {
  const uint64_t kind = dice_.below(24);  // 0: larger than a segment
  const size_t bytes = kind == 0 ? 9000 : kind < 3 ? 2000 + dice_.below(2000) : dice_.below(300);
  // Three of four repeat themselves: the log compresses batches of them.
  const size_t period = dice_.below(4) == 0 ? bytes : 1 + dice_.below(30);
  std::string record = "#" + std::to_string(history_.next++) + ":";
  const size_t begin = record.size();
  while (record.size() < bytes)
    record.push_back(record.size() < begin + period ? static_cast<char>('a' + dice_.below(26))
                                                    : record[record.size() - period]);
  history_.tried.insert(record);
  return record;
}

Task<void> LogNode::writer(ShardId shard, size_t records) {
  for (size_t n = 0; n < records; ++n) {
    const std::string record = next_record();
    const auto end = co_await log_->append_one(table(), shard, record, true);
    if (!end) {
      ++failed_;
      if (world_.disk.crashed()) co_return;
      continue;
    }
    history_.by_shard[shard.raw].push_back({record, *end});
    auto& memory = in_memory_[shard.raw];
    CHECK_MESSAGE((memory.empty() || memory.back().end < *end), "a shard was answered out of order");
    memory.push_back({record, *end});
  }
}

Task<void> LogNode::writers_on(ShardId shard, size_t writers, size_t records_each) {
  Executor* home = Executor::current();
  co_await world_.shards[shard.raw]->hop();
  TaskGroup group;
  for (size_t n = 0; n < writers; ++n) group.spawn(writer(shard, records_each));
  co_await group.join();
  co_await home->hop();
}

Task<void> LogNode::write(size_t writers_per_shard, size_t records_each) {
  TaskGroup group;
  for (size_t shard = 0; shard < world_.shards.size(); ++shard)
    group.spawn(writers_on(ShardId{static_cast<uint16_t>(shard)}, writers_per_shard, records_each));
  co_await group.join();
}

Task<Status> LogNode::flush(ShardId shard) {
  std::vector<Replayed> memtable;
  memtable.swap(in_memory_[shard.raw]);
  if (memtable.empty()) co_return Status{};
  std::map<SegmentId, uint64_t> bytes;
  for (const Replayed& one : memtable) bytes[one.end.segment] += one.record.size();
  const LogPosition through = memtable.back().end;
  ManifestEdit edit;
  edit.flushed = {
      {table(), shard.raw, static_cast<uint16_t>(world_.shards.size()), through.segment.raw, through.offset}};
  CO_TRY_STATUS(co_await local_->edit_manifest(edit));
  std::vector<LogUse> uses;
  for (const auto& [segment, used] : bytes) uses.push_back({segment, used});
  log_->release(table(), shard, std::move(uses));
  co_return Status{};
}

Task<Status> LogNode::close() {
  Status status;
  if (log_ != nullptr) status = co_await log_->stop();
  log_.reset();
  if (local_ != nullptr) {
    if (Status closed = co_await local_->close(); !closed) status = closed;
  }
  local_.reset();
  co_return status;
}

}  // namespace ringlet::sim
