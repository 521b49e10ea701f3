#include "core/query/modify.h"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "core/data/keys.h"
#include "core/query/existing_rows.h"

namespace ringlet {
namespace {

// What a request does to one partition: which steps, and which of their partitions that is.
struct PartitionWork {
  TableRef table;
  Token token;
  Bytes key, prefix;
  std::vector<std::pair<ModifyStep*, size_t>> parts;
};

std::vector<PartitionWork> by_partition(ModifyRequest& request) {
  std::map<std::pair<TableId, Bytes>, size_t> places;
  std::vector<PartitionWork> work;
  for (ModifyStep& step : request.steps) {
    if (step.bound.where.nothing) continue;
    const TableRef& table = step.prepared->plan.table();
    for (size_t i = 0; i < step.bound.where.partitions.size(); ++i) {
      const cql::PartitionTarget& target = step.bound.where.partitions[i];
      const auto [place, fresh] = places.try_emplace({table->id, target.key}, work.size());
      if (fresh) {
        work.push_back({table, target.token, target.key, {}, {}});
        append_partition_prefix(target.token, target.key, work.back().prefix);
      }
      work[place->second].parts.emplace_back(&step, i);
    }
  }
  return work;
}

Mutation empty_mutation(const PartitionWork& work) {
  Mutation mutation;
  mutation.table = work.table->id;
  mutation.schema = work.table->version;
  mutation.token = work.token;
  mutation.partition_key = work.key;
  return mutation;
}

Status check_bytes(const Mutation& mutation, const ModifyRequest& request) {
  if (mutation.bytes() <= request.mutation_bytes_max) return {};
  return fail(Errc::invalid, "Mutation of " + std::to_string(mutation.bytes()) +
                                 " bytes is too large for the maximum size of " +
                                 std::to_string(request.mutation_bytes_max));
}

Result<Mutation> build(const ModifyRequest& request, const PartitionWork& work,
                       const cql::BoundModify::Existing& existing) {
  Mutation mutation = empty_mutation(work);
  for (const auto& [step, i] : work.parts) TRY_STATUS(step->bound.build(i, existing, mutation));
  TRY_STATUS(check_bytes(mutation, request));
  return mutation;
}

bool reads_first(const PartitionWork& work) {
  return std::ranges::any_of(work.parts, [](const auto& part) {
    return part.first->prepared->plan.reads_before_writing() || part.first->prepared->plan.conditional();
  });
}

// Every row that some step wants to see as it is.
std::vector<Bytes> wanted_positions(const PartitionWork& work) {
  std::vector<Bytes> positions;
  for (const auto& [step, i] : work.parts)
    positions.insert(positions.end(), step->bound.where.positions.begin(), step->bound.where.positions.end());
  return positions;
}

const Bytes& condition_position(const ModifyStep& step) {
  static const Bytes kStatics;
  return step.bound.where.positions.empty() || step.prepared->plan.only_statics() ? kStatics
                                                                                  : step.bound.where.positions.front();
}

void append_boolean(bool value, Bytes& out) {
  ByteWriter cells(out);
  cells.big<int32_t>(1);
  cells.u8(value ? 1 : 0);
}

// Runs on the owner: lock, read, judge, build, apply.
class OwnerWork {
 public:
  OwnerWork(const ModifyRequest& request, const PartitionWork& work, const RequestContext& context)
      : request_(request), work_(work), context_(context) {}

  Task<Result<QueryResult>> operator()(Shard& shard) { return run(shard); }

 private:
  // As in Cassandra: increments count none, conditions and lists do.
  uint32_t tombstones_max() const { return work_.table->is_counter ? UINT32_MAX : request_.tombstones_max; }

  Task<Result<QueryResult>> run(Shard& shard) {
    Bytes lock_key(work_.table->id.bytes());
    lock_key += work_.prefix;
    CO_TRY(const auto guard, co_await shard.locks.lock(std::move(lock_key), context_));
    context_.note("Locked the partition; reading what is there");
    const std::vector<BytesView> key_parts = split_partition_key(*work_.table, work_.key);
    const std::vector<Bytes> positions = wanted_positions(work_);
    // One shape serves all steps of a partition: each step's plan has its own slots, so each reads through its own.
    std::unordered_map<const ModifyStep*, ExistingRows> seen;
    for (const auto& [step, i] : work_.parts) {
      if (seen.contains(step)) continue;
      CO_TRY(auto rows, co_await ExistingRows::read(shard, work_.table, step->prepared->plan.shape(), work_.prefix,
                                                    key_parts, positions, request_.now, tombstones_max(), context_));
      seen.emplace(step, std::move(rows));
    }
    stamp_here(shard, seen);
    CO_TRY(const bool holds, all_hold(seen));
    if (!holds) co_return co_await refuse(shard, key_parts, positions);
    CO_TRY(Mutation mutation, build_all(seen));
    if (!mutation.empty()) CO_TRY_STATUS(co_await shard.engine.apply(std::move(mutation), context_));
    co_return applied();
  }

  // A stamp from before the lock could be older than what was written meanwhile by who had the lock: conditional writes and
  // increments take theirs here, after what they have seen.
  void stamp_here(Shard& shard, const std::unordered_map<const ModifyStep*, ExistingRows>& seen) const {
    if (!conditional() && !work_.table->is_counter) return;
    Timestamp newest{0};
    for (const auto& [step, i] : work_.parts) newest = std::max(newest, seen.at(step).newest_timestamp());
    const Timestamp stamp = shard.stamps.next_after(newest);
    for (const auto& [step, i] : work_.parts) step->bound.timestamp = stamp;
  }

  Result<bool> all_hold(const std::unordered_map<const ModifyStep*, ExistingRows>& seen) const {
    for (const auto& [step, i] : work_.parts) {
      if (!step->prepared->plan.conditional()) continue;
      const ExistingRow& row = seen.at(step).at(condition_position(*step));
      const bool exists = step->prepared->plan.only_statics() ? row.static_exists : row.exists;
      TRY(const bool holds, step->bound.condition_holds(row.input, exists));
      if (!holds) return false;
    }
    return true;
  }

  Result<Mutation> build_all(const std::unordered_map<const ModifyStep*, ExistingRows>& seen) const {
    Mutation mutation = empty_mutation(work_);
    for (const auto& [step, i] : work_.parts) {
      const ExistingRows& rows = seen.at(step);
      const cql::BoundModify::Existing existing = [&rows](BytesView position) -> const cql::RowInput& {
        return rows.at(position).input;
      };
      TRY_STATUS(step->bound.build(i, existing, mutation));
    }
    TRY_STATUS(check_bytes(mutation, request_));
    return mutation;
  }

  bool conditional() const {
    return std::ranges::any_of(request_.steps, [](const ModifyStep& s) { return s.prepared->plan.conditional(); });
  }

  QueryResult applied() const {
    if (!conditional()) return {};
    RowsResult rows;
    rows.metadata = first_conditional().prepared->applied;
    rows.row_count = 1;
    rows.metadata_may_vary = true;
    append_boolean(true, rows.cells);
    return {std::move(rows), {}};
  }

  const ModifyStep& first_conditional() const {
    return *std::ranges::find_if(request_.steps, [](const ModifyStep& s) { return s.prepared->plan.conditional(); });
  }

  // [applied] = false and the rows that the conditions looked at; a row that is not there shows nothing more.
  Task<Result<QueryResult>> refuse(Shard& shard, const std::vector<BytesView>& key_parts,
                                   const std::vector<Bytes>& positions) {
    const PreparedModify& shown = *first_conditional().prepared;
    CO_TRY(const ExistingRows rows,
           co_await ExistingRows::read(shard, work_.table, *shown.shown_shape, work_.prefix, key_parts, positions,
                                       request_.now, tombstones_max(), context_));
    RowsResult result;
    result.metadata_may_vary = true;
    std::vector<Bytes> told;
    for (const auto& [step, i] : work_.parts) {
      if (!step->prepared->plan.conditional()) continue;
      const Bytes& position = condition_position(*step);
      const ExistingRow& row = rows.at(position);
      if (!(row.exists || row.static_exists) || std::ranges::find(told, position) != told.end()) continue;
      told.push_back(position);
      append_boolean(false, result.cells);
      cql::SelectionRun run(*shown.shown, *request_.evaluation);
      CO_TRY_STATUS(run.add(row.input, result.cells));
      ++result.row_count;
    }
    result.metadata = shown.refused;
    if (result.row_count == 0) {
      result.metadata = shown.refused_no_row;
      append_boolean(false, result.cells);
      result.row_count = 1;
    }
    co_return QueryResult{std::move(result), {}};
  }

  const ModifyRequest& request_;
  const PartitionWork& work_;
  const RequestContext& context_;
};

Status check_conditional(const ModifyRequest& request, const std::vector<PartitionWork>& work) {
  const bool conditional =
      std::ranges::any_of(request.steps, [](const ModifyStep& s) { return s.prepared->plan.conditional(); });
  if (!conditional) return {};
  if (request.serial_consistency != Consistency::serial && request.serial_consistency != Consistency::local_serial)
    return fail(Errc::invalid, "Invalid consistency for conditional update. Must be one of SERIAL or LOCAL_SERIAL");
  for (const PartitionWork& w : work) {
    if (w.table->id != work.front().table->id)
      return fail(Errc::invalid, "Batch with conditions cannot span multiple tables");
    if (w.key != work.front().key) return fail(Errc::invalid, "Batch with conditions cannot span multiple partitions");
  }
  return {};
}

const cql::RowInput& nothing_to_see(BytesView) {
  must_failed("a plan that reads nothing asks for no row", __FILE__, __LINE__);
}

}  // namespace

Result<PreparedModify> prepare_modify(const cql::ModifyPlan::Ast& statement, const cql::PlanContext& context,
                                      cql::BindMarkers& binds, bool in_batch) {
  TRY(cql::ModifyPlan plan, cql::ModifyPlan::prepare(statement, context, binds));
  PreparedModify prepared{std::move(plan), {}, {}, {}, {}, {}};
  if (!prepared.plan.conditional()) return prepared;
  const TableRef& table = prepared.plan.table();
  cql::Select select;
  const auto show = [&](const Column& column) { select.items.push_back({{cql::ColumnSelector{column.name}}, {}}); };
  const bool whole_row = prepared.plan.if_not_exists() || prepared.plan.if_exists();
  if (!whole_row && in_batch) {
    for (const Column& c : table->partition_key) show(c);
    for (const Column& c : table->clustering) show(c);
  }
  for (const Column* column : prepared.plan.condition_columns()) show(*column);
  prepared.shown_shape = std::make_shared<cql::RowShape>(table);
  cql::BindMarkers none(0);
  cql::TermContext terms{context, none, table.get(), table->keyspace};
  TRY(auto shown, cql::Selection::prepare(select, table, *prepared.shown_shape, terms));
  prepared.shown = std::make_shared<cql::Selection>(std::move(shown));
  std::vector<ResultColumn> columns{{table->keyspace, table->name, "[applied]", native_type(TypeKind::boolean)}};
  prepared.applied = prepared.refused_no_row = make_result_metadata(columns);
  for (const ResultColumn& c : prepared.shown->metadata()->columns) columns.push_back(c);
  prepared.refused = make_result_metadata(std::move(columns));
  return prepared;
}

Task<Result<QueryResult>> run_modify(ModifyRequest& request, Coordinator& coordinator, const RequestContext& context) {
  const std::vector<PartitionWork> work = by_partition(request);
  CO_TRY_STATUS(check_conditional(request, work));
  CO_TRY_STATUS(check_write(request.consistency, replication_factor(request.keyspace->replication), 1));
  QueryResult result;
  std::vector<Mutation> plain;
  for (const PartitionWork& w : work) {
    if (!reads_first(w)) {
      CO_TRY(Mutation mutation, build(request, w, nothing_to_see));
      if (!mutation.empty()) plain.push_back(std::move(mutation));
      continue;
    }
    OwnerWork on_owner(request, w, context);
    Shards& shards = coordinator.shards();
    CO_TRY(result, co_await shards.run_on(shards.owner_of(w.token), on_owner));
  }
  if (plain.size() == 1) {
    CO_TRY_STATUS(
        co_await coordinator.write(std::move(plain.front()), *request.keyspace, request.consistency, context));
  } else if (!plain.empty()) {
    CO_TRY_STATUS(co_await coordinator.write_all(std::move(plain), *request.keyspace, request.consistency,
                                                 request.logged, context));
  }
  co_return result;
}

}  // namespace ringlet
