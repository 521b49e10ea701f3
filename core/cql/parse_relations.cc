#include "core/cql/parse_parts.h"

namespace ringlet::cql {
namespace {

std::optional<RelationOperator> comparison(TokenKind kind) {
  switch (kind) {
    case TokenKind::equal:
      return RelationOperator::equal;
    case TokenKind::not_equal:
      return RelationOperator::not_equal;
    case TokenKind::less:
      return RelationOperator::less;
    case TokenKind::less_equal:
      return RelationOperator::less_equal;
    case TokenKind::greater:
      return RelationOperator::greater;
    case TokenKind::greater_equal:
      return RelationOperator::greater_equal;
    default:
      return std::nullopt;
  }
}

// =, <, <=, >, >=, !=, BETWEEN, [NOT] IN, [NOT] CONTAINS [KEY], LIKE, IS NOT NULL
RelationOperator parse_operator(Cursor& c) {
  if (const auto op = comparison(c.token().kind)) {
    c.advance();
    return *op;
  }
  const bool negated = c.accept(K_NOT);
  if (c.accept(K_IN)) return negated ? RelationOperator::not_in : RelationOperator::in;
  if (c.accept(K_CONTAINS)) {
    if (c.accept(K_KEY)) return negated ? RelationOperator::not_contains_key : RelationOperator::contains_key;
    return negated ? RelationOperator::not_contains : RelationOperator::contains;
  }
  if (!negated) {
    if (c.accept(K_LIKE)) return RelationOperator::like;
    if (c.accept(K_BETWEEN)) return RelationOperator::between;
    if (c.accept(K_IS)) {
      c.expect(K_NOT);
      c.expect(K_NULL);
      return RelationOperator::is_not_null;
    }
  }
  c.fail_here();
  return RelationOperator::equal;
}

bool compares(RelationOperator op) { return op <= RelationOperator::greater_equal || op == RelationOperator::between; }
bool is_list_operator(RelationOperator op) { return op == RelationOperator::in || op == RelationOperator::not_in; }

Operand parse_list_operand(Cursor& c) {
  Operand operand;
  if (at_marker(c)) {
    operand.terms.push_back({c.marker()});
    operand.marker_is_list = true;
    return operand;
  }
  c.expect(TokenKind::open_paren);
  if (c.accept(TokenKind::close_paren)) return operand;
  do operand.terms.push_back(parse_term(c));
  while (c.accept(TokenKind::comma));
  c.expect(TokenKind::close_paren);
  return operand;
}

Operand parse_operand_of(Cursor& c, RelationOperator op) {
  if (is_list_operator(op)) return parse_list_operand(c);
  Operand operand;
  if (op == RelationOperator::is_not_null) return operand;
  operand.terms.push_back(parse_term(c));
  if (op == RelationOperator::between) {
    c.expect(K_AND);
    operand.terms.push_back(parse_term(c));
  }
  return operand;
}

bool may_begin_tuple(const Cursor& c) {
  return c.is(TokenKind::open_paren) || c.is(TokenKind::question) || c.is(TokenKind::colon);
}

bool may_be_tuple(const Term& term) {
  return std::holds_alternative<TupleLiteral>(term.node) || std::holds_alternative<BindMarker>(term.node) ||
         std::holds_alternative<TypeHint>(term.node);
}

Relation parse_token_relation(Cursor& c) {
  c.expect(K_TOKEN);
  TokenRelation relation{parse_identifiers_in_parens(c), RelationOperator::equal, {}};
  relation.op = parse_operator(c);
  if (!compares(relation.op)) c.fail_here();
  relation.operand = parse_operand_of(c, relation.op);
  return {std::move(relation)};
}

// The column names and their parentheses have been taken.
Relation parse_tuple_relation(Cursor& c, std::vector<std::string> columns) {
  TupleRelation relation{std::move(columns), parse_operator(c), {}};
  if (!compares(relation.op) && !is_list_operator(relation.op)) c.fail_here();
  if (compares(relation.op) && !may_begin_tuple(c)) c.fail_here();
  relation.operand = parse_operand_of(c, relation.op);
  for (const Term& term : relation.operand.terms)
    if (!may_be_tuple(term)) c.fail_saying("columns in parentheses are compared with a tuple or a bind marker");
  return {std::move(relation)};
}

Relation parse_column_relation(Cursor& c, ColumnTarget target) {
  const RelationOperator op = parse_operator(c);
  return {ColumnRelation{std::move(target), op, parse_operand_of(c, op)}};
}

ColumnTarget parse_element_of(Cursor& c, std::string column) {
  ColumnTarget target{std::move(column), std::nullopt, std::nullopt};
  if (c.accept(TokenKind::open_bracket)) {
    target.element = parse_term(c);
    c.expect(TokenKind::close_bracket);
  }
  return target;
}

Relation parse_relation(Cursor& c);

// After `(`: the columns of a tuple, or a relation in parentheses.
Relation parse_relation_in_parens(Cursor& c) {
  const Deeper deeper(c);
  const bool starts_with_column = c.is_identifier() && !(c.is(K_EXPR) && c.peek().kind == TokenKind::open_paren);
  if (!starts_with_column) {
    Relation inner = parse_relation(c);
    c.expect(TokenKind::close_paren);
    return inner;
  }
  std::vector<std::string> columns{c.identifier()};
  if (!c.is(TokenKind::comma) && !c.is(TokenKind::close_paren)) {
    Relation inner = parse_column_relation(c, parse_element_of(c, std::move(columns.front())));
    c.expect(TokenKind::close_paren);
    return inner;
  }
  while (c.accept(TokenKind::comma)) columns.push_back(c.identifier());
  c.expect(TokenKind::close_paren);
  return parse_tuple_relation(c, std::move(columns));
}

Relation parse_expression_relation(Cursor& c) {
  c.advance();
  c.expect(TokenKind::open_paren);
  IndexName index = parse_qualified_name(c);
  c.expect(TokenKind::comma);
  Term term = parse_term(c);
  c.expect(TokenKind::close_paren);
  return {ExpressionRelation{std::move(index), std::move(term)}};
}

Relation parse_relation(Cursor& c) {
  if (c.is(K_TOKEN)) return parse_token_relation(c);
  if (c.is(K_EXPR) && c.peek().kind == TokenKind::open_paren) return parse_expression_relation(c);
  if (c.accept(TokenKind::open_paren)) return parse_relation_in_parens(c);
  return parse_column_relation(c, parse_element_of(c, c.identifier()));
}

// `c = ...`, the equal sign taken: c + t, c - t, t + c or t.
Assignment parse_plain_assignment(Cursor& c, ColumnTarget target) {
  const TokenKind next = c.peek().kind;
  if (c.is_identifier() && next != TokenKind::open_paren && next != TokenKind::dot && !c.is(TokenKind::duration)) {
    if (c.identifier() != target.column) c.fail_saying("Only expressions of the form X = X +<value> are supported.");
    const bool subtracts = c.accept(TokenKind::minus);
    if (!subtracts) c.expect(TokenKind::plus);
    const auto operation = subtracts ? Assignment::Operation::subtract : Assignment::Operation::add;
    Term value = parse_term(c);
    // c = c - 1 + 2 would be read as c - (1 + 2): better no answer than that one.
    const auto* arithmetic = std::get_if<Arithmetic>(&value.node);
    const bool misleads = arithmetic != nullptr && arithmetic->op <= ArithmeticOperator::subtract;
    if (subtracts && misleads) c.fail_saying("only one value can be subtracted from " + target.column);
    return {std::move(target), operation, std::move(value)};
  }
  Term value = parse_term(c);
  if (!c.accept(TokenKind::plus)) return {std::move(target), Assignment::Operation::set, std::move(value)};
  if (c.identifier() != target.column) c.fail_saying("Only expressions of the form X = <value> + X are supported.");
  return {std::move(target), Assignment::Operation::prepend, std::move(value)};
}

}  // namespace

std::vector<std::string> parse_identifiers(Cursor& c) {
  std::vector<std::string> names;
  do names.push_back(c.identifier());
  while (c.accept(TokenKind::comma));
  return names;
}

std::vector<std::string> parse_identifiers_in_parens(Cursor& c) {
  c.expect(TokenKind::open_paren);
  std::vector<std::string> names = parse_identifiers(c);
  c.expect(TokenKind::close_paren);
  return names;
}

ColumnTarget parse_column_target(Cursor& c) {
  ColumnTarget target = parse_element_of(c, c.identifier());
  if (!target.element && c.accept(TokenKind::dot)) target.field = c.identifier();
  return target;
}

std::vector<Relation> parse_where(Cursor& c) {
  std::vector<Relation> relations;
  do relations.push_back(parse_relation(c));
  while (c.accept(K_AND));
  return relations;
}

std::vector<Condition> parse_conditions(Cursor& c) {
  std::vector<Condition> conditions;
  do {
    ColumnTarget target = parse_column_target(c);
    if (c.is(K_LIKE) || c.is(K_IS)) c.fail_here();
    const RelationOperator op = parse_operator(c);
    conditions.push_back({std::move(target), op, parse_operand_of(c, op)});
  } while (c.accept(K_AND));
  return conditions;
}

Assignment parse_assignment(Cursor& c) {
  ColumnTarget target = parse_column_target(c);
  const bool whole = !target.element && !target.field;
  if (whole && c.accept(TokenKind::plus_equal)) return {std::move(target), Assignment::Operation::add, parse_term(c)};
  if (whole && c.accept(TokenKind::minus_equal))
    return {std::move(target), Assignment::Operation::subtract, parse_term(c)};
  c.expect(TokenKind::equal);
  if (whole) return parse_plain_assignment(c, std::move(target));
  return {std::move(target), Assignment::Operation::set, parse_term(c)};
}

}  // namespace ringlet::cql
