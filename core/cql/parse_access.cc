#include "core/cql/parse_parts.h"

namespace ringlet::cql {
namespace {

std::string parse_role_name(Cursor& c) { return c.is(TokenKind::string) ? c.string() : c.identifier(); }

std::optional<bool> parse_boolean(Cursor& c) {
  const bool value = c.is(K_TRUE);
  if (!value && !c.is(K_FALSE)) c.fail_expecting("BOOLEAN");
  c.advance();
  return value;
}

// {'a', 'b'}
std::vector<std::string> parse_string_set(Cursor& c) {
  std::vector<std::string> strings;
  c.expect(TokenKind::open_brace);
  do strings.push_back(c.string());
  while (c.accept(TokenKind::comma));
  c.expect(TokenKind::close_brace);
  return strings;
}

void parse_access(Cursor& c, RoleOptions& options) {
  if (c.accept(K_TO)) {
    if (c.accept(K_ALL, K_DATACENTERS)) {
      options.datacenters.emplace();
    } else {
      c.expect(K_DATACENTERS);
      options.datacenters = parse_string_set(c);
    }
    return;
  }
  c.expect(K_FROM);
  if (c.accept(K_ALL, K_CIDRS)) {
    options.cidr_groups.emplace();
  } else {
    c.expect(K_CIDRS);
    options.cidr_groups = parse_string_set(c);
  }
}

void parse_role_option(Cursor& c, RoleOptions& options) {
  if (c.accept(K_ACCESS)) return parse_access(c, options);
  const bool hashed = c.accept(K_HASHED);
  const Keyword option = c.token().keyword;
  if (hashed && option != K_PASSWORD) c.fail_expecting(name_of(K_PASSWORD));
  if (option != K_PASSWORD && option != K_LOGIN && option != K_SUPERUSER && option != K_OPTIONS) return c.fail_here();
  c.advance();
  c.expect(TokenKind::equal);
  if (option == K_LOGIN)
    options.login = parse_boolean(c);
  else if (option == K_SUPERUSER)
    options.superuser = parse_boolean(c);
  else if (option == K_OPTIONS)
    options.options = parse_property_entries(c);
  else
    (hashed ? options.hashed_password : options.password) = c.string();
}

RoleOptions parse_role_options(Cursor& c) {
  RoleOptions options;
  if (!c.accept(K_WITH)) return options;
  do parse_role_option(c, options);
  while (c.accept(K_AND));
  return options;
}

// WITH [HASHED] PASSWORD 's', then SUPERUSER or NOSUPERUSER
RoleOptions parse_user_options(Cursor& c) {
  RoleOptions options;
  if (c.accept(K_WITH)) {
    const bool hashed = c.accept(K_HASHED);
    c.expect(K_PASSWORD);
    (hashed ? options.hashed_password : options.password) = c.string();
  }
  if (c.accept(K_SUPERUSER))
    options.superuser = true;
  else if (c.accept(K_NOSUPERUSER))
    options.superuser = false;
  return options;
}

std::optional<Permission> permission_of(Keyword keyword) {
  switch (keyword) {
    case K_CREATE:
      return Permission::create;
    case K_ALTER:
      return Permission::alter;
    case K_DROP:
      return Permission::drop;
    case K_SELECT:
      return Permission::select;
    case K_MODIFY:
      return Permission::modify;
    case K_AUTHORIZE:
      return Permission::authorize;
    case K_DESCRIBE:
      return Permission::describe;
    case K_EXECUTE:
      return Permission::execute;
    case K_UNMASK:
      return Permission::unmask;
    case K_SELECT_MASKED:
      return Permission::select_masked;
    default:
      return std::nullopt;
  }
}

// ALL [PERMISSIONS], or a list; empty stands for all.
std::vector<Permission> parse_permissions(Cursor& c) {
  std::vector<Permission> permissions;
  if (c.accept(K_ALL)) {
    c.accept(K_PERMISSIONS);
    return permissions;
  }
  do {
    const auto permission = permission_of(c.token().keyword);
    if (!permission)
      c.fail_here();
    else
      permissions.push_back(*permission);
    c.advance();
    c.accept(K_PERMISSION);
  } while (c.accept(TokenKind::comma));
  return permissions;
}

// A role may be called `all` or `unmask`: then TO or FROM follows at once.
bool at_permissions(Cursor& c, Keyword preposition) {
  if (!c.is(K_ALL) && !permission_of(c.token().keyword)) return false;
  return c.peek().keyword != preposition;
}

Resource named(Cursor& c, Resource::Kind kind) { return {kind, {std::nullopt, c.identifier()}, {}}; }

// After ALL.
Resource parse_all_resource(Cursor& c) {
  if (c.accept(K_KEYSPACES)) return {Resource::Kind::all_keyspaces, {}, {}};
  if (c.accept(K_ROLES)) return {Resource::Kind::all_roles, {}, {}};
  if (c.accept(K_MBEANS)) return {Resource::Kind::all_mbeans, {}, {}};
  const bool tables = c.accept(K_TABLES);
  if (!tables) c.expect(K_FUNCTIONS);
  if (!tables && !c.is(K_IN)) return {Resource::Kind::all_functions, {}, {}};
  c.expect(K_IN);
  c.expect(K_KEYSPACE);
  return named(c, tables ? Resource::Kind::all_tables : Resource::Kind::all_keyspace_functions);
}

bool all_of_a_kind_follows(Cursor& c) {
  const Keyword next = c.peek().keyword;
  return next == K_KEYSPACES || next == K_ROLES || next == K_MBEANS || next == K_TABLES || next == K_FUNCTIONS;
}

Resource parse_resource(Cursor& c) {
  if (c.accept(K_KEYSPACE)) return named(c, Resource::Kind::keyspace);
  if (c.is(K_ALL) && all_of_a_kind_follows(c)) {
    c.advance();
    return parse_all_resource(c);
  }
  const Token next = c.peek();
  const bool name_follows = Cursor::is_identifier(next) || next.kind == TokenKind::string;
  if (name_follows && c.accept(K_ROLE)) return {Resource::Kind::role, {std::nullopt, parse_role_name(c)}, {}};
  if (name_follows && (c.accept(K_MBEAN) || c.accept(K_MBEANS)))
    return {Resource::Kind::mbean, {std::nullopt, c.string()}, {}};
  if (name_follows && c.accept(K_FUNCTION)) {
    QualifiedName name = parse_qualified_name(c);
    return {Resource::Kind::function, std::move(name), parse_type_list(c)};
  }
  c.accept(K_TABLE);
  return {Resource::Kind::table, parse_qualified_name(c), {}};
}

bool parse_recursive(Cursor& c) { return !c.accept(K_NORECURSIVE); }

}  // namespace

Statement parse_create_role(Cursor& c) {
  CreateRole role;
  role.if_not_exists = parse_if_not_exists(c);
  role.name = parse_role_name(c);
  role.options = parse_role_options(c);
  return role;
}

Statement parse_alter_role(Cursor& c) {
  AlterRole role;
  role.if_exists = parse_if_exists(c);
  role.name = parse_role_name(c);
  role.options = parse_role_options(c);
  return role;
}

Statement parse_create_user(Cursor& c) {
  CreateRole user;
  user.as_user = true;
  user.if_not_exists = parse_if_not_exists(c);
  user.name = parse_role_name(c);
  user.options = parse_user_options(c);
  user.options.login = true;
  return user;
}

Statement parse_alter_user(Cursor& c) {
  AlterRole user;
  user.as_user = true;
  user.if_exists = parse_if_exists(c);
  user.name = parse_role_name(c);
  user.options = parse_user_options(c);
  return user;
}

Statement parse_drop_role(Cursor& c, bool as_user) {
  const bool if_exists = parse_if_exists(c);
  return DropRole{parse_role_name(c), if_exists, as_user};
}

Statement parse_grant(Cursor& c) {
  c.expect(K_GRANT);
  if (!at_permissions(c, K_TO)) {
    std::string role = parse_role_name(c);
    c.expect(K_TO);
    return GrantRole{std::move(role), parse_role_name(c)};
  }
  GrantPermissions grant;
  grant.permissions = parse_permissions(c);
  c.expect(K_ON);
  grant.resource = parse_resource(c);
  c.expect(K_TO);
  grant.to = parse_role_name(c);
  return grant;
}

Statement parse_revoke(Cursor& c) {
  c.expect(K_REVOKE);
  if (!at_permissions(c, K_FROM)) {
    std::string role = parse_role_name(c);
    c.expect(K_FROM);
    return RevokeRole{std::move(role), parse_role_name(c)};
  }
  RevokePermissions revoke;
  revoke.permissions = parse_permissions(c);
  c.expect(K_ON);
  revoke.resource = parse_resource(c);
  c.expect(K_FROM);
  revoke.from = parse_role_name(c);
  return revoke;
}

Statement parse_list(Cursor& c) {
  c.expect(K_LIST);
  if (c.accept(K_USERS)) return ListRoles{std::nullopt, true, true};
  if (c.accept(K_ROLES)) {
    ListRoles list;
    if (c.accept(K_OF)) list.of = parse_role_name(c);
    list.recursive = parse_recursive(c);
    return list;
  }
  ListPermissions list;
  list.permissions = parse_permissions(c);
  if (c.accept(K_ON)) list.resource = parse_resource(c);
  if (c.accept(K_OF)) list.of = parse_role_name(c);
  list.recursive = parse_recursive(c);
  return list;
}

}  // namespace ringlet::cql
