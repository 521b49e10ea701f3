#include "core/cql/render.h"

#include "core/cql/keywords.h"
#include "core/cql/text.h"

namespace ringlet::cql {
namespace {

template <class... Fs>
struct Overloaded : Fs... {
  using Fs::operator()...;
};

template <class Items, class Render>
std::string join(const Items& items, Render render, std::string_view separator = ", ") {
  std::string text;
  for (const auto& item : items) {
    if (!text.empty()) text += separator;
    text += render(item);
  }
  return text;
}

std::string enclosed(std::string_view open, std::string_view inner, std::string_view close) {
  return std::string(open).append(inner).append(close);
}

// The minus never touches another one: that would begin a comment.
std::string negated(const std::string& operand) { return (operand.starts_with('-') ? "- " : "-") + operand; }

// Some words followed by `(` are not plain function calls.
bool is_special_call(Keyword keyword) {
  switch (keyword) {
    case K_CAST:
    case K_COUNT:
    case K_TTL:
    case K_WRITETIME:
    case K_MAXWRITETIME:
      return true;
    default:
      return false;
  }
}

std::string function_text(const FunctionName& function) {
  if (function.keyspace) return to_cql(function);
  const Keyword keyword = keyword_of(function.name);
  if (keyword == K_TOKEN && function.name == "token") return function.name;
  return is_special_call(keyword) ? quote_identifier(function.name) : quote_identifier_if_needed(function.name);
}

std::string render_term(const Term& term) { return to_cql(term); }

// Selectors as names of result columns, or as text to parse again.
class SelectorText {
 public:
  explicit SelectorText(bool as_name) : as_name_(as_name) {}

  std::string operator()(const Selector& selector) const {
    return std::visit([this](const auto& node) { return text(node); }, selector.node);
  }

 private:
  std::string identifier(const std::string& name) const { return as_name_ ? name : quote_identifier_if_needed(name); }
  std::string function(const FunctionName& name) const {
    return as_name_ ? name.keyspace.value_or("system") + "." + name.name : function_text(name);
  }
  std::string text(const ColumnSelector& s) const { return identifier(s.column); }
  std::string text(const TermSelector& s) const { return to_cql(s.term); }
  std::string text(const CountRowsSelector&) const { return as_name_ ? "count" : "count(*)"; }
  std::string text(const FunctionSelector& s) const {
    return function(s.name) + enclosed("(", join(s.arguments, *this), ")");
  }
  std::string text(const CellSelector& s) const {
    const std::string_view what = s.what == CellSelector::What::writetime       ? "writetime("
                                  : s.what == CellSelector::What::max_writetime ? "maxwritetime("
                                                                                : "ttl(";
    return enclosed(what, (*this)(*s.of), ")");
  }
  std::string text(const CastSelector& s) const {
    return enclosed("cast(", (*this)(*s.of) + " as " + to_cql(*s.type), ")");
  }
  // A space keeps `1` and `.v` apart from the number `1.`.
  std::string text(const FieldSelector& s) const {
    const bool number = std::holds_alternative<TermSelector>(s.of->node);
    return (*this)(*s.of) + (number && !as_name_ ? " ." : ".") + identifier(s.field);
  }
  std::string text(const ElementSelector& s) const { return (*this)(*s.of) + enclosed("[", to_cql(s.key), "]"); }
  std::string text(const SliceSelector& s) const {
    const auto end = [](const std::optional<Box<Term>>& term) { return term ? to_cql(**term) : std::string(); };
    // A space keeps `1` and `..` apart from the number `1.`; as a name it looks as Cassandra's.
    return (*this)(*s.of) + enclosed("[", end(s.from) + (as_name_ ? ".." : " .. ") + end(s.to), "]");
  }
  std::string text(const ArithmeticSelector& s) const {
    return (*this)(*s.left) + enclosed(" ", to_cql(s.op), " ") + (*this)(*s.right);
  }
  std::string text(const NegationSelector& s) const { return negated((*this)(*s.of)); }
  std::string text(const TypeHintSelector& s) const { return enclosed("(", to_cql(*s.type), ")") + (*this)(*s.of); }
  std::string text(const TupleSelector& s) const { return enclosed("(", join(s.elements, *this), ")"); }
  std::string text(const ListSelector& s) const { return enclosed("[", join(s.elements, *this), "]"); }
  std::string text(const SetSelector& s) const { return enclosed("{", join(s.elements, *this), "}"); }
  std::string text(const MapSelector& s) const {
    const auto entry = [this](const SelectorEntry& e) { return (*this)(e.key) + ": " + (*this)(e.value); };
    return enclosed("{", join(s.entries, entry), "}");
  }

  bool as_name_;
};

std::string columns_text(const std::vector<std::string>& columns) {
  return enclosed("(", join(columns, quote_identifier_if_needed), ")");
}

std::string comparison_text(std::string left, RelationOperator op, const Operand& operand) {
  left += enclosed(" ", to_cql(op), "");
  if (op == RelationOperator::is_not_null) return left;
  if (op == RelationOperator::between) return left + " " + join(operand.terms, render_term, " AND ");
  const bool list = (op == RelationOperator::in || op == RelationOperator::not_in) && !operand.marker_is_list;
  return left + " " + (list ? enclosed("(", join(operand.terms, render_term), ")") : join(operand.terms, render_term));
}

}  // namespace

std::string selector_name(const Selector& selector) { return SelectorText(true)(selector); }
std::string to_cql(const Selector& selector) { return SelectorText(false)(selector); }

std::string to_cql(const QualifiedName& name) {
  const std::string prefix = name.keyspace ? quote_identifier_if_needed(*name.keyspace) + "." : "";
  return prefix + quote_identifier_if_needed(name.name);
}

std::string to_cql(const TypeName& type) {
  const auto render = [](const TypeName& parameter) { return to_cql(parameter); };
  std::string text;
  switch (type.kind) {
    case TypeName::Kind::custom:
      text = quote_string(type.name);
      break;
    case TypeName::Kind::named:
      text = type.quoted && is_native_type_name(type.name) ? quote_identifier(type.name)
                                                           : quote_identifier_if_needed(type.name);
      if (type.keyspace) text = quote_identifier_if_needed(*type.keyspace) + "." + text;
      break;
    case TypeName::Kind::vector:
      text = "vector<" + join(type.parameters, render) + ", " + std::to_string(type.dimension) + ">";
      break;
    default:
      text = type.name + "<" + join(type.parameters, render) + ">";
  }
  return type.frozen ? "frozen<" + text + ">" : text;
}

std::string to_cql(const Literal& literal) {
  switch (literal.kind) {
    case Literal::Kind::string:
      return quote_string(literal.text);
    case Literal::Kind::blob:
      return "0x" + literal.text;
    case Literal::Kind::null:
      return "null";
    default:
      return literal.text;
  }
}

std::string to_cql(const Term& term) {
  const auto entry = [](const MapEntry& e) { return to_cql(e.key) + ": " + to_cql(e.value); };
  const auto field = [](const UserTypeField& f) { return quote_identifier_if_needed(f.name) + ": " + to_cql(f.value); };
  return std::visit(
      Overloaded{
          [](const Literal& t) { return to_cql(t); },
          [](const BindMarker& t) { return t.name ? ":" + quote_identifier_if_needed(*t.name) : std::string("?"); },
          [](const FunctionCall& t) {
            return function_text(t.name) + enclosed("(", join(t.arguments, render_term), ")");
          },
          [](const ListLiteral& t) { return enclosed("[", join(t.elements, render_term), "]"); },
          [](const SetLiteral& t) { return enclosed("{", join(t.elements, render_term), "}"); },
          [&](const MapLiteral& t) { return enclosed("{", join(t.entries, entry), "}"); },
          [](const TupleLiteral& t) { return enclosed("(", join(t.elements, render_term), ")"); },
          [&](const UserTypeLiteral& t) { return enclosed("{", join(t.fields, field), "}"); },
          [](const Cast& t) { return enclosed("cast(", to_cql(*t.term) + " as " + to_cql(*t.type), ")"); },
          [](const TypeHint& t) { return enclosed("(", to_cql(*t.type), ")") + to_cql(*t.term); },
          [](const Arithmetic& t) { return to_cql(*t.left) + enclosed(" ", to_cql(t.op), " ") + to_cql(*t.right); },
          [](const Negation& t) { return negated(to_cql(*t.term)); },
      },
      term.node);
}

std::string to_cql(const ColumnTarget& target) {
  std::string text = quote_identifier_if_needed(target.column);
  if (target.element) text += enclosed("[", to_cql(*target.element), "]");
  if (target.field) text += "." + quote_identifier_if_needed(*target.field);
  return text;
}

std::string to_cql(const Relation& relation) {
  return std::visit(
      Overloaded{
          [](const ColumnRelation& r) { return comparison_text(to_cql(r.target), r.op, r.operand); },
          [](const TokenRelation& r) { return comparison_text("token" + columns_text(r.columns), r.op, r.operand); },
          [](const TupleRelation& r) { return comparison_text(columns_text(r.columns), r.op, r.operand); },
          [](const ExpressionRelation& r) { return enclosed("expr(", to_cql(r.index) + ", " + to_cql(r.term), ")"); },
      },
      relation.node);
}

std::string to_cql(const Condition& condition) {
  return comparison_text(to_cql(condition.target), condition.op, condition.operand);
}

std::string to_cql(const Assignment& assignment) {
  const std::string target = to_cql(assignment.target);
  const std::string value = to_cql(assignment.value);
  // `x = x - 3 + 1` is no CQL: a sum can only have come from `x -= 3 + 1`.
  const bool is_sum = std::holds_alternative<Arithmetic>(assignment.value.node);
  switch (assignment.operation) {
    case Assignment::Operation::set:
      break;
    case Assignment::Operation::add:
      return target + (is_sum ? " += " : " = " + target + " + ") + value;
    case Assignment::Operation::subtract:
      return target + (is_sum ? " -= " : " = " + target + " - ") + value;
    case Assignment::Operation::prepend:
      return target + " = " + value + " + " + target;
  }
  return target + " = " + value;
}

std::string_view to_cql(RelationOperator op) {
  switch (op) {
    case RelationOperator::equal:
      return "=";
    case RelationOperator::not_equal:
      return "!=";
    case RelationOperator::less:
      return "<";
    case RelationOperator::less_equal:
      return "<=";
    case RelationOperator::greater:
      return ">";
    case RelationOperator::greater_equal:
      return ">=";
    case RelationOperator::in:
      return "IN";
    case RelationOperator::not_in:
      return "NOT IN";
    case RelationOperator::contains:
      return "CONTAINS";
    case RelationOperator::not_contains:
      return "NOT CONTAINS";
    case RelationOperator::contains_key:
      return "CONTAINS KEY";
    case RelationOperator::not_contains_key:
      return "NOT CONTAINS KEY";
    case RelationOperator::like:
      return "LIKE";
    case RelationOperator::is_not_null:
      return "IS NOT NULL";
    case RelationOperator::between:
      return "BETWEEN";
  }
  return "";
}

std::string_view to_cql(ArithmeticOperator op) {
  switch (op) {
    case ArithmeticOperator::add:
      return "+";
    case ArithmeticOperator::subtract:
      return "-";
    case ArithmeticOperator::multiply:
      return "*";
    case ArithmeticOperator::divide:
      return "/";
    case ArithmeticOperator::modulo:
      return "%";
  }
  return "";
}

}  // namespace ringlet::cql
