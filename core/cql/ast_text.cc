#include "core/cql/ast_text.h"

#include "core/cql/type_resolver.h"
#include "core/data/identifier.h"

namespace ringlet::cql {
namespace {

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};

template <class Items, class Show>
std::string joined(const Items& items, const char* between, Show show) {
  std::string text;
  for (const auto& item : items) {
    if (!text.empty()) text += between;
    text += show(item);
  }
  return text;
}

template <class Items>
std::string joined(const Items& items) {
  return joined(items, ", ", [](const auto& item) { return to_text(item); });
}

std::string marker_text(const BindMarker& marker) { return marker.name ? ":" + *marker.name : "?"; }

std::string function_text(const FunctionName& name) {
  return name.keyspace ? *name.keyspace + "." + name.name : name.name;
}

std::string columns_text(const std::vector<std::string>& columns) {
  return "(" + joined(columns, ", ", [](const std::string& c) { return quote_if_needed(c); }) + ")";
}

std::string operand_text(RelationOperator op, const Operand& operand) {
  if (op == RelationOperator::is_not_null) return "";
  if (op == RelationOperator::between) return joined(operand.terms, " AND ", [](const Term& t) { return to_text(t); });
  const bool list = (op == RelationOperator::in || op == RelationOperator::not_in) && !operand.marker_is_list;
  return list ? "(" + joined(operand.terms) + ")" : joined(operand.terms);
}

std::string with_operator(const std::string& left, RelationOperator op, const Operand& operand) {
  const std::string right = operand_text(op, operand);
  return left + " " + to_text(op) + (right.empty() ? "" : " " + right);
}

}  // namespace

std::string to_text(const Literal& literal) {
  switch (literal.kind) {
    case Literal::Kind::string: {
      std::string text = "'";
      for (const char c : literal.text) text += c == '\'' ? std::string("''") : std::string(1, c);
      return text + "'";
    }
    case Literal::Kind::blob: return "0x" + literal.text;
    case Literal::Kind::null: return "null";
    default: return literal.text;
  }
}

std::string to_text(const Term& term) {
  return std::visit(
      Overloaded{
          [](const Literal& n) { return to_text(n); },
          [](const BindMarker& n) { return marker_text(n); },
          [](const FunctionCall& n) { return function_text(n.name) + "(" + joined(n.arguments) + ")"; },
          [](const ListLiteral& n) { return "[" + joined(n.elements) + "]"; },
          [](const SetLiteral& n) { return "{" + joined(n.elements) + "}"; },
          [](const MapLiteral& n) {
            return "{" + joined(n.entries, ", ", [](const MapEntry& e) { return to_text(e.key) + ": " + to_text(e.value); }) + "}";
          },
          [](const TupleLiteral& n) { return "(" + joined(n.elements) + ")"; },
          [](const UserTypeLiteral& n) {
            return "{" + joined(n.fields, ", ", [](const UserTypeField& f) { return f.name + ": " + to_text(f.value); }) + "}";
          },
          [](const Cast& n) { return "cast(" + to_text(*n.term) + " as " + to_cql(n.type) + ")"; },
          [](const TypeHint& n) { return "(" + to_cql(n.type) + ")" + to_text(*n.term); },
          [](const Arithmetic& n) { return to_text(*n.left) + " " + to_char(n.op) + " " + to_text(*n.right); },
          [](const Negation& n) { return "-" + to_text(*n.term); },
      },
      term.node);
}

std::string to_text(const Selector& selector) {
  return std::visit(
      Overloaded{
          [](const ColumnSelector& n) { return n.column; },
          [](const TermSelector& n) { return to_text(n.term); },
          [](const CountRowsSelector&) { return std::string("count"); },
          [](const FunctionSelector& n) { return function_text(n.name) + "(" + joined(n.arguments) + ")"; },
          [](const CellSelector& n) {
            const char* name = n.what == CellSelector::What::ttl         ? "ttl"
                               : n.what == CellSelector::What::writetime ? "writetime"
                                                                         : "maxwritetime";
            return std::string(name) + "(" + to_text(*n.of) + ")";
          },
          [](const CastSelector& n) { return "cast(" + to_text(*n.of) + " as " + to_cql(n.type) + ")"; },
          [](const FieldSelector& n) { return to_text(*n.of) + "." + n.field; },
          [](const ElementSelector& n) { return to_text(*n.of) + "[" + to_text(n.key) + "]"; },
          [](const SliceSelector& n) {
            return to_text(*n.of) + "[" + (n.from ? to_text(*n.from) : "") + ".." + (n.to ? to_text(*n.to) : "") + "]";
          },
          [](const ArithmeticSelector& n) { return to_text(*n.left) + " " + to_char(n.op) + " " + to_text(*n.right); },
          [](const NegationSelector& n) { return "-" + to_text(*n.of); },
          [](const TypeHintSelector& n) { return "(" + to_cql(n.type) + ")" + to_text(*n.of); },
          [](const TupleSelector& n) { return "(" + joined(n.elements) + ")"; },
          [](const ListSelector& n) { return "[" + joined(n.elements) + "]"; },
          [](const SetSelector& n) { return "{" + joined(n.elements) + "}"; },
          [](const MapSelector& n) {
            return "{" + joined(n.entries, ", ", [](const SelectorEntry& e) { return to_text(e.key) + ": " + to_text(e.value); }) + "}";
          },
      },
      selector.node);
}

std::string to_text(const Relation& relation) {
  return std::visit(
      Overloaded{
          [](const ColumnRelation& n) { return with_operator(to_text(n.target), n.op, n.operand); },
          [](const TokenRelation& n) { return with_operator("token" + columns_text(n.columns), n.op, n.operand); },
          [](const TupleRelation& n) { return with_operator(columns_text(n.columns), n.op, n.operand); },
          [](const ExpressionRelation& n) { return "expr(" + n.index.name + ", " + to_text(n.term) + ")"; },
      },
      relation.node);
}

std::string to_text(const ColumnTarget& target) {
  std::string text = quote_if_needed(target.column);
  if (target.element) text += "[" + to_text(*target.element) + "]";
  if (target.field) text += "." + *target.field;
  return text;
}

std::string to_text(RelationOperator op) {
  switch (op) {
    case RelationOperator::equal: return "=";
    case RelationOperator::not_equal: return "!=";
    case RelationOperator::less: return "<";
    case RelationOperator::less_equal: return "<=";
    case RelationOperator::greater: return ">";
    case RelationOperator::greater_equal: return ">=";
    case RelationOperator::in: return "IN";
    case RelationOperator::not_in: return "NOT IN";
    case RelationOperator::contains: return "CONTAINS";
    case RelationOperator::not_contains: return "NOT CONTAINS";
    case RelationOperator::contains_key: return "CONTAINS KEY";
    case RelationOperator::not_contains_key: return "NOT CONTAINS KEY";
    case RelationOperator::like: return "LIKE";
    case RelationOperator::is_not_null: return "IS NOT NULL";
    case RelationOperator::between: return "BETWEEN";
  }
  return "";
}

char to_char(ArithmeticOperator op) { return "+-*/%"[static_cast<int>(op)]; }

}  // namespace ringlet::cql
