#include "core/cql/parse_parts.h"

namespace ringlet::cql {
namespace {

std::vector<FieldDefinition> parse_arguments(Cursor& c) {
  std::vector<FieldDefinition> arguments;
  c.expect(TokenKind::open_paren);
  if (!c.is(TokenKind::close_paren)) {
    do {
      std::string name = c.identifier();
      arguments.push_back({std::move(name), parse_type(c)});
    } while (c.accept(TokenKind::comma));
  }
  c.expect(TokenKind::close_paren);
  return arguments;
}

bool parse_called_on_null(Cursor& c) {
  const bool called = c.accept(K_CALLED);
  if (!called) {
    c.expect(K_RETURNS);
    c.expect(K_NULL);
  }
  c.expect(K_ON);
  c.expect(K_NULL);
  c.expect(K_INPUT);
  return called;
}

template <class Drop>
Statement parse_drop_callable(Cursor& c) {
  Drop drop;
  drop.if_exists = parse_if_exists(c);
  drop.name = parse_qualified_name(c);
  if (c.is(TokenKind::open_paren)) drop.argument_types = parse_type_list(c);
  return drop;
}

}  // namespace

Statement parse_create_function(Cursor& c, bool or_replace) {
  CreateFunction function;
  function.or_replace = or_replace;
  function.if_not_exists = parse_if_not_exists(c);
  function.name = parse_qualified_name(c);
  function.arguments = parse_arguments(c);
  function.called_on_null_input = parse_called_on_null(c);
  c.expect(K_RETURNS);
  function.return_type = parse_type(c);
  c.expect(K_LANGUAGE);
  function.language = c.identifier();
  c.expect(K_AS);
  function.body = c.string();
  return function;
}

Statement parse_create_aggregate(Cursor& c, bool or_replace) {
  CreateAggregate aggregate;
  aggregate.or_replace = or_replace;
  aggregate.if_not_exists = parse_if_not_exists(c);
  aggregate.name = parse_qualified_name(c);
  aggregate.argument_types = parse_type_list(c);
  c.expect(K_SFUNC);
  aggregate.state_function = c.identifier();
  c.expect(K_STYPE);
  aggregate.state_type = parse_type(c);
  if (c.accept(K_FINALFUNC)) aggregate.final_function = c.identifier();
  if (c.accept(K_INITCOND)) aggregate.initial = parse_term(c);
  return aggregate;
}

Statement parse_drop_function(Cursor& c) { return parse_drop_callable<DropFunction>(c); }
Statement parse_drop_aggregate(Cursor& c) { return parse_drop_callable<DropAggregate>(c); }

}  // namespace ringlet::cql
