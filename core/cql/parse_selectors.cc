#include "core/cql/parse_parts.h"
#include "core/cql/type_resolver.h"

namespace ringlet::cql {
namespace {

Selector parse_primary(Cursor& c);  // a selector without operators around it

std::vector<Selector> parse_selectors_until(Cursor& c, TokenKind close) {
  std::vector<Selector> selectors;
  if (!c.is(close)) {
    do selectors.push_back(parse_selector(c));
    while (c.accept(TokenKind::comma));
  }
  c.expect(close);
  return selectors;
}

// COUNT(*), COUNT(1) or COUNT(selector); the current token is COUNT, followed by `(`.
Selector parse_count(Cursor& c) {
  c.advance();
  c.expect(TokenKind::open_paren);
  if (c.accept(TokenKind::star)) {
    c.expect(TokenKind::close_paren);
    return {CountRowsSelector{}};
  }
  if (c.is(TokenKind::integer)) {
    if (c.token().text != "1")
      c.fail_saying("Only COUNT(1) is supported, got COUNT(" + std::string(c.token().text) + ")");
    c.advance();
    c.expect(TokenKind::close_paren);
    return {CountRowsSelector{}};
  }
  return {FunctionSelector{{std::nullopt, "count"}, parse_selectors_until(c, TokenKind::close_paren)}};
}

Selector parse_cast(Cursor& c) {
  c.advance();
  c.expect(TokenKind::open_paren);
  Selector of = parse_selector(c);
  c.expect(K_AS);
  // Native types alone.
  if (c.token().kind != TokenKind::word || !native_type_named(identifier_of(c.token()))) c.fail_here();
  TypeName type = parse_type(c);
  c.expect(TokenKind::close_paren);
  return {CastSelector{std::move(of), std::move(type)}};
}

Selector parse_cell(Cursor& c, CellSelector::What what) {
  c.advance();
  c.expect(TokenKind::open_paren);
  Selector of = parse_selector(c);
  c.expect(TokenKind::close_paren);
  return {CellSelector{what, std::move(of)}};
}

Selector parse_call(Cursor& c, FunctionName name) {
  c.expect(TokenKind::open_paren);
  return {FunctionSelector{std::move(name), parse_selectors_until(c, TokenKind::close_paren)}};
}

// The current token is a word or a quoted name.
Selector parse_named(Cursor& c) {
  if (c.peek().kind == TokenKind::open_paren) {
    switch (c.token().keyword) {
      case K_COUNT:
        return parse_count(c);
      case K_CAST:
        return parse_cast(c);
      case K_WRITETIME:
        return parse_cell(c, CellSelector::What::writetime);
      case K_MAXWRITETIME:
        return parse_cell(c, CellSelector::What::max_writetime);
      case K_TTL:
        return parse_cell(c, CellSelector::What::ttl);
      case K_TOKEN:
        c.advance();
        return parse_call(c, {std::nullopt, "token"});
      default:
        break;
    }
    std::string name = c.identifier();
    return parse_call(c, {std::nullopt, std::move(name)});
  }
  return {ColumnSelector{c.identifier()}};
}

// After `{`.
Selector parse_braces(Cursor& c) {
  if (c.accept(TokenKind::close_brace)) return {SetSelector{}};
  Selector first = parse_selector(c);
  if (!c.is(TokenKind::colon)) {
    SetSelector set;
    set.elements.push_back(std::move(first));
    while (c.accept(TokenKind::comma)) set.elements.push_back(parse_selector(c));
    c.expect(TokenKind::close_brace);
    return {std::move(set)};
  }
  MapSelector map;
  c.expect(TokenKind::colon);
  map.entries.push_back({std::move(first), parse_selector(c)});
  while (c.accept(TokenKind::comma)) {
    Selector key = parse_selector(c);
    c.expect(TokenKind::colon);
    map.entries.push_back({std::move(key), parse_selector(c)});
  }
  c.expect(TokenKind::close_brace);
  return {std::move(map)};
}

// The current token is `(`.
Selector parse_parens(Cursor& c) {
  if (auto hint = parse_type_hint(c, true)) return {TypeHintSelector{std::move(*hint), parse_primary(c)}};
  c.expect(TokenKind::open_paren);
  if (c.is(TokenKind::close_paren)) c.fail_here();
  return {TupleSelector{parse_selectors_until(c, TokenKind::close_paren)}};
}

Selector parse_bare(Cursor& c) {  // without what may follow it: .field, [key]
  if (at_literal(c) && !(c.is(TokenKind::duration) && c.is_identifier())) return {TermSelector{{parse_literal(c)}}};
  switch (c.token().kind) {
    case TokenKind::question:
    case TokenKind::colon:
      return {TermSelector{{c.marker()}}};
    case TokenKind::open_paren:
      return parse_parens(c);
    case TokenKind::open_bracket:
      c.advance();
      return {ListSelector{parse_selectors_until(c, TokenKind::close_bracket)}};
    case TokenKind::open_brace:
      c.advance();
      return parse_braces(c);
    case TokenKind::minus:
      c.advance();
      return {NegationSelector{parse_primary(c)}};
    default:
      return parse_named(c);
  }
}

// After `[`: a key, or a slice with or without its ends.
Selector parse_element(Cursor& c, Selector of) {
  std::optional<Box<Term>> from;
  if (!c.is(TokenKind::range)) from = parse_term(c);
  if (!c.accept(TokenKind::range)) {
    c.expect(TokenKind::close_bracket);
    return {ElementSelector{std::move(of), from ? std::move(**from) : Term{}}};
  }
  std::optional<Box<Term>> to;
  if (!c.is(TokenKind::close_bracket)) to = parse_term(c);
  c.expect(TokenKind::close_bracket);
  return {SliceSelector{std::move(of), std::move(from), std::move(to)}};
}

// After `.`: a field, or the function of a keyspace.
Selector parse_field(Cursor& c, Selector of) {
  std::string name = c.identifier();
  const auto* keyspace = std::get_if<ColumnSelector>(&of.node);
  if (keyspace != nullptr && c.is(TokenKind::open_paren)) return parse_call(c, {keyspace->column, std::move(name)});
  return {FieldSelector{std::move(of), std::move(name)}};
}

Selector parse_primary(Cursor& c) {
  const Deeper deeper(c);
  Chain chain(c);
  Selector selector = parse_bare(c);
  while (c.is(TokenKind::dot) || c.is(TokenKind::open_bracket)) {
    chain.link();
    selector = c.accept(TokenKind::dot) ? parse_field(c, std::move(selector))
                                        : (c.advance(), parse_element(c, std::move(selector)));
  }
  return selector;
}

Selector parse_product(Cursor& c) {
  Chain chain(c);
  Selector left = parse_primary(c);
  while (const auto op = product_operator(c)) {
    c.advance();
    chain.link();
    const Deeper deeper(c);
    left = {ArithmeticSelector{*op, std::move(left), parse_primary(c)}};
  }
  return left;
}

}  // namespace

Selector parse_selector(Cursor& c) {
  Chain chain(c);
  Selector left = parse_product(c);
  while (const auto op = sum_operator(c)) {
    c.advance();
    chain.link();
    const Deeper deeper(c);
    left = {ArithmeticSelector{*op, std::move(left), parse_product(c)}};
  }
  return left;
}

std::vector<SelectItem> parse_select_items(Cursor& c) {
  std::vector<SelectItem> items;
  if (c.accept(TokenKind::star)) return items;
  do {
    SelectItem item{parse_selector(c), std::nullopt};
    if (c.accept(K_AS)) item.alias = c.identifier();
    items.push_back(std::move(item));
  } while (c.accept(TokenKind::comma));
  return items;
}

}  // namespace ringlet::cql
