#include "core/cql/selection_builder.h"

#include <algorithm>

#include "core/cql/number.h"
#include "core/cql/render.h"
#include "core/cql/type_resolver.h"

namespace ringlet::cql {
namespace {

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};

std::unexpected<Error> invalid(std::string detail) { return fail(Errc::invalid, std::move(detail)); }

// A term in brackets and hints is still a term; null where the selector is more than that.
const Term* term_of(const Selector& selector) {
  if (const auto* term = std::get_if<TermSelector>(&selector.node)) return &term->term;
  if (const auto* tuple = std::get_if<TupleSelector>(&selector.node))
    return tuple->elements.size() == 1 ? term_of(tuple->elements[0]) : nullptr;
  return nullptr;
}

std::unexpected<Error> cannot_infer(const Selector& selector) {
  return invalid("Cannot infer type for term " + to_cql(selector) +
                 " in selection clause (try using a cast to force a type)");
}

}  // namespace

Receiver SelectionBuilder::receiver(std::string name, TypeRef type) const {
  return {table_.keyspace, table_.name, std::move(name), std::move(type)};
}

Result<NodeRef> SelectionBuilder::prepare(const Selector& selector, const TypeRef& expected) {
  return std::visit(
      Overloaded{
          [&](const ColumnSelector& n) { return prepare_column(n); },
          [&](const TermSelector& n) { return prepare_term_selector(n, expected); },
          [&](const CountRowsSelector&) -> Result<NodeRef> {
            if (inside_aggregate_)
              return invalid("aggregate functions cannot be used as arguments of aggregate functions");
            auto node =
                std::make_shared<AggregateNode>(aggregates.size(), native_type(TypeKind::bigint), nullptr, nullptr);
            aggregates.push_back(node);
            return node;
          },
          [&](const FunctionSelector& n) { return prepare_function(n, expected); },
          [&](const CellSelector& n) { return prepare_cell(n); },
          [&](const CastSelector& n) { return prepare_cast(n); },
          [&](const FieldSelector& n) { return prepare_field(n); },
          [&](const ElementSelector& n) { return prepare_element(n); },
          [&](const SliceSelector& n) { return prepare_slice(n); },
          [&](const ArithmeticSelector& n) { return prepare_arithmetic(n, expected); },
          [&](const NegationSelector& n) { return prepare_negation(n, expected); },
          [&](const TypeHintSelector& n) { return prepare_hint(n); },
          [&](const TupleSelector& n) { return prepare_tuple(n, expected); },
          [&](const ListSelector& n) { return prepare_elements(n.elements, TypeKind::list, expected, selector); },
          [&](const SetSelector& n) { return prepare_elements(n.elements, TypeKind::set, expected, selector); },
          [&](const MapSelector& n) { return prepare_map(n, expected, selector); },
      },
      selector.node);
}

NodeRef SelectionBuilder::column_node(const Column& column) {
  if (std::ranges::find(columns, &column) == columns.end()) columns.push_back(&column);
  if (column.kind == ColumnKind::partition_key || column.kind == ColumnKind::clustering) return key_node(column);
  return cell_node(column, shape_.slot_of(column));
}

Result<NodeRef> SelectionBuilder::prepare_column(const ColumnSelector& selector) {
  TRY(const Column* column, find_column(table_, selector.column));
  return column_node(*column);
}

Result<NodeRef> SelectionBuilder::prepare_term_selector(const TermSelector& selector, const TypeRef& expected) {
  const TypeRef type = expected ? expected : own_type(selector.term, context_);
  if (!type) return cannot_infer(Selector{selector});
  if (assignable(selector.term, type, context_) == Assignable::no)
    return invalid("Cannot cast value " + to_cql(selector.term) + " to type " + to_cql(*type));
  TRY(TermRef term, prepare_term(selector.term, receiver("[selection]", type), context_));
  return term_node(std::move(term));
}

// --- operands --------------------------------------------------------------------------------------------------------
Result<SelectionBuilder::Operand> SelectionBuilder::operand(const Selector& selector) {
  Operand operand{.selector = &selector, .term = term_of(selector), .node = nullptr, .type = nullptr};
  if (operand.term) {
    operand.type = own_type(*operand.term, context_);
    return operand;
  }
  TRY(operand.node, prepare(selector));
  operand.type = operand.node->type();
  return operand;
}

Assignable SelectionBuilder::fits(const Operand& operand, const TypeRef& to) const {
  return operand.term ? assignable(*operand.term, to, context_) : value_assignable(operand.type, to);
}

Result<NodeRef> SelectionBuilder::settle(Operand operand, const TypeRef& to, const std::string& name) {
  if (operand.node) return operand.node;
  TRY(TermRef term, prepare_term(*operand.term, receiver(name, to), context_));
  return term_node(std::move(term));
}

// --- functions -------------------------------------------------------------------------------------------------------
Result<NodeRef> SelectionBuilder::prepare_function(const FunctionSelector& selector, const TypeRef& expected) {
  const bool native = !selector.name.keyspace || *selector.name.keyspace == "system";
  if (native && is_aggregate_name(selector.name.name)) return prepare_aggregate(selector);
  std::vector<Operand> operands;
  for (const Selector& argument : selector.arguments) {
    TRY(Operand prepared, operand(argument));
    operands.push_back(std::move(prepared));
  }
  FunctionLookup lookup{
      .name = selector.name, .arguments = {}, .result = expected, .table = &table_, .in_selection = true};
  for (const Operand& o : operands)
    lookup.arguments.push_back({o.type, [this, &o](const TypeRef& to) { return fits(o, to); }, to_cql(*o.selector)});
  TRY(FunctionRef function, find_function(lookup));
  std::vector<NodeRef> arguments;
  for (size_t i = 0; i < operands.size(); ++i) {
    const std::string name = "arg" + std::to_string(i) + "(system." + function->name + ")";
    TRY(NodeRef argument, settle(std::move(operands[i]), function->arguments[i], name));
    arguments.push_back(std::move(argument));
  }
  return call_node(std::move(function), std::move(arguments));
}

Result<NodeRef> SelectionBuilder::prepare_aggregate(const FunctionSelector& selector) {
  const std::string& name = selector.name.name;
  if (inside_aggregate_) return invalid("aggregate functions cannot be used as arguments of aggregate functions");
  if (selector.arguments.size() != 1)
    return invalid("Invalid number of arguments in call to function system." + name + ": 1 required but " +
                   std::to_string(selector.arguments.size()) + " provided");
  inside_aggregate_ = true;
  auto argument = prepare(selector.arguments[0]);
  inside_aggregate_ = false;
  TRY(NodeRef node, std::move(argument));
  TRY(const Aggregate aggregate, find_aggregate(name, node->type()));
  auto call = std::make_shared<AggregateNode>(aggregates.size(), aggregate.result, std::move(node), aggregate.start);
  aggregates.push_back(call);
  return call;
}

Result<NodeRef> SelectionBuilder::prepare_cast(const CastSelector& selector) {
  TRY(const TypeRef to, resolve_type(*selector.type, context_.plan.schema, context_.keyspace));
  TRY(Operand of, operand(*selector.of));
  if (!of.type) return cannot_infer(*selector.of);
  auto cast = cast_function(of.type, to);
  if (!cast) return fail(Errc::invalid, to_cql(*selector.of) + " cannot be cast to " + to_cql(*to));
  FunctionRef function = *std::move(cast);
  const TypeRef from = of.type;
  TRY(NodeRef node, settle(std::move(of), from, "[selection]"));
  return call_node(std::move(function), {std::move(node)});
}

Result<NodeRef> SelectionBuilder::prepare_arithmetic(const ArithmeticSelector& selector, const TypeRef& expected) {
  TRY(Operand left, operand(*selector.left));
  TRY(Operand right, operand(*selector.right));
  // A literal beside a column: the int of `v + 1` stays an int, as in Cassandra. A marker has no type to go by.
  if (!left.type || !right.type) {
    const TypeRef known = left.type ? left.type : right.type ? right.type : expected;
    const bool texts = known && (known->kind == TypeKind::text || known->kind == TypeKind::ascii);
    const auto literal = [](const Operand& o) { return o.term && std::holds_alternative<Literal>(o.term->node); };
    if (!texts || (!left.type && !literal(left)) || (!right.type && !literal(right)))
      return invalid("Ambiguous '" + std::string(to_cql(selector.op)) + "' operation with args " +
                     to_cql(*selector.left) + " and " + to_cql(*selector.right) +
                     ": use type hint to disambiguate, example '(int) ?'");
    if (!left.type) left.type = known;
    if (!right.type) right.type = known;
  }
  const FunctionRef function = arithmetic_function(selector.op, left.type, right.type);
  if (!function)
    return invalid("the '" + std::string(to_cql(selector.op)) + "' operation is not supported between " +
                   to_cql(*selector.left) + " and " + to_cql(*selector.right));
  TRY(NodeRef left_node, settle(std::move(left), function->arguments[0], "[selection]"));
  TRY(NodeRef right_node, settle(std::move(right), function->arguments[1], "[selection]"));
  return call_node(function, {std::move(left_node), std::move(right_node)});
}

Result<NodeRef> SelectionBuilder::prepare_negation(const NegationSelector& selector, const TypeRef& expected) {
  TRY(NodeRef of, prepare(*selector.of, expected));
  FunctionRef function = negation_function(of->type());
  if (!function) return invalid("the '-' operation is not supported for " + to_cql(*selector.of));
  return call_node(std::move(function), {std::move(of)});
}

Result<NodeRef> SelectionBuilder::prepare_hint(const TypeHintSelector& selector) {
  TRY(const TypeRef type, resolve_type(*selector.type, context_.plan.schema, context_.keyspace));
  TRY(NodeRef node, prepare(*selector.of, type));
  if (value_assignable(node->type(), type) == Assignable::no)
    return invalid("Cannot assign value " + to_cql(*selector.of) + " to type " + to_cql(*type));
  return node;
}

}  // namespace ringlet::cql
