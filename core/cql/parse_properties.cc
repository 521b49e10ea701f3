#include "core/cql/parse_parts.h"

namespace ringlet::cql {
namespace {

Literal parse_constant(Cursor& c) {
  if (at_literal(c) && !c.is(K_NULL)) return parse_literal(c);
  c.fail_here();
  return {};
}

std::variant<Literal, std::vector<PropertyEntry>> parse_property_value(Cursor& c) {
  if (c.is(TokenKind::open_brace)) return parse_property_entries(c);
  if (c.token().kind == TokenKind::word && c.is_identifier())  // compression = none
    return Literal{Literal::Kind::string, c.identifier()};
  return parse_constant(c);
}

}  // namespace

std::vector<PropertyEntry> parse_property_entries(Cursor& c) {
  std::vector<PropertyEntry> entries;
  c.expect(TokenKind::open_brace);
  if (!c.is(TokenKind::close_brace)) {
    do {
      Literal key = parse_constant(c);
      c.expect(TokenKind::colon);
      entries.push_back({std::move(key.text), parse_constant(c)});
    } while (c.accept(TokenKind::comma));
  }
  c.expect(TokenKind::close_brace);
  return entries;
}

Property parse_property(Cursor& c) {
  std::string name = c.identifier();
  c.expect(TokenKind::equal);
  return {std::move(name), parse_property_value(c)};
}

PropertyMap parse_properties(Cursor& c) {
  PropertyMap properties;
  do properties.push_back(parse_property(c));
  while (c.accept(K_AND));
  return properties;
}

bool parse_if_exists(Cursor& c) { return c.accept(K_IF, K_EXISTS); }

bool parse_if_not_exists(Cursor& c) {
  if (!c.accept(K_IF)) return false;
  c.expect(K_NOT);
  c.expect(K_EXISTS);
  return true;
}

}  // namespace ringlet::cql
