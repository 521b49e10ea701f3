// Statements about roles and permissions. CREATE/ALTER/DROP USER and LIST USERS are the role statements with `as_user`.
#pragma once

#include "core/cql/ast_schema.h"

namespace ringlet::cql {

struct RoleOptions {  // what was written; absent means not mentioned
  std::optional<std::string> password;
  std::optional<std::string> hashed_password;
  std::optional<bool> login;
  std::optional<bool> superuser;
  std::optional<std::vector<PropertyEntry>> options;
  std::optional<std::vector<std::string>> datacenters;  // ACCESS TO; empty: ALL DATACENTERS
  std::optional<std::vector<std::string>> cidr_groups;  // ACCESS FROM; empty: ALL CIDRS
};
struct CreateRole {
  std::string name;
  bool if_not_exists = false;
  bool as_user = false;  // CREATE USER: login is set to true
  RoleOptions options;
};
struct AlterRole {
  std::string name;
  bool if_exists = false;
  bool as_user = false;
  RoleOptions options;
};
struct DropRole {
  std::string name;
  bool if_exists = false;
  bool as_user = false;
};
struct ListRoles {
  std::optional<std::string> of;
  bool recursive = true;
  bool as_users = false;  // LIST USERS
};

enum class Permission : uint8_t {
  create,
  alter,
  drop,
  select,
  modify,
  authorize,
  describe,
  execute,
  unmask,
  select_masked,
};
struct Resource {
  enum class Kind : uint8_t {
    all_keyspaces,
    keyspace,    // name.name
    all_tables,  // IN KEYSPACE name.name
    table,       // name
    all_roles,
    role,                    // name.name
    all_functions,           // of every keyspace
    all_keyspace_functions,  // IN KEYSPACE name.name
    function,                // name, argument_types
    all_mbeans,
    mbean,  // name.name: the pattern
  };
  Kind kind = Kind::all_keyspaces;
  QualifiedName name;
  std::vector<TypeName> argument_types;
};
struct GrantPermissions {
  std::vector<Permission> permissions;  // none: ALL PERMISSIONS
  Resource resource;
  std::string to;
};
struct RevokePermissions {
  std::vector<Permission> permissions;  // none: ALL PERMISSIONS
  Resource resource;
  std::string from;
};
struct ListPermissions {
  std::vector<Permission> permissions;  // none: ALL PERMISSIONS
  std::optional<Resource> resource;
  std::optional<std::string> of;
  bool recursive = true;
};
struct GrantRole {
  std::string role, to;
};
struct RevokeRole {
  std::string role, from;
};

}  // namespace ringlet::cql
