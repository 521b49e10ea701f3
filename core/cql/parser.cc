#include "core/cql/parser.h"

#include "core/cql/parse_parts.h"

namespace ringlet::cql {
namespace {

Statement parse_any_statement(Cursor& c) {
  switch (c.token().keyword) {
    case K_SELECT:
      return parse_select(c);
    case K_INSERT:
      return parse_insert(c);
    case K_UPDATE:
      return parse_update(c);
    case K_DELETE:
      return parse_delete(c);
    case K_BEGIN:
      return parse_batch(c);
    case K_TRUNCATE:
      return parse_truncate(c);
    case K_USE:
      return parse_use(c);
    case K_CREATE:
      return parse_create(c);
    case K_ALTER:
      return parse_alter(c);
    case K_DROP:
      return parse_drop(c);
    case K_DESC:
    case K_DESCRIBE:
      return parse_describe(c);
    case K_GRANT:
      return parse_grant(c);
    case K_REVOKE:
      return parse_revoke(c);
    case K_LIST:
      return parse_list(c);
    default:
      break;
  }
  c.fail_here();
  return {};
}

}  // namespace

Result<ParsedStatement> parse_statement(std::string_view text) {
  Cursor cursor(text);
  Statement statement = parse_any_statement(cursor);
  cursor.expect_end();
  if (cursor.failed()) return fail(std::move(*cursor.error()));
  return ParsedStatement{std::move(statement), std::move(cursor.markers())};
}

Result<TypeName> parse_type(std::string_view text) {
  Cursor cursor(text);
  TypeName type = parse_type(cursor);
  if (!cursor.is(TokenKind::end)) cursor.fail_expecting("EOF");
  if (cursor.failed()) return fail(std::move(*cursor.error()));
  return type;
}

Result<Term> parse_term(std::string_view text) {
  Cursor cursor(text);
  Term term = parse_term(cursor);
  if (!cursor.is(TokenKind::end)) cursor.fail_expecting("EOF");
  if (!cursor.failed() && !cursor.markers().empty()) cursor.fail_saying("a bind marker has no value here");
  if (cursor.failed()) return fail(std::move(*cursor.error()));
  return term;
}

}  // namespace ringlet::cql
