#include "core/cql/parse_parts.h"

namespace ringlet::cql {
namespace {

Term parse_operand(Cursor& c);  // a term without operators around it

std::optional<Literal::Kind> literal_kind(const Token& token) {
  switch (token.kind) {
    case TokenKind::string:
      return Literal::Kind::string;
    case TokenKind::integer:
      return Literal::Kind::integer;
    case TokenKind::floating:
      return Literal::Kind::floating;
    case TokenKind::duration:
      return Literal::Kind::duration;
    case TokenKind::uuid:
      return Literal::Kind::uuid;
    case TokenKind::blob:
      return Literal::Kind::blob;
    case TokenKind::word:
      break;
    default:
      return std::nullopt;
  }
  switch (token.keyword) {
    case K_TRUE:
    case K_FALSE:
      return Literal::Kind::boolean;
    case K_NULL:
      return Literal::Kind::null;
    case K_NAN:
    case K_INFINITY:
      return Literal::Kind::floating;
    default:
      return std::nullopt;
  }
}

std::string literal_text(const Token& token, Literal::Kind kind) {
  switch (kind) {
    case Literal::Kind::string:
      return string_content_of(token);
    case Literal::Kind::blob:
      return std::string(token.text.substr(2));
    case Literal::Kind::boolean:
      return token.keyword == K_TRUE ? "true" : "false";
    case Literal::Kind::null:
      return "";
    default:
      break;
  }
  if (token.keyword == K_NAN) return "NaN";
  if (token.keyword == K_INFINITY) return "Infinity";
  return std::string(token.text);
}

// Is the minus at the current token the sign of the literal that touches it?
bool at_sign(Cursor& c) {
  if (!c.is(TokenKind::minus)) return false;
  const Token next = c.peek();
  if (next.text.data() != c.token().text.data() + 1) return false;
  const auto kind = literal_kind(next);
  return kind == Literal::Kind::integer || kind == Literal::Kind::floating || kind == Literal::Kind::duration;
}

std::vector<Term> parse_terms_until(Cursor& c, TokenKind close) {
  std::vector<Term> terms;
  if (!c.is(close)) {
    do terms.push_back(parse_term(c));
    while (c.accept(TokenKind::comma));
  }
  c.expect(close);
  return terms;
}

UserTypeLiteral parse_user_type_literal(Cursor& c) {
  UserTypeLiteral literal;
  do {
    std::string field = c.identifier();
    c.expect(TokenKind::colon);
    literal.fields.push_back({std::move(field), parse_term(c)});
  } while (c.accept(TokenKind::comma));
  c.expect(TokenKind::close_brace);
  return literal;
}

MapLiteral parse_map_after(Cursor& c, Term first_key) {
  MapLiteral map;
  c.expect(TokenKind::colon);
  map.entries.push_back({std::move(first_key), parse_term(c)});
  while (c.accept(TokenKind::comma)) {
    Term key = parse_term(c);
    c.expect(TokenKind::colon);
    map.entries.push_back({std::move(key), parse_term(c)});
  }
  c.expect(TokenKind::close_brace);
  return map;
}

// After `{`.
Term parse_braces(Cursor& c) {
  if (c.accept(TokenKind::close_brace)) return {SetLiteral{}};
  const bool name_first = c.is_identifier() && !c.is(TokenKind::duration) && c.peek().kind == TokenKind::colon;
  if (name_first) return {parse_user_type_literal(c)};
  Term first = parse_term(c);
  if (c.is(TokenKind::colon)) return {parse_map_after(c, std::move(first))};
  SetLiteral set;
  set.elements.push_back(std::move(first));
  while (c.accept(TokenKind::comma)) set.elements.push_back(parse_term(c));
  c.expect(TokenKind::close_brace);
  return {std::move(set)};
}

// The current token is `(`.
Term parse_parens(Cursor& c) {
  // A hint binds to its operand alone: (int) a + b is ((int) a) + b.
  if (auto hint = parse_type_hint(c, false)) return {TypeHint{std::move(*hint), parse_operand(c)}};
  return {TupleLiteral{parse_term_list(c)}};
}

Term parse_cast(Cursor& c) {
  c.expect(K_CAST);
  c.expect(TokenKind::open_paren);
  Term inner = parse_term(c);
  c.expect(K_AS);
  TypeName type = parse_type(c);
  c.expect(TokenKind::close_paren);
  return {Cast{std::move(inner), std::move(type)}};
}

Term parse_function_call(Cursor& c) {
  FunctionCall call;
  if (c.is(K_TOKEN)) {
    call.name.name = "token";
    c.advance();
  } else {
    call.name = parse_qualified_name(c);
  }
  c.expect(TokenKind::open_paren);
  call.arguments = parse_terms_until(c, TokenKind::close_paren);
  return {std::move(call)};
}

// In `c = term + c` the last operand is a column, and no part of the term: a bare name is never a term.
bool column_follows_plus(Cursor& c) {
  if (!c.is(TokenKind::plus) || !Cursor::is_identifier(c.peek())) return false;
  const Cursor::Place plus = c.here();
  c.advance();
  const TokenKind after_name = c.peek().kind;
  c.go_back_to(plus);
  return after_name != TokenKind::open_paren && after_name != TokenKind::dot;
}

Term parse_operand(Cursor& c) {
  const Deeper deeper(c);
  if (at_literal(c)) return {parse_literal(c)};
  switch (c.token().kind) {
    case TokenKind::question:
    case TokenKind::colon:
      return {c.marker()};
    case TokenKind::open_paren:
      return parse_parens(c);
    case TokenKind::open_bracket:
      c.advance();
      return {ListLiteral{parse_terms_until(c, TokenKind::close_bracket)}};
    case TokenKind::open_brace:
      c.advance();
      return parse_braces(c);
    case TokenKind::minus:
      c.advance();
      return {Negation{parse_operand(c)}};
    case TokenKind::word:
    case TokenKind::quoted_name: {
      if (c.is(K_CAST)) return parse_cast(c);
      const TokenKind next = c.peek().kind;
      if (next == TokenKind::open_paren || next == TokenKind::dot) return parse_function_call(c);
      break;
    }
    default:
      break;
  }
  c.fail_here();
  return {};
}

Term parse_product(Cursor& c) {
  Chain chain(c);
  Term left = parse_operand(c);
  while (const auto op = product_operator(c)) {
    c.advance();
    chain.link();
    const Deeper deeper(c);
    left = {Arithmetic{*op, std::move(left), parse_operand(c)}};
  }
  return left;
}

// Does the current token begin an operand that a type hint may stand before?
bool at_hinted_operand(Cursor& c, const TypeName& type, bool in_selector) {
  if (at_literal(c) && !c.is(TokenKind::minus)) return true;
  const bool surely_type = type.kind != TypeName::Kind::named || is_native_type_name(type.name);
  switch (c.token().kind) {
    case TokenKind::question:
    case TokenKind::colon:
    case TokenKind::open_brace:
    case TokenKind::open_paren:
      return true;
    case TokenKind::open_bracket:
      return surely_type || !in_selector;  // (v)[0] is an element of v
    case TokenKind::minus:
      return surely_type && at_sign(c);  // (v)-1 is a difference
    case TokenKind::word:
    case TokenKind::quoted_name: {
      if (in_selector) return c.is_identifier() && !c.is(K_AS);
      const TokenKind next = c.peek().kind;
      return next == TokenKind::open_paren || next == TokenKind::dot;
    }
    default:
      return false;
  }
}

}  // namespace

std::optional<ArithmeticOperator> sum_operator(const Cursor& c) {
  if (c.is(TokenKind::plus)) return ArithmeticOperator::add;
  if (c.is(TokenKind::minus)) return ArithmeticOperator::subtract;
  return std::nullopt;
}

std::optional<ArithmeticOperator> product_operator(const Cursor& c) {
  if (c.is(TokenKind::star)) return ArithmeticOperator::multiply;
  if (c.is(TokenKind::slash)) return ArithmeticOperator::divide;
  if (c.is(TokenKind::percent)) return ArithmeticOperator::modulo;
  return std::nullopt;
}

Term parse_term(Cursor& c) {
  Chain chain(c);
  Term left = parse_product(c);
  while (const auto op = sum_operator(c)) {
    if (column_follows_plus(c)) break;
    c.advance();
    chain.link();
    const Deeper deeper(c);
    left = {Arithmetic{*op, std::move(left), parse_product(c)}};
  }
  return left;
}

std::vector<Term> parse_term_list(Cursor& c) {
  c.expect(TokenKind::open_paren);
  if (c.is(TokenKind::close_paren)) c.fail_here();
  return parse_terms_until(c, TokenKind::close_paren);
}

bool at_literal(Cursor& c) { return literal_kind(c.token()).has_value() || at_sign(c); }

Literal parse_literal(Cursor& c) {
  const bool negative = at_sign(c);
  if (negative) c.advance();
  const auto kind = literal_kind(c.token());
  if (!kind) {
    c.fail_here();
    return {};
  }
  Literal literal{*kind, (negative ? "-" : "") + literal_text(c.token(), *kind)};
  c.advance();
  return literal;
}

bool at_marker(const Cursor& c) { return c.is(TokenKind::question) || c.is(TokenKind::colon); }

Term parse_integer_or_marker(Cursor& c) {
  if (at_marker(c)) return {c.marker()};
  if (c.is(TokenKind::integer) || at_sign(c)) {
    Literal literal = parse_literal(c);
    if (literal.kind == Literal::Kind::integer) return {std::move(literal)};
  }
  c.fail_here();
  return {};
}

std::optional<TypeName> parse_type_hint(Cursor& c, bool in_selector) {
  const TokenKind first = c.peek().kind;
  if (first != TokenKind::word && first != TokenKind::quoted_name && first != TokenKind::string) return std::nullopt;
  TypeName type;
  const bool hinted = c.parses([&] {
    c.expect(TokenKind::open_paren);
    type = parse_type(c);
    c.expect(TokenKind::close_paren);
    return !c.failed() && at_hinted_operand(c, type, in_selector);
  });
  if (!hinted) return std::nullopt;
  return type;
}

}  // namespace ringlet::cql
