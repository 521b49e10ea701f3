// A bound statement to one partition's mutation.
#include <algorithm>

#include "core/base/limits.h"
#include "core/base/must.h"
#include "core/cql/modify_conditions.h"
#include "core/cql/modify_operations.h"
#include "core/cql/modify_plan.h"
#include "core/cql/modify_usings.h"

namespace ringlet::cql {
namespace {

// What operations do to one partition. `so_far`: what earlier statements of the batch do; null where there are none.
class PartitionEdit {
 public:
  PartitionEdit(const BoundModify& bound, const std::vector<OperationRef>& operations,
                const BoundModify::Existing& existing, const Mutation* so_far)
      : bound_(bound),
        operations_(operations),
        existing_(existing),
        so_far_(so_far),
        stamp_{bound.timestamp, bound.ttl, bound.defaults.now, bound.defaults.boot} {}

  Status statics(Mutation& mutation) const {
    if (!has(ColumnKind::static_)) return {};
    RowEdit edit(stamp_, operations_.size());
    TRY_STATUS(apply(ColumnKind::static_, "", so_far_ ? BytesView(so_far_->static_row) : BytesView{}, edit));
    return edit.write({}, mutation.static_row);
  }

  Status rows(bool live, Mutation& mutation) const {
    if (!live && !has(ColumnKind::regular)) return {};
    const auto& [positions, as_written] = std::tie(bound_.where.positions, bound_.where.as_written);
    mutation.rows.reserve(positions.size());
    for (size_t i = 0; i < positions.size(); ++i) {
      RowEdit edit(stamp_, operations_.size());
      if (live) edit.make_live();
      TRY_STATUS(apply(ColumnKind::regular, positions[i], row_so_far(positions[i]), edit));
      Bytes row;
      TRY_STATUS(edit.write(as_written.empty() ? BytesView{} : BytesView(as_written[i]), row));
      if (!row.empty()) mutation.rows.push_back({positions[i], std::move(row)});
    }
    return {};
  }

 private:
  bool has(ColumnKind kind) const {
    return std::ranges::any_of(operations_, [kind](const OperationRef& o) { return o->column().kind == kind; });
  }

  Status apply(ColumnKind kind, BytesView position, BytesView so_far, RowEdit& edit) const {
    OperationInput input{*bound_.evaluation, nullptr, so_far, bound_.defaults.counter_replica};
    for (const OperationRef& operation : operations_) {
      if (operation->column().kind != kind) continue;
      if (operation->reads() && !input.existing) input.existing = &existing_(position);
      TRY_STATUS(operation->apply(input, edit));
    }
    return {};
  }

  BytesView row_so_far(const Bytes& position) const {
    if (!so_far_) return {};
    const auto row = std::ranges::lower_bound(so_far_->rows, position, {}, &RowWrite::position);
    return row != so_far_->rows.end() && row->position == position ? BytesView(row->row) : BytesView{};
  }

  const BoundModify& bound_;
  const std::vector<OperationRef>& operations_;
  const BoundModify::Existing& existing_;
  const Mutation* so_far_;
  const WriteStamp stamp_;
};

// DELETE of no column in particular: the partition, ranges of rows, or rows.
void delete_rows(const BoundModify& bound, bool whole_partition, Mutation& mutation) {
  const Deletion deletion{bound.timestamp, bound.defaults.now};
  if (whole_partition) {
    mutation.partition_deletion = deletion;
    return;
  }
  if (!bound.where.full_rows) {
    for (const Slice& slice : bound.where.slices) mutation.ranges.push_back({slice.start, slice.end, deletion});
    return;
  }
  for (const Bytes& position : bound.where.positions) {
    Bytes row;
    RowBuilder builder(row);
    builder.deletion(deletion);
    builder.finish();
    mutation.rows.push_back({position, std::move(row)});
  }
}

Mutation beside(const Mutation& mutation) {
  Mutation part;
  part.table = mutation.table;
  part.schema = mutation.schema;
  part.token = mutation.token;
  part.partition_key = mutation.partition_key;
  return part;
}

}  // namespace

Status BoundModify::build(size_t i, const Existing& existing, Mutation& mutation) const {
  if (where.nothing) return {};
  MUST(i < where.partitions.size() && mutation.partition_key == where.partitions[i].key);
  const bool alone = mutation.empty();
  Mutation part = beside(mutation);
  if (plan->kind_ == ModifyPlan::Kind::delete_ && plan->operations_.empty()) {
    const bool whole = !plan->table_->has_clustering() || !plan->restrictions_->clustering_is_restricted();
    delete_rows(*this, whole, part);
  } else {
    const PartitionEdit edit(*this, plan->operations_, existing, alone ? nullptr : &mutation);
    TRY_STATUS(edit.statics(part));
    if (!plan->only_statics_) TRY_STATUS(edit.rows(plan->writes_row_marker_, part));
  }
  if (alone)
    mutation = std::move(part);
  else
    merge_mutation(mutation, std::move(part));
  return {};
}

bool ModifyPlan::build_plain(const Evaluation& evaluation, const WriteDefaults& defaults, PlainWrite& out) const {
  const auto timestamp = evaluate_timestamp(timestamp_, defaults.timestamp, evaluation);
  const auto ttl = evaluate_ttl(ttl_, table_->options.default_time_to_live, evaluation);
  if (!timestamp || !ttl || !restrictions_->bind_plain(evaluation, out.where)) return false;
  out.edit.begin_again({*timestamp, *ttl, defaults.now, defaults.boot});
  if (writes_row_marker_) out.edit.make_live();
  const OperationInput input{evaluation, nullptr, {}, defaults.counter_replica};
  for (const OperationRef& operation : operations_)
    if (!operation->apply(input, out.edit)) return false;
  Mutation& mutation = out.mutation;
  mutation.table = table_->id;
  mutation.schema = table_->version;
  mutation.token = out.where.token;
  mutation.partition_key = out.where.key;
  mutation.rows.resize(1);
  RowWrite& row = mutation.rows.front();
  row.position = out.where.position;
  row.row.clear();
  return out.edit.write(out.where.as_written, row.row) && !row.row.empty() && mutation.bytes() <= kMutationBytesMax;
}

Result<bool> BoundModify::condition_holds(const RowInput& row, bool exists) const {
  if (plan->if_exists()) return exists;
  if (plan->if_not_exists()) return !exists;
  for (const ConditionRef& condition : plan->conditions_) {
    TRY(const bool holds, condition->holds(row, *evaluation));
    if (!holds) return false;
  }
  return true;
}

}  // namespace ringlet::cql
