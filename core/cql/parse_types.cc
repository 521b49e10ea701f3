#include <charconv>

#include "core/cql/parse_parts.h"

namespace ringlet::cql {
namespace {

uint32_t parse_dimension(Cursor& c) {
  uint32_t dimension = 0;
  const std::string_view digits = c.token().text;
  if (c.is(TokenKind::integer)) {
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), dimension);
    if (parsed.ec != std::errc{})
      c.fail_saying("a vector cannot have " + std::string(digits.substr(0, 20)) + "... elements");
  }
  c.expect(TokenKind::integer);
  return dimension;
}

std::optional<TypeName::Kind> generic_kind(Keyword keyword) {
  switch (keyword) {
    case K_LIST:
      return TypeName::Kind::list;
    case K_SET:
      return TypeName::Kind::set;
    case K_MAP:
      return TypeName::Kind::map;
    case K_TUPLE:
      return TypeName::Kind::tuple;
    case K_VECTOR:
      return TypeName::Kind::vector;
    default:
      return std::nullopt;
  }
}

// After `list<` and the like: the parameters and the `>`.
TypeName parse_generic(Cursor& c, TypeName::Kind kind, std::string name) {
  TypeName type{.kind = kind, .name = std::move(name)};
  type.parameters.push_back(parse_type(c));
  if (kind == TypeName::Kind::map) {
    c.expect(TokenKind::comma);
    type.parameters.push_back(parse_type(c));
  } else if (kind == TypeName::Kind::vector) {
    c.expect(TokenKind::comma);
    type.dimension = parse_dimension(c);
  } else if (kind == TypeName::Kind::tuple) {
    while (c.accept(TokenKind::comma)) type.parameters.push_back(parse_type(c));
  }
  c.expect(TokenKind::greater);
  return type;
}

TypeName parse_frozen(Cursor& c) {
  TypeName type = parse_type(c);
  type.frozen = true;
  c.expect(TokenKind::greater);
  return type;
}

TypeName parse_named_type(Cursor& c) {
  TypeName type{.quoted = c.is(TokenKind::quoted_name)};
  type.name = c.identifier();
  if (c.accept(TokenKind::dot)) {
    type.keyspace = std::move(type.name);
    type.quoted = c.is(TokenKind::quoted_name);
    type.name = c.identifier();
  }
  return type;
}

}  // namespace

QualifiedName parse_qualified_name(Cursor& c) {
  QualifiedName name{std::nullopt, c.identifier()};
  if (c.accept(TokenKind::dot)) {
    name.keyspace = std::move(name.name);
    name.name = c.identifier();
  }
  return name;
}

TypeName parse_type(Cursor& c) {
  const Deeper deeper(c);
  if (c.is(TokenKind::string)) return TypeName{.kind = TypeName::Kind::custom, .name = c.string()};
  if (c.token().kind == TokenKind::word && c.peek().kind == TokenKind::less) {
    const Token word = c.token();
    const auto kind = generic_kind(word.keyword);
    if (kind || word.keyword == K_FROZEN) {
      c.advance();
      c.expect(TokenKind::less);
      return kind ? parse_generic(c, *kind, identifier_of(word)) : parse_frozen(c);
    }
  }
  return parse_named_type(c);
}

std::vector<TypeName> parse_type_list(Cursor& c) {
  std::vector<TypeName> types;
  c.expect(TokenKind::open_paren);
  if (!c.is(TokenKind::close_paren)) {
    do types.push_back(parse_type(c));
    while (c.accept(TokenKind::comma));
  }
  c.expect(TokenKind::close_paren);
  return types;
}

}  // namespace ringlet::cql
