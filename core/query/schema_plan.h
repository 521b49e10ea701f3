// The planners of schema statements, by what they change; private to core/query. Each is pure: a statement, a schema without
// the system's keyspaces, and the complete outcome. An empty optional: IF [NOT] EXISTS leaves nothing to do.
#pragma once

#include <algorithm>
#include <functional>

#include "core/query/schema_statements.h"

namespace ringlet {

using SchemaPlan = Result<std::optional<PlannedSchemaChange>>;

SchemaPlan plan_create_keyspace(const cql::CreateKeyspace&, const Schema&, const SchemaPlanning&);
SchemaPlan plan_alter_keyspace(const cql::AlterKeyspace&, const Schema&, const SchemaPlanning&);
SchemaPlan plan_drop_keyspace(const cql::DropKeyspace&, const Schema&, const SchemaPlanning&);
SchemaPlan plan_create_table(const cql::CreateTable&, const Schema&, const SchemaPlanning&);
SchemaPlan plan_alter_table(const cql::AlterTable&, const Schema&, const SchemaPlanning&);
SchemaPlan plan_drop_table(const cql::DropTable&, const Schema&, const SchemaPlanning&);
SchemaPlan plan_create_type(const cql::CreateType&, const Schema&, const SchemaPlanning&);
SchemaPlan plan_alter_type(const cql::AlterType&, const Schema&, const SchemaPlanning&);
SchemaPlan plan_drop_type(const cql::DropType&, const Schema&, const SchemaPlanning&);

// The statement's keyspace: as written, or else the connection's. Refused where it is the system's or none is known.
Result<std::string> target_keyspace(const cql::QualifiedName& name, const SchemaPlanning& planning);
Status check_user_keyspace(const std::string& keyspace);  // "system keyspace is not user-modifiable."
Result<KeyspaceRef> existing_keyspace(const Schema& schema, const std::string& name);
Status check_name(const char* what, const std::string& name);           // what: "Keyspace", "Table", ...
Status check_column_type(const std::string& column, const Type& type);  // what no column of a table may be

// Columns, keys and clustering order of a table that has its keyspace and name; no options.
Status shape_table(const cql::CreateTable& create, const Schema& schema, Table& table);

// std::ranges::contains, which our standard library does not have yet.
template <class Range, class Value, class Projection = std::identity>
bool has(const Range& range, const Value& value, Projection projection = {}) {
  return std::ranges::find(range, value, projection) != std::ranges::end(range);
}

// One change as a whole plan.
PlannedSchemaChange schema_plan(const Schema& schema, CatalogChange change, const char* verb, const char* target,
                                std::string keyspace, std::string name = "");

}  // namespace ringlet
