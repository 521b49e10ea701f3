#include "core/query/schema_statements.h"

#include <algorithm>

#include "core/base/limits.h"
#include "core/query/schema_plan.h"
#include "core/query/system_tables.h"

namespace ringlet {
namespace {

// Others' changes that may come in between: as many statements may race, and one of them wins each time.
constexpr int kPlansMax = 256;

std::unexpected<Error> none_here(std::string what) { return fail(Errc::invalid, std::move(what)); }

// Statements about what this version does not have: one overload each. DROP IF EXISTS has nothing to do.
SchemaPlan plan(const cql::CreateIndex&, const Schema&, const SchemaPlanning&) {
  return none_here("this version has no secondary indexes: query by the primary key, or with ALLOW FILTERING");
}
SchemaPlan plan(const cql::DropIndex& drop, const Schema&, const SchemaPlanning& planning) {
  if (drop.if_exists) return std::nullopt;
  TRY(const std::string keyspace, target_keyspace(drop.name, planning));
  return none_here("Index '" + keyspace + "." + drop.name.name + "' doesn't exist'");  // Cassandra's own odd quote
}
SchemaPlan plan(const cql::CreateView&, const Schema&, const SchemaPlanning&) {
  return none_here("Materialized views are disabled. Enable in cassandra.yaml to use. (This version has none.)");
}
template <class Drop>
SchemaPlan plan_drop_view(const Drop& drop, const SchemaPlanning& planning) {
  if (drop.if_exists) return std::nullopt;
  TRY(const std::string keyspace, target_keyspace(drop.name, planning));
  return none_here("Materialized view '" + keyspace + "." + drop.name.name + "' doesn't exist");
}
SchemaPlan plan(const cql::AlterView& alter, const Schema&, const SchemaPlanning& p) {
  return plan_drop_view(alter, p);
}
SchemaPlan plan(const cql::DropView& drop, const Schema&, const SchemaPlanning& p) { return plan_drop_view(drop, p); }
SchemaPlan plan(const cql::CreateFunction&, const Schema&, const SchemaPlanning&) {
  return none_here(
      "User-defined functions are disabled in cassandra.yaml - set user_defined_functions_enabled=true to enable"
      " (this version has none)");
}
SchemaPlan plan(const cql::CreateAggregate&, const Schema&, const SchemaPlanning&) {
  return none_here(
      "User-defined functions are disabled in cassandra.yaml - set user_defined_functions_enabled=true to enable"
      " (this version has no user-defined aggregates)");
}
SchemaPlan plan(const cql::DropFunction& drop, const Schema&, const SchemaPlanning& planning) {
  if (drop.if_exists) return std::nullopt;
  TRY(const std::string keyspace, target_keyspace(drop.name, planning));
  return none_here("Function '" + keyspace + "." + drop.name.name + "' doesn't exist");
}
SchemaPlan plan(const cql::DropAggregate& drop, const Schema&, const SchemaPlanning& planning) {
  if (drop.if_exists) return std::nullopt;
  TRY(const std::string keyspace, target_keyspace(drop.name, planning));
  return none_here("Aggregate '" + keyspace + "." + drop.name.name + "' doesn't exist");
}
SchemaPlan plan(const cql::CreateTrigger&, const Schema&, const SchemaPlanning&) {
  return none_here("this version has no triggers");
}
SchemaPlan plan(const cql::DropTrigger& drop, const Schema&, const SchemaPlanning& planning) {
  if (drop.if_exists) return std::nullopt;
  TRY(const std::string keyspace, target_keyspace(drop.table, planning));
  return none_here("Trigger '" + drop.name + "' on '" + keyspace + "." + drop.table.name + "' doesn't exist");
}
SchemaPlan plan(const cql::CreateKeyspace& s, const Schema& schema, const SchemaPlanning& p) {
  return plan_create_keyspace(s, schema, p);
}
SchemaPlan plan(const cql::AlterKeyspace& s, const Schema& schema, const SchemaPlanning& p) {
  return plan_alter_keyspace(s, schema, p);
}
SchemaPlan plan(const cql::DropKeyspace& s, const Schema& schema, const SchemaPlanning& p) {
  return plan_drop_keyspace(s, schema, p);
}
SchemaPlan plan(const cql::CreateTable& s, const Schema& schema, const SchemaPlanning& p) {
  return plan_create_table(s, schema, p);
}
SchemaPlan plan(const cql::AlterTable& s, const Schema& schema, const SchemaPlanning& p) {
  return plan_alter_table(s, schema, p);
}
SchemaPlan plan(const cql::DropTable& s, const Schema& schema, const SchemaPlanning& p) {
  return plan_drop_table(s, schema, p);
}
SchemaPlan plan(const cql::CreateType& s, const Schema& schema, const SchemaPlanning& p) {
  return plan_create_type(s, schema, p);
}
SchemaPlan plan(const cql::AlterType& s, const Schema& schema, const SchemaPlanning& p) {
  return plan_alter_type(s, schema, p);
}
SchemaPlan plan(const cql::DropType& s, const Schema& schema, const SchemaPlanning& p) {
  return plan_drop_type(s, schema, p);
}

// Long comments, option maps and names stay in memory for ever: none may be larger than that.
Status check_sizes(const PlannedSchemaChange& plan) {
  for (const CatalogChange& change : plan.command.changes) {
    Bytes bytes;
    ByteWriter out(bytes);
    encode_command({plan.command.base, {change}}, out);
    if (bytes.size() > kSchemaObjectBytesMax)
      return fail(Errc::invalid, "this definition takes " + std::to_string(bytes.size()) + " bytes, more than the " +
                                     std::to_string(kSchemaObjectBytesMax) + " that one may have");
  }
  return {};
}

template <class S>
concept SchemaStatement = requires(const S& s, const Schema& schema, const SchemaPlanning& p) { plan(s, schema, p); };

}  // namespace

// --- shared by the planners -------------------------------------------------------------------------------------------

Status check_user_keyspace(const std::string& keyspace) {
  if (!is_system_keyspace(keyspace)) return {};
  return fail(Errc::unauthorized, keyspace + " keyspace is not user-modifiable.");
}

Result<std::string> target_keyspace(const cql::QualifiedName& name, const SchemaPlanning& planning) {
  const std::string keyspace = name.keyspace.value_or(planning.keyspace);
  if (keyspace.empty())
    return fail(Errc::invalid,
                "No keyspace has been specified. USE a keyspace, or explicitly specify keyspace.tablename");
  TRY_STATUS(check_user_keyspace(keyspace));
  return keyspace;
}

Result<KeyspaceRef> existing_keyspace(const Schema& schema, const std::string& name) {
  KeyspaceRef keyspace = schema.keyspace(name);
  if (!keyspace) return fail(Errc::invalid, "Keyspace '" + name + "' doesn't exist");
  return keyspace;
}

Status check_name(const char* what, const std::string& name) {
  const bool plain = std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
  if (plain && !name.empty() && name.size() <= kNameCharsMax) return {};
  return fail(Errc::invalid, std::string(what) + " name must not be empty, more than " + std::to_string(kNameCharsMax) +
                                 " characters long, or contain non-alphanumeric-underscore characters (got '" + name +
                                 "')");
}

PlannedSchemaChange schema_plan(const Schema& schema, CatalogChange change, const char* verb, const char* target,
                                std::string keyspace, std::string name) {
  PlannedSchemaChange plan;
  plan.command.base = schema.version;
  plan.command.changes.push_back(std::move(change));
  plan.change = {verb, target, std::move(keyspace), std::move(name), {}};
  return plan;
}

// --- the statement ----------------------------------------------------------------------------------------------------

bool is_schema_statement(const cql::Statement& statement) {
  return std::visit([]<class S>(const S&) { return SchemaStatement<S>; }, statement);
}

Result<std::optional<PlannedSchemaChange>> plan_schema_statement(const cql::Statement& statement, const Schema& schema,
                                                                 const SchemaPlanning& planning) {
  TRY(auto planned, std::visit(
                        [&]<class S>(const S& s) -> SchemaPlan {
                          if constexpr (SchemaStatement<S>)
                            return plan(s, schema, planning);
                          else
                            return fail(Errc::invalid, "not a statement that changes the schema");
                        },
                        statement));
  if (planned) TRY_STATUS(check_sizes(*planned));
  return planned;
}

Task<Result<QueryResult>> run_schema_statement(const cql::Statement& statement, Shard& home, Catalog& catalog,
                                               SchemaPlanning planning) {
  for (int tries = 1;; ++tries) {
    const SchemaRef schema = home.schema;
    CO_TRY(auto planned, plan_schema_statement(statement, *schema, planning));
    if (!planned) co_return QueryResult{};
    auto done = co_await catalog.propose(std::move(planned->command));
    if (done) co_return QueryResult{std::move(planned->change), std::move(planned->warnings)};
    // propose() waits its turn, so the change that was faster is in force here by now.
    if (done.error().code != Errc::busy) co_return fail(std::move(done).error());
    if (tries == kPlansMax) co_return fail(Errc::overloaded, "too many schema changes at once: try again");
  }
}

}  // namespace ringlet
