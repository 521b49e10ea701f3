#include "core/cql/parse_parts.h"

namespace ringlet::cql {
namespace {

using What = Describe::What;

std::optional<What> list_of(Keyword keyword) {
  switch (keyword) {
    case K_CLUSTER:
      return What::cluster;
    case K_SCHEMA:
      return What::schema;
    case K_KEYSPACES:
      return What::keyspaces;
    case K_TABLES:
      return What::tables;
    case K_TYPES:
      return What::types;
    case K_FUNCTIONS:
      return What::functions;
    case K_AGGREGATES:
      return What::aggregates;
    default:
      return std::nullopt;
  }
}

std::optional<What> one_of(Keyword keyword) {
  switch (keyword) {
    case K_TABLE:
    case K_COLUMNFAMILY:
      return What::table;
    case K_TYPE:
      return What::type;
    case K_INDEX:
      return What::index;
    case K_FUNCTION:
      return What::function;
    case K_AGGREGATE:
      return What::aggregate;
    default:
      return std::nullopt;
  }
}

// Many of these words are names too: a word that is followed by what cannot be its object is the name of anything.
bool ends_after_word(Cursor& c) {
  const Token next = c.peek();
  return next.kind == TokenKind::end || next.kind == TokenKind::semicolon || next.keyword == K_WITH;
}

void parse_object(Cursor& c, Describe& describe) {
  const Keyword word = c.token().keyword;
  describe.only = c.is(K_ONLY) && c.peek().keyword == K_KEYSPACE;
  if (describe.only) c.advance();
  if (c.accept(K_KEYSPACE)) {
    describe.what = What::keyspace;
    if (c.is_identifier()) describe.name = QualifiedName{std::nullopt, c.identifier()};
    return;
  }
  if (c.accept(K_FULL)) {
    c.expect(K_SCHEMA);
    describe.what = What::schema;
    describe.full = true;
  } else if (list_of(word) && ends_after_word(c)) {
    describe.what = *list_of(word);
    c.advance();
  } else {
    if (c.accept(K_MATERIALIZED, K_VIEW))
      describe.what = What::view;
    else if (one_of(word) && Cursor::is_identifier(c.peek())) {
      describe.what = *one_of(word);
      c.advance();
    }
    describe.name = parse_qualified_name(c);
  }
}

}  // namespace

Statement parse_describe(Cursor& c) {
  Describe describe;
  if (!c.accept(K_DESC)) c.expect(K_DESCRIBE);
  parse_object(c, describe);
  if (c.accept(K_WITH)) {
    c.expect(K_INTERNALS);
    describe.with_internals = true;
  }
  return describe;
}

}  // namespace ringlet::cql
