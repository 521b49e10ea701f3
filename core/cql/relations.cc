#include "core/cql/relations.h"

#include <algorithm>

#include "core/cql/render.h"

namespace ringlet::cql {
namespace {

using Kind = Restriction::Kind;
using Op = RelationOperator;

std::unexpected<Error> invalid(std::string detail) { return fail(Errc::invalid, std::move(detail)); }

bool is_slice(Op op) {
  return op == Op::less || op == Op::less_equal || op == Op::greater || op == Op::greater_equal || op == Op::between;
}

bool holds_duration(const Type& type) {
  return type.kind == TypeKind::duration ||
         std::ranges::any_of(type.parameters, [](const TypeRef& part) { return holds_duration(*part); });
}

Status check_operator(Op op, const Relation& whole) {
  switch (op) {
    case Op::not_equal:
    case Op::not_in:
    case Op::not_contains:
    case Op::not_contains_key:
      return invalid("Unsupported \"" + std::string(to_cql(op)) + "\" relation: " + to_cql(whole));
    case Op::is_not_null:
      return invalid("Unsupported restriction: " + to_cql(whole));
    default:
      return {};
  }
}

Status check_type(const ColumnRelation& relation, const Column& column) {
  const Type& type = *column.type;
  const bool contains = relation.op == Op::contains || relation.op == Op::contains_key;
  if (contains && !type.is_collection())
    return invalid("Cannot use " + std::string(to_cql(relation.op)) + " on non-collection column " + column.name);
  if (relation.op == Op::contains_key && type.kind != TypeKind::map)
    return invalid("Cannot use CONTAINS KEY on non-map column " + column.name);
  if (type.kind == TypeKind::user && type.is_multi_cell())
    return invalid("Non-frozen UDT column '" + column.name + "' (" + to_cql(type) +
                   ") cannot be restricted by any relation");
  if (type.is_multi_cell() && !contains && !relation.target.element)
    return invalid("Collection column '" + column.name + "' (" + to_cql(type) + ") cannot be restricted by a '" +
                   std::string(to_cql(relation.op)) + "' relation");
  if (is_slice(relation.op) && holds_duration(type))
    return invalid(type.kind == TypeKind::duration
                       ? "Slice restrictions are not supported on duration columns"
                       : "Slice restrictions are not supported on " +
                             std::string(type.is_collection() ? "collections" : "tuples") + " containing durations");
  return {};
}

Status check_map_entry(const ColumnRelation& relation, const Column& column) {
  const Type& type = *column.type;
  if (type.kind == TypeKind::list)
    return invalid("Indexes on list entries (" + column.name + "[index] = value) are not currently supported.");
  if (type.kind != TypeKind::map) return invalid("Column " + column.name + " cannot be used as a map");
  if (!type.is_multi_cell())
    return invalid("Map-entry equality predicates on frozen map column " + column.name + " are not supported");
  if (relation.op != Op::equal) return invalid("Only EQ relations are supported on map entries");
  return {};
}

// Sets the bound or bounds that `op` means from one or two values.
void set_bounds(Op op, std::vector<TupleTerm> values, Restriction& out) {
  out.kind = Kind::slice;
  const size_t columns = out.columns.size();
  const bool inclusive = op == Op::less_equal || op == Op::greater_equal || op == Op::between;
  if (op == Op::greater || op == Op::greater_equal || op == Op::between)
    out.lower = RestrictionBound{std::move(values.front()), columns, inclusive};
  if (op == Op::less || op == Op::less_equal || op == Op::between)
    out.upper = RestrictionBound{std::move(values.back()), columns, inclusive};
}

Result<TupleTerm> single(const Term& term, const Receiver& receiver, TermContext& context) {
  TupleTerm tuple;
  TRY(TermRef part, prepare_term(term, receiver, context));
  tuple.parts.push_back(std::move(part));
  return tuple;
}

Receiver tuple_receiver(const std::vector<const Column*>& columns, const Table& table) {
  std::string name;
  std::vector<TypeRef> types;
  for (const Column* column : columns) {
    name += (name.empty() ? "(" : ",") + column->name;
    types.push_back(column->type);
  }
  return {table.keyspace, table.name, name + ")", tuple_type(std::move(types))};
}

Result<TupleTerm> tuple_value(const Term& term, const std::vector<const Column*>& columns, const Table& table,
                              TermContext& context) {
  TupleTerm value;
  const auto* literal = std::get_if<TupleLiteral>(&term.node);
  if (!literal) {
    TRY(value.whole, prepare_term(term, tuple_receiver(columns, table), context));
    return value;
  }
  if (literal->elements.size() != columns.size())
    return invalid("Expected " + std::to_string(columns.size()) + " elements in value tuple, but got " +
                   std::to_string(literal->elements.size()) + ": " + to_cql(term));
  for (size_t i = 0; i < columns.size(); ++i) {
    TRY(TermRef part, prepare_term(literal->elements[i], receiver_of(table, *columns[i]), context));
    value.parts.push_back(std::move(part));
  }
  return value;
}

Result<std::vector<const Column*>> tuple_columns(const TupleRelation& relation, const Relation& whole,
                                                 const Table& table) {
  std::vector<const Column*> columns;
  for (const std::string& name : relation.columns) {
    TRY(const Column* column, find_column(table, name));
    if (column->kind != ColumnKind::clustering)
      return invalid("Multi-column relations can only be applied to clustering columns but was applied to: " + name);
    if (std::ranges::find(columns, column) != columns.end())
      return invalid("Column \"" + name + "\" appeared twice in a relation: " + to_cql(whole));
    if (!columns.empty() && column->position != columns.back()->position + 1)
      return invalid("Clustering columns must appear in the PRIMARY KEY order in multi-column relations: " +
                     to_cql(whole));
    columns.push_back(column);
  }
  return columns;
}

}  // namespace

Result<Restriction> restriction_of(const ColumnRelation& relation, const Relation& whole, const Table& table,
                                   TermContext& context) {
  TRY(const Column* column, find_column(table, relation.target.column));
  TRY_STATUS(check_operator(relation.op, whole));
  if (relation.target.element) TRY_STATUS(check_map_entry(relation, *column));
  if (relation.target.field)
    return invalid("Field " + *relation.target.field + " of " + column->name + " cannot be restricted");
  TRY_STATUS(check_type(relation, *column));
  Restriction out;
  out.columns = {column};
  out.name = column->name;
  Receiver receiver = receiver_of(table, *column);
  const std::vector<Term>& terms = relation.operand.terms;
  if (relation.op == Op::in && relation.operand.marker_is_list) {
    out.kind = Kind::in;
    TRY(out.list, prepare_term(terms[0], in_receiver(receiver), context));
    return out;
  }
  if (relation.op == Op::contains || relation.op == Op::contains_key || relation.op == Op::like ||
      relation.target.element) {
    out.kind = Kind::test;
    RestrictionTest test{relation.op, nullptr, nullptr};
    if (relation.target.element) {
      TRY(test.map_key, prepare_term(*relation.target.element, map_key_receiver(receiver), context));
      receiver = map_value_receiver(receiver);
    } else if (relation.op == Op::contains_key) {
      receiver = map_key_receiver(receiver);
    } else if (relation.op == Op::contains) {
      receiver = column->type->kind == TypeKind::map ? map_value_receiver(receiver) : element_receiver(receiver);
    }
    TRY(test.value, prepare_term(terms[0], receiver, context));
    out.tests.push_back(std::move(test));
    return out;
  }
  std::vector<TupleTerm> values;
  for (const Term& term : terms) {
    TRY(TupleTerm value, single(term, receiver, context));
    values.push_back(std::move(value));
  }
  if (is_slice(relation.op)) {
    set_bounds(relation.op, std::move(values), out);
  } else if (relation.op == Op::in) {
    out.kind = Kind::in;
    out.choices = std::move(values);
  } else {
    out.value = std::move(values[0]);
  }
  return out;
}

Result<Restriction> restriction_of(const TupleRelation& relation, const Relation& whole, const Table& table,
                                   TermContext& context) {
  TRY_STATUS(check_operator(relation.op, whole));
  Restriction out;
  TRY(out.columns, tuple_columns(relation, whole, table));
  const Receiver receiver = tuple_receiver(out.columns, table);
  out.name = receiver.name;
  for (const Column* column : out.columns)
    if (is_slice(relation.op) && holds_duration(*column->type))
      return invalid("Slice restrictions are not supported on duration columns");
  if (relation.op == Op::in && relation.operand.marker_is_list) {
    out.kind = Kind::in;
    Receiver in{receiver.keyspace, receiver.table, "in" + receiver.name, list_type(receiver.type, false)};
    TRY(out.list, prepare_term(relation.operand.terms[0], in, context));
    return out;
  }
  std::vector<TupleTerm> values;
  for (const Term& term : relation.operand.terms) {
    TRY(TupleTerm value, tuple_value(term, out.columns, table, context));
    values.push_back(std::move(value));
  }
  if (is_slice(relation.op))
    set_bounds(relation.op, std::move(values), out);
  else if (relation.op == Op::in)
    out.kind = Kind::in, out.choices = std::move(values);
  else if (relation.op == Op::equal)
    out.value = std::move(values[0]);
  else
    return invalid("Unsupported \"" + std::string(to_cql(relation.op)) + "\" relation: " + to_cql(whole));
  return out;
}

Result<Restriction> restriction_of(const TokenRelation& relation, const Relation& whole, const Table& table,
                                   TermContext& context) {
  TRY_STATUS(check_operator(relation.op, whole));
  Restriction out;
  std::string order;
  for (const Column& column : table.partition_key) {
    out.columns.push_back(&column);
    order += (order.empty() ? "" : ", ") + column.name;
  }
  for (const std::string& name : relation.columns) TRY_STATUS(find_column(table, name));
  if (relation.columns.size() != out.columns.size())
    return invalid("The token() function must be applied to all partition key components or none of them");
  for (size_t i = 0; i < relation.columns.size(); ++i)
    if (relation.columns[i] != out.columns[i]->name)
      return invalid("The token function arguments must be in the partition key order: " + order);
  if (relation.op != Op::equal && !is_slice(relation.op))
    return invalid(std::string(to_cql(relation.op)) + " cannot be used with the token function");
  out.name = "token(" + order + ")";
  const Receiver receiver{table.keyspace, table.name, "partition key token", native_type(TypeKind::bigint)};
  std::vector<TupleTerm> values;
  for (const Term& term : relation.operand.terms) {
    TRY(TupleTerm value, single(term, receiver, context));
    values.push_back(std::move(value));
  }
  if (is_slice(relation.op))
    set_bounds(relation.op, std::move(values), out);
  else
    out.value = std::move(values[0]);
  return out;
}

}  // namespace ringlet::cql
