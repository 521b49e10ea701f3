#include "tests/unit/cql/parse_helpers.h"

using namespace ringlet;
using namespace ringlet::cql;

TEST_SUITE("cql roles") {
  TEST_CASE("options that are written are kept, others are absent") {
    const auto role = parsed<CreateRole>(
        "CREATE ROLE IF NOT EXISTS Bob WITH PASSWORD = 'it''s' AND LOGIN = true AND SUPERUSER = false AND OPTIONS = "
        "{'a': 1} "
        "AND ACCESS TO DATACENTERS {'dc1', 'dc2'} AND ACCESS FROM ALL CIDRS");
    CHECK_EQ(role.name, "bob");
    CHECK_EQ(role.options.password, "it's");
    CHECK_EQ(role.options.login, true);
    CHECK_EQ(role.options.superuser, false);
    CHECK_EQ(role.options.options->at(0).key, "a");
    CHECK_EQ(role.options.datacenters->size(), 2);
    CHECK(role.options.cidr_groups->empty());
    CHECK_FALSE(role.options.hashed_password);
    const auto bare = parsed<CreateRole>("CREATE ROLE 'Bob'");
    CHECK_EQ(bare.name, "Bob");
    CHECK_FALSE(bare.options.login);
    CHECK_EQ(parsed<AlterRole>("ALTER ROLE IF EXISTS \"B\" WITH HASHED PASSWORD = '$2a'").options.hashed_password,
             "$2a");
    CHECK(parsed<DropRole>("DROP ROLE IF EXISTS r").if_exists);
  }
  TEST_CASE("users are roles that may log in") {
    const auto user = parsed<CreateRole>("CREATE USER IF NOT EXISTS u WITH PASSWORD 'p' SUPERUSER");
    CHECK(user.as_user);
    CHECK_EQ(user.options.login, true);
    CHECK_EQ(user.options.superuser, true);
    CHECK_EQ(parsed<AlterRole>("ALTER USER u NOSUPERUSER").options.superuser, false);
    CHECK(parsed<DropRole>("DROP USER u").as_user);
    CHECK(parsed<ListRoles>("LIST USERS").as_users);
    CHECK_EQ(parsed<ListRoles>("LIST ROLES OF r NORECURSIVE").of, "r");
    CHECK_FALSE(parsed<ListRoles>("LIST ROLES OF r NORECURSIVE").recursive);
  }
  TEST_CASE("permissions on every kind of resource") {
    using Kind = Resource::Kind;
    const struct {
      const char* resource;
      Kind kind;
      const char* name;
    } cases[] = {
        {"ALL KEYSPACES", Kind::all_keyspaces, ""},
        {"KEYSPACE ks", Kind::keyspace, "ks"},
        {"ks.t", Kind::table, "ks.t"},
        {"TABLE t", Kind::table, "t"},
        {"ALL TABLES IN KEYSPACE ks", Kind::all_tables, "ks"},
        {"ALL ROLES", Kind::all_roles, ""},
        {"ROLE 'R'", Kind::role, "\"R\""},
        {"ROLE r", Kind::role, "r"},
        {"role", Kind::table, "role"},
        {"ALL FUNCTIONS", Kind::all_functions, ""},
        {"ALL FUNCTIONS IN KEYSPACE ks", Kind::all_keyspace_functions, "ks"},
        {"FUNCTION ks.f(int, text)", Kind::function, "ks.f"},
        {"ALL MBEANS", Kind::all_mbeans, ""},
        {"MBEAN 'a:b'", Kind::mbean, "\"a:b\""},
        {"all", Kind::table, "all"},
    };
    for (const auto& expected : cases) {
      CAPTURE(expected.resource);
      const auto grant = parsed<GrantPermissions>(std::string("GRANT SELECT ON ") + expected.resource + " TO r");
      CHECK_EQ(grant.resource.kind, expected.kind);
      CHECK_EQ(grant.resource.name.name.empty() ? "" : to_cql(grant.resource.name), expected.name);
      CHECK_EQ(grant.to, "r");
    }
  }
  TEST_CASE("lists of permissions") {
    CHECK(parsed<GrantPermissions>("GRANT ALL PERMISSIONS ON ks.t TO r").permissions.empty());
    CHECK(parsed<GrantPermissions>("GRANT ALL ON ks.t TO r").permissions.empty());
    CHECK_EQ(parsed<GrantPermissions>("GRANT SELECT PERMISSION, MODIFY, UNMASK ON t TO r").permissions.size(), 3);
    CHECK_EQ(parsed<RevokePermissions>("REVOKE CREATE ON ALL KEYSPACES FROM 'R'").from, "R");
    CHECK_EQ(parsed<GrantRole>("GRANT admin TO bob").role, "admin");
    CHECK_EQ(parsed<GrantRole>("GRANT all TO bob").role, "all");
    CHECK_EQ(parsed<RevokeRole>("REVOKE 'Admin' FROM bob").role, "Admin");
    const auto list = parsed<ListPermissions>("LIST SELECT ON ks.t OF r NORECURSIVE");
    CHECK_EQ(list.permissions.at(0), Permission::select);
    CHECK_EQ(list.of, "r");
    CHECK_FALSE(list.recursive);
    CHECK_FALSE(parsed<ListPermissions>("LIST ALL PERMISSIONS OF r").resource);
    CHECK(parsed<ListPermissions>("LIST ALL").permissions.empty());
  }
}
