#include "tests/sim/node_driver.h"

#include <algorithm>
#include <cstdio>

#include "core/data/keys.h"
#include "core/query/live_rows.h"

namespace ringlet::sim {

void require_ok(const Status& status) {
  if (!status) std::fprintf(stderr, "this had to succeed: %s\n", status.error().detail.c_str());
  MUST(status.has_value());
}

NodeDriver::~NodeDriver() { MUST(node_ == nullptr); }

Task<Status> NodeDriver::start(size_t shards) {
  env_ = std::make_unique<Env>(
      Env{world_.clock, world_.disk, world_.net, world_.rng, {}, world_.background, world_.merges, world_.local});
  for (size_t s = 0; s < shards; ++s) env_->shards.push_back(world_.shards.at(s).get());
  NodeOptions options = options_;
  options.log.segment_bytes = log_segment_bytes_;
  CO_TRY(node_, co_await Node::start(*env_, options));
  co_return Status{};
}

Task<Status> NodeDriver::stop(Instant deadline) {
  const Status stopped = co_await node_->stop(deadline);
  node_.reset();
  co_return stopped;
}

Task<Status> NodeDriver::make(const std::vector<Table>& tables) {
  for (const Table& table : tables) {
    const SchemaRef schema = node_->catalog().schema();
    if (schema->table(table.id)) continue;
    CatalogCommand command;
    command.base = schema->version;
    if (!schema->keyspace(table.keyspace)) {
      PutKeyspace keyspace{
          table.keyspace, {{"class", "SimpleStrategy"}, {"replication_factor", "1"}}, table.durable_writes};
      command.changes.push_back(std::move(keyspace));
    }
    command.changes.push_back(PutTable{std::make_shared<const Table>(table)});
    CO_TRY_STATUS(co_await node_->catalog().propose(std::move(command)));
  }
  co_return Status{};
}

Task<Status> NodeDriver::drop(const Table& table) {
  CatalogCommand command;
  command.base = node_->catalog().schema()->version;
  command.changes.push_back(DropTable{table.keyspace, table.name});
  CO_TRY_STATUS(co_await node_->catalog().propose(std::move(command)));
  co_return Status{};
}

Task<Status> NodeDriver::write(Mutation mutation, ShardId home) {
  Executor& caller = *Executor::current();
  co_await world_.shards[home.raw]->hop();
  Status status = co_await node_->coordinator(home).write(std::move(mutation), keyspace_, Consistency::one, context_);
  co_await caller.hop();
  co_return status;
}

Task<Status> NodeDriver::write_batch(std::vector<Mutation> mutations, ShardId home) {
  Executor& caller = *Executor::current();
  co_await world_.shards[home.raw]->hop();
  Status status =
      co_await node_->coordinator(home).write_all(std::move(mutations), keyspace_, Consistency::one, true, context_);
  co_await caller.hop();
  co_return status;
}

Task<Result<Seen>> NodeDriver::read_here(const Table& table, const ReadRange& range, Coordinator& coordinator,
                                         Seconds now, size_t rows_max, Bytes& last_prefix, Bytes& last_position) {
  CO_TRY(const auto read, co_await coordinator.read(table, range, keyspace_, Consistency::one, 3, context_));
  LiveRows rows(read->stream(), now, range.reversed);
  Seen seen;
  Status status;
  bool begun = false;
  size_t count = 0;
  last_prefix.clear();
  for (LiveItem item; count < rows_max;) {
    const auto step = rows.next(item);
    if (!step) {
      status = fail(step.error());
      break;
    }
    if (*step == Step::end) break;
    if (*step == Step::blocked) {
      status = co_await read->stream().load(context_);
      if (!status) break;
      continue;
    }
    if (item.kind == LiveItem::Kind::partition) {
      begun = false;
      continue;
    }
    if (item.kind == LiveItem::Kind::partition_end) continue;
    if (!std::exchange(begun, true)) seen.push_back("partition " + Bytes(item.prefix));
    const bool is_static = item.kind == LiveItem::Kind::static_row;
    seen.push_back((is_static ? "static" : "row " + Bytes(item.position)) + describe_row(item.row, now));
    if (is_static) continue;
    ++count;
    last_prefix = item.prefix;
    last_position = item.position;
  }
  co_await read->close();
  if (!status) co_return fail(status.error());
  if (count < rows_max) last_prefix.clear();
  co_return seen;
}

Task<Result<Seen>> NodeDriver::read(const Table& table, const ReadRange& range, Seconds now, ShardId home) {
  Executor& caller = *Executor::current();
  co_await world_.shards[home.raw]->hop();
  Bytes prefix, position;
  auto seen = co_await read_here(table, range, node_->coordinator(home), now, SIZE_MAX, prefix, position);
  co_await caller.hop();
  co_return seen;
}

Task<Result<Seen>> NodeDriver::read_paged(const Table& table, ReadRange range, Seconds now, size_t rows, ShardId home) {
  Executor& caller = *Executor::current();
  co_await world_.shards[home.raw]->hop();
  Seen all;
  Status status;
  for (Bytes prefix, position;;) {
    auto page = co_await read_here(table, range, node_->coordinator(home), now, rows, prefix, position);
    if (!page) {
      status = fail(page.error());
      break;
    }
    // The partition that a page goes on with, and its static row, come again.
    if (!page->empty() && !all.empty() && range.slices_of_first && page->front() == "partition " + range.first_prefix) {
      const bool has_static = page->size() > 1 && (*page)[1].starts_with("static");
      page->erase(page->begin(), page->begin() + (has_static ? 2 : 1));
    }
    all.insert(all.end(), page->begin(), page->end());
    if (prefix.empty()) break;
    std::vector<Slice> rest =
        range.slices_of_first && range.first_prefix == prefix ? *range.slices_of_first : range.slices;
    for (Slice& slice : rest) {
      if (range.reversed)
        slice.end = std::min(slice.end, position);
      else
        slice.start = std::max(slice.start, position + "\xFF");
    }
    std::erase_if(rest, [](const Slice& s) { return s.start >= s.end; });
    range.first_prefix = prefix;
    range.slices_of_first = std::move(rest);
    if (range.one_partition) range.slices = *range.slices_of_first;
  }
  co_await caller.hop();
  if (!status) co_return fail(status.error());
  co_return all;
}

Task<Status> NodeDriver::flush(const Table& table) {
  auto work = [&table](Shard& shard) { return shard.engine.flush(table.id); };
  co_return co_await on_all(work);
}
Task<Status> NodeDriver::compact(const Table& table) {
  auto work = [&table](Shard& shard) { return shard.engine.compact(table.id); };
  co_return co_await on_all(work);
}
Task<Status> NodeDriver::truncate(const Table& table) {
  auto work = [&table](Shard& shard) { return shard.engine.truncate(table.id); };
  co_return co_await on_all(work);
}

Task<Result<FileWorkReport>> NodeDriver::work_on_files(const Table& table, FileWork what,
                                                       std::optional<std::vector<TokenSpan>> owned) {
  FileWorkReport report;
  auto work = [&](Shard& shard) -> Task<Status> {
    CO_TRY(FileWorkReport more, co_await shard.engine.work_on_files(table.id, what, owned));
    report.add(std::move(more));
    co_return Status{};
  };
  CO_TRY_STATUS(co_await on_all(work));
  co_return report;
}

uint64_t NodeDriver::foreign_files() { return node_->shards()[ShardId{0}].engine.foreign_files(); }

uint64_t NodeDriver::sstables(const Table& table) {
  uint64_t count = 0;
  for (uint16_t s = 0; s < node_->shards().count(); ++s) {
    const auto counts = node_->shards()[ShardId{s}].engine.table_counts();
    if (const auto at = counts.find(table.id); at != counts.end()) count += at->second.sstables;
  }
  return count;
}

EngineCounts NodeDriver::counts() {
  EngineCounts sum;
  for (uint16_t s = 0; s < node_->shards().count(); ++s) add_up(sum, node_->shards()[ShardId{s}].engine.counts());
  return sum;
}

}  // namespace ringlet::sim
