#include "core/cql/parse_parts.h"

namespace ringlet::cql {
namespace {

Statement parse_create_keyspace(Cursor& c) {
  CreateKeyspace keyspace;
  keyspace.if_not_exists = parse_if_not_exists(c);
  keyspace.name = c.identifier();
  c.expect(K_WITH);
  keyspace.properties = parse_properties(c);
  return keyspace;
}

Statement parse_alter_keyspace(Cursor& c) {
  AlterKeyspace keyspace;
  keyspace.if_exists = parse_if_exists(c);
  keyspace.name = c.identifier();
  c.expect(K_WITH);
  keyspace.properties = parse_properties(c);
  return keyspace;
}

IndexTarget parse_index_target(Cursor& c) {
  const auto kind = [&] {
    switch (c.token().keyword) {
      case K_VALUES:
        return IndexTarget::Kind::values;
      case K_KEYS:
        return IndexTarget::Kind::keys;
      case K_ENTRIES:
        return IndexTarget::Kind::entries;
      case K_FULL:
        return IndexTarget::Kind::full;
      default:
        return IndexTarget::Kind::column;
    }
  }();
  if (kind == IndexTarget::Kind::column || c.peek().kind != TokenKind::open_paren)
    return {IndexTarget::Kind::column, c.identifier()};
  c.advance();
  c.expect(TokenKind::open_paren);
  IndexTarget target{kind, c.identifier()};
  c.expect(TokenKind::close_paren);
  return target;
}

Statement parse_create_index(Cursor& c, bool custom) {
  CreateIndex index;
  index.custom = custom;
  index.if_not_exists = parse_if_not_exists(c);
  if (!c.is(K_ON)) index.name = parse_qualified_name(c);
  c.expect(K_ON);
  index.table = parse_qualified_name(c);
  c.expect(TokenKind::open_paren);
  if (!c.is(TokenKind::close_paren)) {
    do index.targets.push_back(parse_index_target(c));
    while (c.accept(TokenKind::comma));
  }
  c.expect(TokenKind::close_paren);
  if (c.accept(K_USING)) index.using_class = c.string();
  if (c.accept(K_WITH)) index.properties = parse_properties(c);
  return index;
}

FieldDefinition parse_field(Cursor& c) {
  std::string name = c.identifier();
  return {std::move(name), parse_type(c)};
}

Statement parse_create_type(Cursor& c) {
  CreateType type;
  type.if_not_exists = parse_if_not_exists(c);
  type.name = parse_qualified_name(c);
  c.expect(TokenKind::open_paren);
  type.fields.push_back(parse_field(c));
  while (c.accept(TokenKind::comma))
    if (!c.is(TokenKind::comma) && !c.is(TokenKind::close_paren)) type.fields.push_back(parse_field(c));
  c.expect(TokenKind::close_paren);
  return type;
}

RenameFields parse_rename_fields(Cursor& c) {
  RenameFields rename{parse_if_exists(c), {}};
  do {
    std::string from = c.identifier();
    c.expect(K_TO);
    rename.renames.push_back({std::move(from), c.identifier()});
  } while (c.accept(K_AND));
  return rename;
}

Statement parse_alter_type(Cursor& c) {
  AlterType type;
  type.if_exists = parse_if_exists(c);
  type.name = parse_qualified_name(c);
  if (c.accept(K_ADD)) {
    const bool if_not_exists = parse_if_not_exists(c);
    type.action = AddField{if_not_exists, parse_field(c)};
  } else if (c.accept(K_RENAME)) {
    type.action = parse_rename_fields(c);
  } else if (c.accept(K_ALTER)) {
    std::string field = c.identifier();
    c.expect(K_TYPE);
    type.action = AlterField{{std::move(field), parse_type(c)}};
  } else {
    c.fail_here();
  }
  return type;
}

Statement parse_create_trigger(Cursor& c) {
  CreateTrigger trigger;
  trigger.if_not_exists = parse_if_not_exists(c);
  trigger.name = c.identifier();
  c.expect(K_ON);
  trigger.table = parse_qualified_name(c);
  c.expect(K_USING);
  trigger.trigger_class = c.string();
  return trigger;
}

Statement parse_drop_trigger(Cursor& c) {
  DropTrigger trigger;
  trigger.if_exists = parse_if_exists(c);
  trigger.name = c.identifier();
  c.expect(K_ON);
  trigger.table = parse_qualified_name(c);
  return trigger;
}

template <class Drop>
Statement parse_drop_named(Cursor& c) {
  Drop drop;
  drop.if_exists = parse_if_exists(c);
  drop.name = parse_qualified_name(c);
  return drop;
}

Statement parse_drop_keyspace(Cursor& c) {
  DropKeyspace drop;
  drop.if_exists = parse_if_exists(c);
  drop.name = c.identifier();
  return drop;
}

bool accept_keyspace(Cursor& c) { return c.accept(K_KEYSPACE) || c.accept(K_SCHEMA); }
bool accept_table(Cursor& c) { return c.accept(K_TABLE) || c.accept(K_COLUMNFAMILY); }

Statement unknown(Cursor& c) {
  c.fail_here();
  return {};
}

Statement parse_replaceable(Cursor& c) {
  const bool or_replace = c.accept(K_OR);
  if (or_replace) c.expect(K_REPLACE);
  if (c.accept(K_FUNCTION)) return parse_create_function(c, or_replace);
  if (c.accept(K_AGGREGATE)) return parse_create_aggregate(c, or_replace);
  return unknown(c);
}

}  // namespace

Statement parse_create(Cursor& c) {
  c.expect(K_CREATE);
  if (accept_keyspace(c)) return parse_create_keyspace(c);
  if (accept_table(c)) return parse_create_table(c);
  if (c.accept(K_INDEX)) return parse_create_index(c, false);
  if (c.accept(K_CUSTOM, K_INDEX)) return parse_create_index(c, true);
  if (c.accept(K_TYPE)) return parse_create_type(c);
  if (c.accept(K_MATERIALIZED, K_VIEW)) return parse_create_view(c);
  if (c.accept(K_TRIGGER)) return parse_create_trigger(c);
  if (c.accept(K_ROLE)) return parse_create_role(c);
  if (c.accept(K_USER)) return parse_create_user(c);
  return parse_replaceable(c);
}

Statement parse_alter(Cursor& c) {
  c.expect(K_ALTER);
  if (accept_keyspace(c)) return parse_alter_keyspace(c);
  if (accept_table(c)) return parse_alter_table(c);
  if (c.accept(K_TYPE)) return parse_alter_type(c);
  if (c.accept(K_MATERIALIZED, K_VIEW)) return parse_alter_view(c);
  if (c.accept(K_ROLE)) return parse_alter_role(c);
  if (c.accept(K_USER)) return parse_alter_user(c);
  return unknown(c);
}

Statement parse_drop(Cursor& c) {
  c.expect(K_DROP);
  if (accept_keyspace(c)) return parse_drop_keyspace(c);
  if (accept_table(c)) return parse_drop_named<DropTable>(c);
  if (c.accept(K_INDEX)) return parse_drop_named<DropIndex>(c);
  if (c.accept(K_TYPE)) return parse_drop_named<DropType>(c);
  if (c.accept(K_MATERIALIZED, K_VIEW)) return parse_drop_named<DropView>(c);
  if (c.accept(K_FUNCTION)) return parse_drop_function(c);
  if (c.accept(K_AGGREGATE)) return parse_drop_aggregate(c);
  if (c.accept(K_TRIGGER)) return parse_drop_trigger(c);
  if (c.accept(K_ROLE)) return parse_drop_role(c, false);
  if (c.accept(K_USER)) return parse_drop_role(c, true);
  return unknown(c);
}

}  // namespace ringlet::cql
