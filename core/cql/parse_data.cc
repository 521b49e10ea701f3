#include "core/cql/parse_parts.h"

namespace ringlet::cql {
namespace {

enum UsingsAllowed : uint8_t { kTimestamp = 1, kTtl = 2, kTimeout = 4, kAllUsings = 7 };

Term parse_duration_or_marker(Cursor& c) {
  if (at_marker(c)) return {c.marker()};
  if (!c.is(TokenKind::duration)) c.fail_expecting("DURATION");
  return {parse_literal(c)};
}

// USING a AND b, where there is one.
Usings parse_usings(Cursor& c, int allowed) {
  Usings usings;
  if (!c.accept(K_USING)) return usings;
  do {
    if ((allowed & kTimestamp) && c.accept(K_TIMESTAMP))
      usings.timestamp = parse_integer_or_marker(c);
    else if ((allowed & kTtl) && c.accept(K_TTL))
      usings.ttl = parse_integer_or_marker(c);
    else if ((allowed & kTimeout) && c.accept(K_TIMEOUT))
      usings.timeout = parse_duration_or_marker(c);
    else
      c.fail_here();
  } while (c.accept(K_AND));
  return usings;
}

// JSON and DISTINCT are names too: `SELECT json, distinct FROM t`.
bool accept_modifier(Cursor& c, Keyword keyword) {
  if (!c.is(keyword)) return false;
  const Token next = c.peek();
  switch (next.kind) {
    case TokenKind::word:
      return next.keyword != K_AS && next.keyword != K_FROM && c.accept(keyword);
    case TokenKind::open_paren:
      return keyword == K_DISTINCT && c.accept(keyword);  // json(v) is a function
    case TokenKind::quoted_name:
    case TokenKind::string:
    case TokenKind::integer:
    case TokenKind::floating:
    case TokenKind::duration:
    case TokenKind::uuid:
    case TokenKind::blob:
    case TokenKind::question:
    case TokenKind::colon:
    case TokenKind::open_brace:
      return c.accept(keyword);
    case TokenKind::star: {  // `json * 2` or `JSON * FROM`
      const Cursor::Place start = c.here();
      c.advance();
      const bool all = c.peek().keyword == K_FROM;
      if (!all) c.go_back_to(start);
      return all;
    }
    default:
      return false;
  }
}

Ordering parse_ordering(Cursor& c) {
  Ordering ordering{c.identifier(), false, std::nullopt};
  if (c.accept(K_ANN, K_OF))
    ordering.near = parse_term(c);
  else if (!c.accept(K_ASC))
    ordering.descending = c.accept(K_DESC);
  return ordering;
}

void parse_order_and_groups(Cursor& c, Select& select) {
  if (c.accept(K_GROUP)) {
    c.expect(K_BY);
    do select.group_by.push_back(parse_selector(c));
    while (c.accept(TokenKind::comma));
  }
  if (c.accept(K_ORDER)) {
    c.expect(K_BY);
    do select.order_by.push_back(parse_ordering(c));
    while (c.accept(TokenKind::comma));
  }
}

void parse_limits(Cursor& c, Select& select) {
  if (c.accept(K_PER)) {
    c.expect(K_PARTITION);
    c.expect(K_LIMIT);
    select.per_partition_limit = parse_integer_or_marker(c);
  }
  if (c.accept(K_LIMIT)) select.limit = parse_integer_or_marker(c);
}

void parse_json_values(Cursor& c, Insert& insert) {
  if (at_marker(c)) {
    insert.json = Term{c.marker()};
  } else {
    if (!c.is(TokenKind::string)) c.fail_here();
    insert.json = Term{Literal{Literal::Kind::string, c.string()}};
  }
  if (!c.accept(K_DEFAULT)) return;
  insert.json_default_unset = c.accept(K_UNSET);
  if (!insert.json_default_unset) c.expect(K_NULL);
}

// IF EXISTS, or IF and conditions, where there is one.
bool parse_if(Cursor& c, std::vector<Condition>& conditions) {
  if (!c.accept(K_IF)) return false;
  if (c.is(K_EXISTS)) {  // unless it is a column of that name
    const Token next = c.peek();
    const bool ends = next.kind == TokenKind::end || next.kind == TokenKind::semicolon || next.kind == TokenKind::word;
    if (ends && next.keyword != K_IN && next.keyword != K_CONTAINS) return c.accept(K_EXISTS);
  }
  conditions = parse_conditions(c);
  return false;
}

}  // namespace

Select parse_select(Cursor& c) {
  Select select;
  c.expect(K_SELECT);
  select.json = accept_modifier(c, K_JSON);
  select.distinct = accept_modifier(c, K_DISTINCT);
  select.items = parse_select_items(c);
  c.expect(K_FROM);
  select.table = parse_qualified_name(c);
  if (c.accept(K_WHERE)) select.where = parse_where(c);
  parse_order_and_groups(c, select);
  parse_limits(c, select);
  if (c.accept(K_ALLOW)) {
    c.expect(K_FILTERING);
    select.allow_filtering = true;
  }
  select.bypass_cache = c.accept(K_BYPASS, K_CACHE);
  select.usings = parse_usings(c, kTimeout);
  return select;
}

Insert parse_insert(Cursor& c) {
  Insert insert;
  c.expect(K_INSERT);
  c.expect(K_INTO);
  insert.table = parse_qualified_name(c);
  if (c.accept(K_JSON)) {
    parse_json_values(c, insert);
  } else {
    if (!c.is(TokenKind::open_paren)) c.fail_here();
    insert.columns = parse_identifiers_in_parens(c);
    c.expect(K_VALUES);
    insert.values = parse_term_list(c);
  }
  insert.if_not_exists = parse_if_not_exists(c);
  insert.usings = parse_usings(c, kAllUsings);
  return insert;
}

Update parse_update(Cursor& c) {
  Update update;
  c.expect(K_UPDATE);
  update.table = parse_qualified_name(c);
  update.usings = parse_usings(c, kAllUsings);
  c.expect(K_SET);
  do update.assignments.push_back(parse_assignment(c));
  while (c.accept(TokenKind::comma));
  c.expect(K_WHERE);
  update.where = parse_where(c);
  update.if_exists = parse_if(c, update.conditions);
  return update;
}

Delete parse_delete(Cursor& c) {
  Delete removal;
  c.expect(K_DELETE);
  if (!c.is(K_FROM) && !c.is(TokenKind::star)) {
    do removal.targets.push_back(parse_column_target(c));
    while (c.accept(TokenKind::comma));
  }
  c.expect(K_FROM);
  removal.table = parse_qualified_name(c);
  removal.usings = parse_usings(c, kTimestamp | kTimeout);
  c.expect(K_WHERE);
  removal.where = parse_where(c);
  removal.if_exists = parse_if(c, removal.conditions);
  return removal;
}

Batch parse_batch(Cursor& c) {
  Batch batch;
  c.expect(K_BEGIN);
  if (c.accept(K_UNLOGGED))
    batch.kind = Batch::Kind::unlogged;
  else if (c.accept(K_COUNTER))
    batch.kind = Batch::Kind::counter;
  c.expect(K_BATCH);
  batch.usings = parse_usings(c, kAllUsings);
  while (!c.is(K_APPLY) && !c.failed()) {
    if (c.is(K_INSERT))
      batch.statements.push_back(parse_insert(c));
    else if (c.is(K_UPDATE))
      batch.statements.push_back(parse_update(c));
    else if (c.is(K_DELETE))
      batch.statements.push_back(parse_delete(c));
    else
      c.fail_here();
    c.accept(TokenKind::semicolon);
  }
  c.expect(K_APPLY);
  c.expect(K_BATCH);
  return batch;
}

Truncate parse_truncate(Cursor& c) {
  c.expect(K_TRUNCATE);
  if (!c.accept(K_TABLE)) c.accept(K_COLUMNFAMILY);
  Truncate truncate{parse_qualified_name(c), {}};
  truncate.usings = parse_usings(c, kTimeout);
  return truncate;
}

Use parse_use(Cursor& c) {
  c.expect(K_USE);
  return {c.identifier()};
}

}  // namespace ringlet::cql
