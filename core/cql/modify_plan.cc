#include "core/cql/modify_plan.h"

#include <algorithm>
#include <set>

#include "core/base/limits.h"
#include "core/cql/modify_conditions.h"
#include "core/cql/modify_json.h"
#include "core/cql/modify_operations.h"
#include "core/cql/modify_usings.h"

namespace ringlet::cql {
namespace {

std::unexpected<Error> invalid(std::string detail) { return fail(Errc::invalid, std::move(detail)); }

bool is_key(const Column& column) {
  return column.kind == ColumnKind::partition_key || column.kind == ColumnKind::clustering;
}

Relation equals(std::string column, Term value) {
  Operand operand;
  operand.terms.push_back(std::move(value));
  return {ColumnRelation{{std::move(column), {}, {}}, RelationOperator::equal, std::move(operand)}};
}

const TableName& table_of(const ModifyPlan::Ast& statement) {
  return std::visit([](const auto& s) -> const TableName& { return s.table; }, statement);
}

}  // namespace

class ModifyPlanner {
 public:
  ModifyPlanner(ModifyPlan& plan, const PlanContext& context, BindMarkers& binds)
      : plan_(plan), table_(*plan.table_), terms_{context, binds, plan.table_.get(), plan.table_->keyspace} {}

  Status plan(const Insert& insert) {
    plan_.kind_ = ModifyPlan::Kind::insert;
    if (plan_.is_counter()) return invalid("INSERT statements are not allowed on counter tables, use UPDATE instead");
    if (insert.if_not_exists) plan_.condition_kind_ = ModifyPlan::ConditionKind::not_exists;
    TRY_STATUS(plan_usings(insert.usings));
    if (insert.json) return plan_json(insert);
    TRY_STATUS(check_columns(insert));
    return plan_values(insert.columns, insert.values, terms_);
  }

  Status plan(const Update& update) {
    plan_.kind_ = ModifyPlan::Kind::update;
    TRY_STATUS(check_compatible(update.assignments));
    TRY_STATUS(plan_conditions(update.if_exists, update.conditions));
    TRY_STATUS(plan_usings(update.usings));
    OperationContext context{table_, *plan_.shape_, terms_};
    for (const Assignment& assignment : update.assignments) {
      TRY(OperationRef operation, prepare_assignment(assignment, context));
      add(std::move(operation));
    }
    plan_.only_statics_ = applies_only_to_statics();
    return plan_where(update.where, StatementKind::update, terms_);
  }

  Status plan(const Delete& deletion) {
    plan_.kind_ = ModifyPlan::Kind::delete_;
    TRY_STATUS(plan_conditions(deletion.if_exists, deletion.conditions));
    TRY_STATUS(plan_usings(deletion.usings));
    OperationContext context{table_, *plan_.shape_, terms_};
    for (const ColumnTarget& target : deletion.targets) {
      TRY(OperationRef operation, prepare_deletion(target, context));
      add(std::move(operation));
    }
    plan_.only_statics_ = applies_only_to_statics();
    TRY_STATUS(plan_where(deletion.where, StatementKind::delete_, terms_));
    return check_deletion();
  }

  void finish() {
    plan_.reads_before_writing_ =
        std::ranges::any_of(plan_.operations_, [](const OperationRef& o) { return o->reads(); });
    if (plan_.if_exists() || plan_.if_not_exists()) plan_.condition_columns_ = table_.star();
    plan_.plain_ = !plan_.conditional() && !plan_.reads_before_writing_ && !plan_.json_ && !plan_.timeout_ &&
                   !plan_.only_statics_ && !has_operations(ColumnKind::static_) &&
                   (plan_.writes_row_marker_ || !plan_.operations_.empty()) && plan_.restrictions_->is_plain() &&
                   plan_.restrictions_->clustering_is_full();
  }

 private:
  // --- INSERT ---
  Status check_columns(const Insert& insert) const {
    if (insert.columns.empty()) return invalid("No columns provided to INSERT");
    if (insert.columns.size() != insert.values.size()) return invalid("Unmatched column names/values");
    const std::set<std::string_view> names(insert.columns.begin(), insert.columns.end());
    if (names.size() != insert.columns.size()) return invalid("The column names contains duplicates");
    return {};
  }

  Status plan_values(const std::vector<std::string>& columns, const std::vector<Term>& values, TermContext& terms) {
    std::vector<Relation> where;
    bool has_clustering = false;
    OperationContext context{table_, *plan_.shape_, terms};
    for (size_t i = 0; i < columns.size(); ++i) {
      TRY(const Column* column, find_column(table_, columns[i]));
      if (is_key(*column)) {
        has_clustering |= column->kind == ColumnKind::clustering;
        where.push_back(equals(columns[i], values[i]));
        continue;
      }
      TRY(OperationRef operation, prepare_value(*column, values[i], context));
      add(std::move(operation));
    }
    plan_.only_statics_ = !has_clustering && applies_only_to_statics();
    plan_.writes_row_marker_ = !plan_.only_statics_;
    return plan_where(where, StatementKind::insert, terms);
  }

  // The same as an INSERT of every column, `VALUES (?, ?, ..)`, whose values come out of the document.
  Status plan_json(const Insert& insert) {
    TRY(auto json, JsonInsert::prepare(*insert.json, insert.json_default_unset, plan_.table_, terms_));
    plan_.json_ = std::move(json);
    BindMarkers own(plan_.json_->columns().size());
    TermContext terms{terms_.plan, own, terms_.table, terms_.keyspace};
    std::vector<std::string> columns;
    std::vector<Term> values;
    for (const Column* column : plan_.json_->columns()) {
      values.push_back({BindMarker{static_cast<uint32_t>(columns.size()), {}}});
      columns.push_back(column->name);
    }
    return plan_values(columns, values, terms);
  }

  // --- what all have ---
  Status plan_usings(const Usings& usings) {
    if (usings.timestamp) {
      if (plan_.conditional()) return invalid("Cannot provide custom timestamp for conditional updates");
      if (plan_.is_counter()) return invalid("Cannot provide custom timestamp for counter updates");
      TRY(plan_.timestamp_, prepare_timestamp(*usings.timestamp, terms_));
    }
    if (usings.ttl) {
      if (plan_.is_counter()) return invalid("Cannot provide custom TTL for counter updates");
      TRY(plan_.ttl_, prepare_ttl(*usings.ttl, terms_));
    }
    if (usings.timeout) {
      TRY(plan_.timeout_, prepare_timeout(*usings.timeout, terms_));
    }
    return {};
  }

  Status plan_conditions(bool if_exists, const std::vector<Condition>& conditions) {
    if (if_exists)
      plan_.condition_kind_ = ModifyPlan::ConditionKind::exists;
    else if (!conditions.empty())
      plan_.condition_kind_ = ModifyPlan::ConditionKind::columns;
    if (plan_.conditional() && plan_.is_counter())
      return invalid("Conditional updates are not supported on counter tables");
    for (const Condition& condition : conditions) {
      TRY(const Column* column, find_column(table_, condition.target.column));
      TRY(ConditionRef prepared, prepare_condition(condition, *column, table_, *plan_.shape_, terms_));
      plan_.conditions_.push_back(std::move(prepared));
      auto& shown = plan_.condition_columns_;
      if (std::ranges::find(shown, column) == shown.end()) shown.push_back(column);
    }
    return {};
  }

  Status plan_where(const std::vector<Relation>& where, StatementKind kind, TermContext& terms) {
    const RestrictionRules rules{.kind = kind, .only_statics = plan_.only_statics_};
    TRY(Restrictions restrictions, Restrictions::prepare(where, rules, plan_.table_, *plan_.shape_, terms));
    if (plan_.conditional() && restrictions.clustering_has_in())
      return invalid(std::string("IN on the clustering key columns is not supported with conditional ") +
                     (kind == StatementKind::delete_ ? "deletions" : "updates"));
    plan_.restrictions_ = std::make_shared<const Restrictions>(std::move(restrictions));
    return {};
  }

  Status check_deletion() const {
    const bool full = plan_.restrictions_->clustering_is_full();
    if (plan_.conditional() && !full && !plan_.only_statics_) {
      const std::string must =
          "DELETE statements must restrict all PRIMARY KEY columns with equality relations in order to ";
      if (applies_to_rows()) return invalid(must + "delete non static columns");
      return invalid(must + "use IF condition on non static columns");
    }
    if (!full && has_operations(ColumnKind::regular))
      return invalid("Range deletions are not supported for specific columns");
    if (plan_.restrictions_->clustering_is_restricted() && !full && !plan_.operations_.empty())
      return invalid("Range deletions are not supported for specific columns");
    return {};
  }

  bool has_operations(ColumnKind kind) const {
    return std::ranges::any_of(plan_.operations_, [kind](const OperationRef& o) { return o->column().kind == kind; });
  }
  bool has_conditions(ColumnKind kind) const {
    return std::ranges::any_of(plan_.condition_columns_, [kind](const Column* c) { return c->kind == kind; });
  }
  bool applies_to_rows() const {  // a DELETE of no column in particular deletes rows
    return has_operations(ColumnKind::regular) ||
           (plan_.kind_ == ModifyPlan::Kind::delete_ && plan_.operations_.empty());
  }
  bool applies_only_to_statics() const {
    return !applies_to_rows() && !has_conditions(ColumnKind::regular) &&
           (has_operations(ColumnKind::static_) || has_conditions(ColumnKind::static_));
  }

  // In the order of columns, so that executions need not sort; those of one column stay in theirs.
  void add(OperationRef operation) {
    const auto id = [](const OperationRef& o) { return o->column().id; };
    const auto after = std::ranges::upper_bound(plan_.operations_, id(operation), {}, id);
    plan_.operations_.insert(after, std::move(operation));
  }

  ModifyPlan& plan_;
  const Table& table_;
  TermContext terms_;
};

Result<ModifyPlan> ModifyPlan::prepare(const Ast& statement, const PlanContext& context, BindMarkers& binds) {
  ModifyPlan plan;
  TRY(plan.table_, find_table(context, table_of(statement)));
  if (plan.table_->is_virtual)
    return invalid("Modification is not supported by table " + plan.table_->keyspace + "." + plan.table_->name);
  plan.shape_ = std::make_shared<RowShape>(plan.table_);
  ModifyPlanner planner(plan, context, binds);
  TRY_STATUS(std::visit([&planner](const auto& s) { return planner.plan(s); }, statement));
  planner.finish();
  return plan;
}

std::vector<uint16_t> ModifyPlan::partition_key_binds() const {
  return json_ ? std::vector<uint16_t>{} : restrictions_->partition_key_binds();
}

Result<BoundModify> ModifyPlan::bind(const Evaluation& evaluation, const WriteDefaults& defaults) const {
  BoundModify bound;
  bound.plan = this;
  bound.defaults = defaults;
  bound.evaluation = &evaluation;
  TRY(bound.timestamp, evaluate_timestamp(timestamp_, defaults.timestamp, evaluation));
  TRY(bound.ttl, evaluate_ttl(ttl_, table_->options.default_time_to_live, evaluation));
  TRY(bound.timeout_ns, evaluate_timeout_ns(timeout_, evaluation));
  if (json_) {
    TRY(bound.json, json_->evaluate(evaluation));
    bound.evaluation = &bound.json->evaluation;
  }
  TRY(bound.where, restrictions_->bind(*bound.evaluation));
  TRY_STATUS(check_bound(bound));
  return bound;
}

Status ModifyPlan::check_bound(const BoundModify& bound) const {
  const size_t partitions = bound.where.partitions.size(), rows = bound.where.slices.size();
  if (conditional() && partitions > 1)
    return invalid(std::string("IN on the partition key is not supported with conditional ") +
                   (kind_ == Kind::delete_ ? "deletions" : "updates"));
  if (partitions * rows > kInValuesMax)
    return invalid("The statement names " + std::to_string(partitions * rows) + " rows by IN; the most is " +
                   std::to_string(kInValuesMax));
  return {};
}

}  // namespace ringlet::cql
