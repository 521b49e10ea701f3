#include "core/cql/modify_conditions.h"

#include <algorithm>

#include "core/cql/multi_cell.h"
#include "core/cql/render.h"
#include "core/data/value.h"

namespace ringlet::cql {
namespace {

std::unexpected<Error> invalid(std::string detail) { return fail(Errc::invalid, std::move(detail)); }

bool is_order(RelationOperator op) {
  return op == RelationOperator::less || op == RelationOperator::less_equal || op == RelationOperator::greater ||
         op == RelationOperator::greater_equal;
}
bool is_list_operator(RelationOperator op) { return op == RelationOperator::in || op == RelationOperator::not_in; }
bool is_contains_key(RelationOperator op) {
  return op == RelationOperator::contains_key || op == RelationOperator::not_contains_key;
}
bool is_contains(RelationOperator op) {
  return op == RelationOperator::contains || op == RelationOperator::not_contains || is_contains_key(op);
}

bool satisfies(std::strong_ordering order, RelationOperator op) {
  switch (op) {
    case RelationOperator::equal:
      return order == 0;
    case RelationOperator::not_equal:
      return order != 0;
    case RelationOperator::less:
      return order < 0;
    case RelationOperator::less_equal:
      return order <= 0;
    case RelationOperator::greater:
      return order > 0;
    case RelationOperator::greater_equal:
      return order >= 0;
    default:
      return false;
  }
}

using Stored = std::optional<BytesView>;  // nullopt: null

Result<bool> compare(const Type& type, RelationOperator op, const Stored& stored, const Stored& wanted) {
  if (!wanted) {
    if (op == RelationOperator::equal) return !stored;
    if (op == RelationOperator::not_equal) return stored.has_value();
    return invalid("Invalid comparison with null for operator \"" + std::string(to_cql(op)) + "\"");
  }
  if (!stored) return op == RelationOperator::not_equal;
  return satisfies(compare_values(type, *stored, *wanted), op);
}

// What a condition looks at: a column's value, one of its elements or fields.
class Subject {
 public:
  virtual ~Subject() = default;
  // `scratch` holds what is put together for the occasion.
  virtual Result<Stored> value(const RowInput& row, const Evaluation& evaluation, Bytes& scratch) const = 0;
};
using SubjectRef = std::unique_ptr<const Subject>;

Stored whole_value(const Column& column, size_t slot, const RowInput& row, Bytes& scratch) {
  if (!column.type->is_multi_cell()) return row.simple_value(slot);
  auto assembled = assemble(*column.type, row.column(slot).elements);
  if (!assembled) return std::nullopt;
  scratch = *std::move(assembled);
  return scratch;
}

class WholeColumn : public Subject {
 public:
  WholeColumn(const Column& column, size_t slot) : column_(column), slot_(slot) {}
  Result<Stored> value(const RowInput& row, const Evaluation&, Bytes& scratch) const override {
    return whole_value(column_, slot_, row, scratch);
  }

 private:
  const Column& column_;
  size_t slot_;
};

class Field : public Subject {
 public:
  Field(const Column& column, size_t slot, size_t field) : column_(column), slot_(slot), field_(field) {}
  Result<Stored> value(const RowInput& row, const Evaluation&, Bytes& scratch) const override {
    const Stored whole = whole_value(column_, slot_, row, scratch);
    if (!whole) return std::nullopt;
    TRY(const auto fields, split_elements(*column_.type, *whole));
    return field_ < fields.size() ? fields[field_] : std::nullopt;
  }

 private:
  const Column& column_;
  size_t slot_, field_;
};

class Element : public Subject {
 public:
  Element(const Column& column, size_t slot, TermRef key) : column_(column), slot_(slot), key_(std::move(key)) {}
  Result<Stored> value(const RowInput& row, const Evaluation& evaluation, Bytes& scratch) const override {
    const bool list = column_.type->kind == TypeKind::list;
    TRY(const TermValue key, key_->evaluate(evaluation));
    const std::string access = list ? "list element access" : "map element access";
    if (key.is_unset()) return invalid("Invalid unset value for " + access);
    if (key.is_null()) return invalid("Invalid null value for " + access);
    const Stored whole = whole_value(column_, slot_, row, scratch);
    if (list && !key.bytes().empty() && load_big<int32_t>(key.bytes().data()) < 0)
      return invalid("Invalid negative list index " + std::to_string(load_big<int32_t>(key.bytes().data())));
    if (!whole) return std::nullopt;
    TRY(const auto parts, split_elements(*column_.type, *whole));
    return list ? at_index(parts, key.bytes()) : at_key(parts, key.bytes());
  }

 private:
  using Parts = std::vector<std::optional<BytesView>>;
  static Stored at_index(const Parts& parts, BytesView index) {
    if (index.empty()) return std::nullopt;
    const auto at = static_cast<size_t>(load_big<uint32_t>(index.data()));
    return at < parts.size() ? parts[at] : std::nullopt;
  }
  Stored at_key(const Parts& parts, BytesView key) const {
    for (size_t i = 0; i + 1 < parts.size(); i += 2)
      if (compare_values(*column_.type->parameters[0], *parts[i], key) == 0) return parts[i + 1];
    return std::nullopt;
  }

  const Column& column_;
  size_t slot_;
  TermRef key_;
};

// The condition's own value; a collection that is not there is compared as an empty one, unless with null.
class Comparison : public ModifyCondition {
 public:
  Comparison(SubjectRef subject, TypeRef type, RelationOperator op, TermRef wanted)
      : subject_(std::move(subject)), type_(std::move(type)), op_(op), wanted_(std::move(wanted)) {}

  Result<bool> holds(const RowInput& row, const Evaluation& evaluation) const override {
    TRY(const TermValue wanted, wanted_->evaluate(evaluation));
    if (wanted.is_unset()) return invalid("Invalid 'unset' value in condition");
    Bytes scratch;
    TRY(Stored stored, subject_->value(row, evaluation, scratch));
    if (!wanted.has_bytes()) return compare(*type_, op_, stored, std::nullopt);
    if (!stored && type_->is_collection() && type_->is_multi_cell()) {
      scratch = join_elements(*type_, {});
      stored = scratch;
    }
    return compare(*type_, op_, stored, wanted.bytes());
  }

 private:
  SubjectRef subject_;
  TypeRef type_;
  RelationOperator op_;
  TermRef wanted_;
};

class Membership : public ModifyCondition {
 public:
  Membership(SubjectRef subject, TypeRef type, bool negated, std::vector<TermRef> choices, TermRef list)
      : subject_(std::move(subject)),
        type_(std::move(type)),
        negated_(negated),
        choices_(std::move(choices)),
        list_(std::move(list)) {}

  Result<bool> holds(const RowInput& row, const Evaluation& evaluation) const override {
    Bytes scratch;
    TRY(const Stored stored, subject_->value(row, evaluation, scratch));
    TRY(const bool found, list_ ? in_list(stored, evaluation) : among_choices(stored, evaluation));
    return found != negated_;
  }

 private:
  Result<bool> among_choices(const Stored& stored, const Evaluation& evaluation) const {
    bool found = false;
    for (const TermRef& choice : choices_) {
      TRY(const TermValue value, choice->evaluate(evaluation));
      if (value.is_unset()) continue;
      TRY(const bool same,
          compare(*type_, RelationOperator::equal, stored, value.is_null() ? Stored{} : Stored{value.bytes()}));
      found |= same;
    }
    return found;
  }
  Result<bool> in_list(const Stored& stored, const Evaluation& evaluation) const {
    TRY(const TermValue value, list_->evaluate(evaluation));
    if (value.is_unset()) return invalid("Invalid 'unset' value in condition");
    if (value.is_null()) return invalid("Invalid null list in IN condition");
    TRY(const auto choices, split_elements(*list_->type(), value.bytes()));
    for (const auto& choice : choices) {
      TRY(const bool same, compare(*type_, RelationOperator::equal, stored, choice));
      if (same) return true;
    }
    return false;
  }

  SubjectRef subject_;
  TypeRef type_;
  bool negated_;
  std::vector<TermRef> choices_;
  TermRef list_;  // IN ?
};

class Containment : public ModifyCondition {
 public:
  Containment(SubjectRef subject, TypeRef type, RelationOperator op, TermRef wanted)
      : subject_(std::move(subject)), type_(std::move(type)), op_(op), wanted_(std::move(wanted)) {}

  Result<bool> holds(const RowInput& row, const Evaluation& evaluation) const override {
    TRY(const TermValue wanted, wanted_->evaluate(evaluation));
    if (wanted.is_unset()) return invalid("Invalid 'unset' value in condition");
    if (wanted.is_null())
      return invalid("Invalid comparison with null for operator \"" + std::string(to_cql(op_)) + "\"");
    Bytes scratch;
    TRY(const Stored stored, subject_->value(row, evaluation, scratch));
    const bool negated = op_ == RelationOperator::not_contains || op_ == RelationOperator::not_contains_key;
    if (!stored) return negated;
    TRY(const auto parts, split_elements(*type_, *stored));
    const bool map = type_->kind == TypeKind::map, keys = is_contains_key(op_);
    const Type& element = *type_->parameters[map && !keys ? 1 : 0];
    for (size_t i = map && !keys ? 1 : 0; i < parts.size(); i += map ? 2 : 1)
      if (compare_values(element, *parts[i], wanted.bytes()) == 0) return !negated;
    return negated;
  }

 private:
  SubjectRef subject_;
  TypeRef type_;
  RelationOperator op_;
  TermRef wanted_;
};

bool holds_duration(const Type& type) {
  return type.kind == TypeKind::duration ||
         std::ranges::any_of(type.parameters, [](const TypeRef& p) { return holds_duration(*p); });
}

Status check_order(const Type& type, RelationOperator op) {
  if (!is_order(op) || !holds_duration(type)) return {};
  if (type.is_collection()) return invalid("Slice conditions are not supported on collections containing durations");
  if (type.kind == TypeKind::tuple) return invalid("Slice conditions are not supported on tuples containing durations");
  if (type.kind == TypeKind::user) return invalid("Slice conditions are not supported on UDTs containing durations");
  return invalid("Slice conditions are not supported on durations");
}

class ConditionPlanner {
 public:
  ConditionPlanner(const Condition& condition, const Column& column, size_t slot, const Table& table,
                   TermContext& terms)
      : condition_(condition), column_(column), slot_(slot), receiver_(receiver_of(table, column)), terms_(terms) {}

  Result<ConditionRef> prepare() {
    TRY_STATUS(pick_subject());
    const RelationOperator op = condition_.op;
    if (is_list_operator(op)) return membership();
    if (is_contains(op)) return containment();
    if (op != RelationOperator::equal && op != RelationOperator::not_equal && !is_order(op))
      return invalid("Unsupported operator " + std::string(to_cql(op)) + " in the condition on column " + column_.name);
    TRY_STATUS(check_order(*receiver_.type, op));
    TRY(TermRef wanted, prepare_term(condition_.operand.terms[0], receiver_, terms_));
    return std::make_shared<Comparison>(std::move(subject_), receiver_.type, op, std::move(wanted));
  }

 private:
  // Makes `receiver_` that of the element or field where it is one.
  Status pick_subject() {
    const ColumnTarget& target = condition_.target;
    const Type& type = *column_.type;
    if (target.element) {
      if (!type.is_collection())
        return invalid("Invalid element access syntax for non-collection column " + column_.name);
      if (type.kind == TypeKind::set) return invalid("Invalid element access syntax for set column " + column_.name);
      const bool list = type.kind == TypeKind::list;
      TRY(TermRef key,
          prepare_term(*target.element, list ? index_receiver(receiver_) : map_key_receiver(receiver_), terms_));
      subject_ = std::make_unique<Element>(column_, slot_, std::move(key));
      receiver_ = list ? element_receiver(receiver_) : map_value_receiver(receiver_);
    } else if (target.field) {
      if (type.kind != TypeKind::user) return invalid("Invalid field access syntax for non-UDT column " + column_.name);
      const auto at = std::ranges::find(type.field_names, *target.field);
      if (at == type.field_names.end())
        return invalid("Unknown field " + *target.field + " for column " + column_.name);
      const auto field = static_cast<size_t>(at - type.field_names.begin());
      subject_ = std::make_unique<Field>(column_, slot_, field);
      receiver_ = field_receiver(receiver_, field);
    } else {
      subject_ = std::make_unique<WholeColumn>(column_, slot_);
    }
    return {};
  }

  Result<ConditionRef> membership() {
    const bool negated = condition_.op == RelationOperator::not_in;
    TermRef list;
    std::vector<TermRef> choices;
    if (condition_.operand.marker_is_list) {
      TRY(list, prepare_term(condition_.operand.terms[0], in_receiver(receiver_), terms_));
    } else {
      for (const Term& term : condition_.operand.terms) {
        TRY(TermRef choice, prepare_term(term, receiver_, terms_));
        choices.push_back(std::move(choice));
      }
    }
    return std::make_shared<Membership>(std::move(subject_), receiver_.type, negated, std::move(choices),
                                        std::move(list));
  }

  Result<ConditionRef> containment() {
    const Type& type = *receiver_.type;
    const bool key = is_contains_key(condition_.op);
    if (!type.is_collection())
      return invalid("Cannot use " + std::string(to_cql(condition_.op)) + " on non-collection column " +
                     receiver_.name);
    if (key && type.kind != TypeKind::map)
      return invalid("Cannot use " + std::string(to_cql(condition_.op)) + " on non-map column " + receiver_.name);
    const Receiver part = key                          ? map_key_receiver(receiver_)
                          : type.kind == TypeKind::map ? map_value_receiver(receiver_)
                                                       : element_receiver(receiver_);
    TRY(TermRef wanted, prepare_term(condition_.operand.terms[0], part, terms_));
    return std::make_shared<Containment>(std::move(subject_), receiver_.type, condition_.op, std::move(wanted));
  }

  const Condition& condition_;
  const Column& column_;
  size_t slot_;
  Receiver receiver_;
  TermContext& terms_;
  SubjectRef subject_;
};

}  // namespace

Result<ConditionRef> prepare_condition(const Condition& condition, const Column& column, const Table& table,
                                       RowShape& shape, TermContext& terms) {
  if (column.kind == ColumnKind::partition_key || column.kind == ColumnKind::clustering)
    return invalid("PRIMARY KEY column '" + column.name + "' cannot have IF conditions");
  if (column.type->kind == TypeKind::counter) return invalid("Conditions on counters are not supported");
  return ConditionPlanner(condition, column, shape.slot_of(column), table, terms).prepare();
}

}  // namespace ringlet::cql
