#include "core/cql/select_plan.h"

#include <algorithm>

#include "core/cql/select_checks.h"
#include "core/data/keys.h"
#include "core/data/text_value.h"

namespace ringlet::cql {
namespace {

std::unexpected<Error> invalid(std::string detail) { return fail(Errc::invalid, std::move(detail)); }

// At least one static column, and nothing of single rows.
bool only_statics(const Select& select, const Selection& selection) {
  if (select.items.empty()) return false;
  bool any = false;
  for (const Column* column : selection.columns()) {
    if (column->kind == ColumnKind::clustering || column->kind == ColumnKind::regular) return false;
    any |= column->kind == ColumnKind::static_;
  }
  return any;
}

Result<TermRef> prepare_special(const std::optional<Term>& term, const char* name, TypeKind kind, const Table& table,
                                TermContext& context) {
  if (!term) return TermRef{};
  return prepare_term(*term, Receiver{table.keyspace, table.name, name, native_type(kind)}, context);
}

Result<uint64_t> bind_limit(const TermRef& term, const char* name, const Evaluation& evaluation) {
  constexpr uint64_t kNone = std::numeric_limits<uint64_t>::max();
  if (!term) return kNone;
  TRY(const TermValue value, term->evaluate(evaluation));
  if (value.is_unset()) return kNone;
  if (value.is_null() || value.bytes().size() != 4) return invalid(std::string("Invalid null value of ") + name);
  const auto limit = load_big<int32_t>(value.bytes().data());
  if (limit <= 0) return invalid("LIMIT must be strictly positive");  // of either
  return static_cast<uint64_t>(limit);
}

Result<std::optional<int64_t>> bind_timeout(const TermRef& term, const Evaluation& evaluation) {
  if (!term) return std::optional<int64_t>{};
  TRY(const TermValue value, term->evaluate(evaluation));
  if (value.is_unset()) return std::optional<int64_t>{};
  if (value.is_null()) return invalid("Timeout value cannot be null");
  const CalendarDuration duration = duration_from_bytes(value.bytes());
  if (duration.months != 0 || duration.days != 0) return invalid("Timeout values cannot be expressed in days/months");
  if (duration.ns < 0) return invalid("Timeout values cannot be negative");
  return std::optional(duration.ns);
}

}  // namespace

Result<SelectPlan> SelectPlan::prepare(const Select& select, size_t marker_count, const PlanContext& context) {
  SelectPlan plan;
  TRY(plan.table_, find_table(context, select.table));
  const Table& table = *plan.table_;
  plan.shape_ = std::make_shared<RowShape>(plan.table_);
  BindMarkers binds(marker_count);
  TermContext terms{.plan = context, .binds = binds, .table = &table, .keyspace = table.keyspace};
  TRY(plan.selection_, Selection::prepare(select, plan.table_, *plan.shape_, terms));
  const RestrictionRules rules{.kind = StatementKind::select,
                               .only_statics = only_statics(select, plan.selection_),
                               .allow_filtering = select.allow_filtering,
                               .distinct = select.distinct};
  TRY(plan.restrictions_, Restrictions::prepare(select.where, rules, plan.table_, *plan.shape_, terms));
  if (select.distinct) TRY_STATUS(check_distinct(plan.selection_, plan.restrictions_, table));
  TRY_STATUS(check_group_by(select, plan.restrictions_, table));
  TRY(plan.reversed_, order_is_reversed(select, plan.restrictions_, table));
  plan.ordered_ = !select.order_by.empty();
  plan.distinct_ = select.distinct;

  TRY(plan.per_partition_limit_,
      prepare_special(select.per_partition_limit, "[per_partition_limit]", TypeKind::int_, table, terms));
  TRY(plan.limit_, prepare_special(select.limit, "[limit]", TypeKind::int_, table, terms));
  TRY(plan.timeout_, prepare_special(select.usings.timeout, "[timeout]", TypeKind::duration, table, terms));
  if (plan.per_partition_limit_ && select.distinct)
    return invalid("PER PARTITION LIMIT is not allowed with SELECT DISTINCT queries");
  if (plan.per_partition_limit_ && plan.selection_.aggregates() && !plan.selection_.groups())
    return invalid("PER PARTITION LIMIT is not allowed with aggregate queries.");

  plan.static_only_rows_ = !table.statics.empty() && !plan.restrictions_.clustering_is_restricted();
  plan.reads_statics_ = plan.shape_->wants_statics() || plan.static_only_rows_;
  if (plan.selection_.aggregates() && !plan.selection_.groups()) {
    if (!plan.restrictions_.partition_key_is_restricted())
      plan.warnings_.push_back("Aggregation query used without partition key");
    else if (plan.restrictions_.partition_key_is_in())
      plan.warnings_.push_back("Aggregation query used on multiple partition keys (IN restriction)");
  }
  plan.names_one_row_ = plan.restrictions_.is_plain() && plan.restrictions_.clustering_is_full() &&
                        plan.selection_.plain() && !plan.distinct_ && !plan.limit_ && !plan.per_partition_limit_ &&
                        !plan.timeout_ && !table.is_virtual;
  plan.binds_ = std::move(binds).take();
  return plan;
}

Result<BoundSelect> SelectPlan::bind(const Evaluation& evaluation, int32_t page_size) const {
  BoundSelect bound;
  bound.plan = this;
  TRY(bound.where, restrictions_.bind(evaluation));
  TRY(bound.limit, bind_limit(limit_, "limit", evaluation));
  TRY(bound.per_partition_limit, bind_limit(per_partition_limit_, "per partition limit", evaluation));
  TRY(bound.timeout_ns, bind_timeout(timeout_, evaluation));
  const bool sorts = ordered_ && restrictions_.partition_key_is_in() && !selection_.aggregates();
  if (sorts && page_size > 0 && bound.limit > static_cast<uint64_t>(page_size))
    return invalid(
        "Cannot page queries with both ORDER BY and a IN restriction on the partition key; you must either remove the "
        "ORDER BY "
        "or the IN and sort client side, or disable paging for this query");
  bound.merge_partitions = sorts && bound.where.partitions.size() > 1;
  return bound;
}

ReadRange BoundSelect::read_range(size_t i) const {
  ReadRange range;
  if (where.by_key) {
    append_partition_prefix(where.partitions[i].token, where.partitions[i].key, range.first_prefix);
    range.one_partition = true;
  } else {
    range.first_prefix = where.ranges[i].first;
    range.last_prefix = where.ranges[i].last;
  }
  range.slices = where.slices;
  range.static_row = plan->reads_statics();
  range.reversed = plan->reversed();
  return range;
}

}  // namespace ringlet::cql
