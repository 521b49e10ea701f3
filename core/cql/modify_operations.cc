// Which operation an assignment or a target of DELETE means, and what is wrong with it.
#include "core/cql/modify_operations.h"

#include <algorithm>

#include "core/cql/render.h"

namespace ringlet::cql {
namespace {

std::unexpected<Error> invalid(std::string detail) { return fail(Errc::invalid, std::move(detail)); }

bool is_key(const Column& column) {
  return column.kind == ColumnKind::partition_key || column.kind == ColumnKind::clustering;
}

std::unexpected<Error> wrong_operation(const Assignment& assignment, const char* kind, const Column& column) {
  return invalid("Invalid operation (" + to_cql(assignment) + ") for " + kind + " column " + column.name);
}

const char* frozen_kind(const Column& column) {
  return column.type->kind == TypeKind::list ? "frozen list" : "frozen collection";
}

Result<size_t> field_named(const Column& column, const std::string& name) {
  const auto& names = column.type->field_names;
  const auto at = std::ranges::find(names, name);
  if (at == names.end()) return invalid("UDT column " + column.name + " does not have a field named " + name);
  return static_cast<size_t>(at - names.begin());
}

class Assigner {
 public:
  Assigner(const Assignment& assignment, const Column& column, OperationContext& context)
      : assignment_(assignment),
        column_(column),
        type_(*column.type),
        context_(context),
        receiver_(receiver_of(context.table, column)) {}

  Result<OperationRef> prepare() {
    if (assignment_.target.element) return element();
    if (assignment_.target.field) return field();
    switch (assignment_.operation) {
      case Assignment::Operation::set:
        return prepare_value(column_, assignment_.value, context_);
      case Assignment::Operation::add:
        return add();
      case Assignment::Operation::subtract:
        return subtract();
      case Assignment::Operation::prepend:
        return prepend();
    }
    return wrong("unknown");
  }

 private:
  std::unexpected<Error> wrong(const char* kind) const { return wrong_operation(assignment_, kind, column_); }
  Result<TermRef> term(const Term& of, const Receiver& receiver) { return prepare_term(of, receiver, context_.terms); }

  Result<OperationRef> element() {
    if (!type_.is_collection()) return wrong("non collection");
    if (!type_.is_multi_cell()) return wrong(frozen_kind(column_));
    if (type_.kind == TypeKind::set) return wrong("set");
    const bool list = type_.kind == TypeKind::list;
    TRY(TermRef key, term(*assignment_.target.element, list ? index_receiver(receiver_) : map_key_receiver(receiver_)));
    TRY(TermRef value, term(assignment_.value, list ? element_receiver(receiver_) : map_value_receiver(receiver_)));
    if (list) return set_list_element(column_, std::move(key), std::move(value), context_.shape);
    return set_map_value(column_, std::move(key), std::move(value));
  }

  Result<OperationRef> field() {
    if (type_.kind != TypeKind::user) return wrong("non-UDT");
    if (!type_.is_multi_cell()) return wrong("frozen UDT");
    TRY(const size_t at, field_named(column_, *assignment_.target.field));
    TRY(TermRef value, term(assignment_.value, field_receiver(receiver_, at)));
    return set_field(column_, at, std::move(value));
  }

  Result<OperationRef> count(bool up) {
    if (type_.kind == TypeKind::tuple) return wrong("tuple");
    if (type_.kind != TypeKind::counter) return wrong("non counter");
    TRY(TermRef delta, term(assignment_.value, receiver_));
    if (up) return count_up(column_, std::move(delta), context_.shape);
    return count_down(column_, std::move(delta), context_.shape);
  }

  Result<OperationRef> add() {
    if (!type_.is_collection()) return count(true);
    if (!type_.is_multi_cell()) return wrong(frozen_kind(column_));
    Result<TermRef> value = term(assignment_.value, receiver_);
    if (!value && type_.kind == TypeKind::map && !is_part_of_map())
      return invalid("Value for a map addition has to be a map, but was: '" + to_cql(assignment_.value) + "'");
    if (!value) return fail(std::move(value).error());
    switch (type_.kind) {
      case TypeKind::list:
        return append_to_list(column_, *std::move(value));
      case TypeKind::set:
        return add_to_set(column_, *std::move(value));
      default:
        return add_to_map(column_, *std::move(value));
    }
  }

  Result<OperationRef> subtract() {
    if (!type_.is_collection()) return count(false);
    if (!type_.is_multi_cell()) return wrong(frozen_kind(column_));
    if (type_.kind == TypeKind::map) return subtract_keys();
    TRY(TermRef value, term(assignment_.value, receiver_));
    if (type_.kind == TypeKind::list) return remove_from_list(column_, std::move(value), context_.shape);
    return remove_from_set(column_, std::move(value));
  }

  Result<OperationRef> subtract_keys() {
    Receiver keys = receiver_;
    keys.type = set_type(type_.parameters[0], false);
    if (std::holds_alternative<MapLiteral>(assignment_.value.node))
      return invalid("Value for a map substraction has to be a set, but was: '" + to_cql(assignment_.value) + "'");
    TRY(TermRef value, term(assignment_.value, keys));
    return remove_from_map(column_, std::move(value));
  }

  Result<OperationRef> prepend() {
    if (type_.kind != TypeKind::list) return wrong("non list");
    if (!type_.is_multi_cell()) return wrong(frozen_kind(column_));
    TRY(TermRef value, term(assignment_.value, receiver_));
    return prepend_to_list(column_, std::move(value));
  }

  // A map with something wrong in it: then its own words say more.
  bool is_part_of_map() const { return std::holds_alternative<MapLiteral>(assignment_.value.node); }

  const Assignment& assignment_;
  const Column& column_;
  const Type& type_;
  OperationContext& context_;
  Receiver receiver_;
};

Result<OperationRef> prepare_field_deletion(const Column& column, const std::string& field) {
  if (column.type->kind != TypeKind::user)
    return invalid("Invalid field deletion operation for non-UDT column " + column.name);
  if (!column.type->is_multi_cell())
    return invalid("Frozen UDT column " + column.name + " does not support field deletions");
  TRY(const size_t at, field_named(column, field));
  return delete_field(column, at);
}

Result<OperationRef> prepare_element_deletion(const Column& column, const Term& element, OperationContext& context) {
  const Type& type = *column.type;
  if (!type.is_collection()) return invalid("Invalid deletion operation for non collection column " + column.name);
  if (!type.is_multi_cell()) return invalid("Invalid deletion operation for frozen collection column " + column.name);
  const Receiver receiver = receiver_of(context.table, column);
  switch (type.kind) {
    case TypeKind::list: {
      TRY(TermRef index, prepare_term(element, index_receiver(receiver), context.terms));
      return delete_list_element(column, std::move(index), context.shape);
    }
    case TypeKind::set: {
      TRY(TermRef value, prepare_term(element, element_receiver(receiver), context.terms));
      return delete_set_element(column, std::move(value));
    }
    default: {
      TRY(TermRef key, prepare_term(element, map_key_receiver(receiver), context.terms));
      return delete_map_key(column, std::move(key));
    }
  }
}

bool sets_whole(const Assignment& assignment) {
  return assignment.operation == Assignment::Operation::set && !assignment.target.element && !assignment.target.field;
}

bool compatible(const Assignment& a, const Assignment& b) {
  if (a.target.field && b.target.field) return *a.target.field != *b.target.field;
  return !sets_whole(a) && !sets_whole(b);
}

}  // namespace

Result<OperationRef> prepare_value(const Column& column, const Term& value, OperationContext& context) {
  if (column.type->kind == TypeKind::counter)
    return invalid("Cannot set the value of counter column " + column.name +
                   " (counters can only be incremented/decremented, not set)");
  TRY(TermRef term, prepare_term(value, receiver_of(context.table, column), context.terms));
  if (!column.type->is_multi_cell()) return set_simple(column, std::move(term));
  return column.type->kind == TypeKind::user ? set_user_type(column, std::move(term))
                                             : set_collection(column, std::move(term));
}

Result<OperationRef> prepare_assignment(const Assignment& assignment, OperationContext& context) {
  TRY(const Column* column, find_column(context.table, assignment.target.column));
  if (is_key(*column)) return invalid("PRIMARY KEY part " + column->name + " found in SET part");
  return Assigner(assignment, *column, context).prepare();
}

Result<OperationRef> prepare_deletion(const ColumnTarget& target, OperationContext& context) {
  TRY(const Column* column, find_column(context.table, target.column));
  if (is_key(*column))
    return invalid("Invalid identifier " + column->name + " for deletion (should not be a PRIMARY KEY part)");
  if (target.element) return prepare_element_deletion(*column, *target.element, context);
  if (target.field) return prepare_field_deletion(*column, *target.field);
  return delete_column(*column);
}

Status check_compatible(const std::vector<Assignment>& assignments) {
  for (size_t i = 1; i < assignments.size(); ++i)
    for (size_t j = 0; j < i; ++j)
      if (assignments[i].target.column == assignments[j].target.column && !compatible(assignments[j], assignments[i]))
        return fail(Errc::syntax, "Multiple incompatible setting of column " + assignments[i].target.column);
  return {};
}

}  // namespace ringlet::cql
