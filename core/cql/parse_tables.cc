#include "core/cql/parse_parts.h"

namespace ringlet::cql {
namespace {

std::optional<Mask> parse_mask(Cursor& c) {  // MASKED WITH ..., where there is one
  if (!c.accept(K_MASKED)) return std::nullopt;
  c.expect(K_WITH);
  Mask mask;
  if (c.accept(K_DEFAULT)) return mask;
  mask.function = parse_qualified_name(c);
  c.expect(TokenKind::open_paren);
  if (c.accept(TokenKind::close_paren)) return mask;
  do mask.arguments.push_back(parse_term(c));
  while (c.accept(TokenKind::comma));
  c.expect(TokenKind::close_paren);
  return mask;
}

ColumnDefinition parse_column(Cursor& c) {
  ColumnDefinition column;
  column.name = c.identifier();
  column.type = parse_type(c);
  column.is_static = c.accept(K_STATIC);
  column.mask = parse_mask(c);
  return column;
}

// After PRIMARY KEY: (a, b) or ((a, b), c)
PrimaryKey parse_primary_key(Cursor& c) {
  PrimaryKey key;
  c.expect(TokenKind::open_paren);
  if (c.is(TokenKind::open_paren))
    key.partition = parse_identifiers_in_parens(c);
  else
    key.partition.push_back(c.identifier());
  while (c.accept(TokenKind::comma)) key.clustering.push_back(c.identifier());
  c.expect(TokenKind::close_paren);
  return key;
}

void parse_column_or_key(Cursor& c, CreateTable& table) {
  if (c.accept(K_PRIMARY)) {
    c.expect(K_KEY);
    table.primary_keys.push_back(parse_primary_key(c));
    return;
  }
  table.columns.push_back(parse_column(c));
  if (c.accept(K_PRIMARY)) {
    c.expect(K_KEY);
    table.primary_keys.push_back({{table.columns.back().name}, {}});
  }
}

void parse_columns_and_keys(Cursor& c, CreateTable& table) {
  c.expect(TokenKind::open_paren);
  parse_column_or_key(c, table);
  while (c.accept(TokenKind::comma))
    if (!c.is(TokenKind::comma) && !c.is(TokenKind::close_paren)) parse_column_or_key(c, table);
  c.expect(TokenKind::close_paren);
}

std::vector<ClusteringOrder> parse_clustering_order(Cursor& c) {
  std::vector<ClusteringOrder> orders;
  c.expect(TokenKind::open_paren);
  do {
    ClusteringOrder order{c.identifier(), false};
    if (!c.accept(K_ASC)) order.descending = c.accept(K_DESC);
    orders.push_back(std::move(order));
  } while (c.accept(TokenKind::comma));
  c.expect(TokenKind::close_paren);
  return orders;
}

// WITH ... of a table or a view, where there is one.
template <class Created>
void parse_table_options(Cursor& c, Created& created) {
  if (!c.accept(K_WITH)) return;
  do {
    if (c.accept(K_COMPACT, K_STORAGE)) {
      created.compact_storage = true;
    } else if (c.accept(K_CLUSTERING, K_ORDER)) {
      c.expect(K_BY);
      for (ClusteringOrder& order : parse_clustering_order(c)) created.clustering_order.push_back(std::move(order));
    } else {
      created.properties.push_back(parse_property(c));
    }
  } while (c.accept(K_AND));
}

AddColumns parse_add(Cursor& c) {
  AddColumns add{parse_if_not_exists(c), {}};
  const bool in_parens = c.accept(TokenKind::open_paren);
  do add.columns.push_back(parse_column(c));
  while (c.accept(TokenKind::comma));
  if (in_parens) c.expect(TokenKind::close_paren);
  return add;
}

DropColumns parse_drop_columns(Cursor& c) {
  DropColumns drop{parse_if_exists(c), {}, std::nullopt};
  drop.columns = c.is(TokenKind::open_paren) ? parse_identifiers_in_parens(c) : parse_identifiers(c);
  if (c.accept(K_USING)) {
    c.expect(K_TIMESTAMP);
    drop.timestamp = parse_integer_or_marker(c);
  }
  return drop;
}

RenameColumns parse_rename(Cursor& c) {
  RenameColumns rename{parse_if_exists(c), {}};
  do {
    std::string from = c.identifier();
    c.expect(K_TO);
    rename.renames.push_back({std::move(from), c.identifier()});
  } while (c.accept(K_AND));
  return rename;
}

// After ALTER TABLE t ALTER
decltype(AlterTable::action) parse_alter_column(Cursor& c) {
  const bool if_exists = parse_if_exists(c);
  std::string column = c.identifier();
  if (c.accept(K_TYPE)) return AlterColumnType{std::move(column), parse_type(c)};
  if (c.accept(K_DROP)) {
    c.expect(K_MASKED);
    return AlterColumnMask{if_exists, std::move(column), std::nullopt};
  }
  if (!c.is(K_MASKED)) c.fail_here();
  return AlterColumnMask{if_exists, std::move(column), parse_mask(c)};
}

decltype(AlterTable::action) parse_table_action(Cursor& c) {
  if (c.accept(K_ADD)) return parse_add(c);
  if (c.accept(K_DROP)) {
    if (c.accept(K_COMPACT, K_STORAGE)) return DropCompactStorage{};
    return parse_drop_columns(c);
  }
  if (c.accept(K_RENAME)) return parse_rename(c);
  if (c.accept(K_ALTER)) return parse_alter_column(c);
  if (c.accept(K_WITH)) return AlterProperties{parse_properties(c)};
  c.fail_here();
  return {};
}

}  // namespace

Statement parse_create_table(Cursor& c) {
  CreateTable table;
  table.if_not_exists = parse_if_not_exists(c);
  table.name = parse_qualified_name(c);
  parse_columns_and_keys(c, table);
  parse_table_options(c, table);
  return table;
}

Statement parse_alter_table(Cursor& c) {
  AlterTable table;
  table.if_exists = parse_if_exists(c);
  table.name = parse_qualified_name(c);
  table.action = parse_table_action(c);
  return table;
}

Statement parse_create_view(Cursor& c) {
  CreateView view;
  view.if_not_exists = parse_if_not_exists(c);
  view.name = parse_qualified_name(c);
  c.expect(K_AS);
  c.expect(K_SELECT);
  view.select.items = parse_select_items(c);
  c.expect(K_FROM);
  view.select.table = parse_qualified_name(c);
  if (c.accept(K_WHERE)) view.select.where = parse_where(c);
  c.expect(K_PRIMARY);
  c.expect(K_KEY);
  view.primary_keys.push_back(parse_primary_key(c));
  parse_table_options(c, view);
  return view;
}

Statement parse_alter_view(Cursor& c) {
  AlterView view;
  view.if_exists = parse_if_exists(c);
  view.name = parse_qualified_name(c);
  c.expect(K_WITH);
  view.properties = parse_properties(c);
  return view;
}

}  // namespace ringlet::cql
