// CREATE, ALTER and DROP TYPE. A type is known by its name but carried whole by every column that uses it, so altering one
// puts a new type and a new version of each user of it, in one command.
#include <algorithm>
#include <set>

#include "core/base/limits.h"
#include "core/cql/type_resolver.h"
#include "core/query/schema_plan.h"

namespace ringlet {
namespace {

std::unexpected<Error> invalid(std::string detail) { return fail(Errc::invalid, std::move(detail)); }

bool uses(const Type& type, const Type& user) {
  if (type.kind == TypeKind::user && type.keyspace == user.keyspace && type.name == user.name) return true;
  return std::ranges::any_of(type.parameters, [&](const TypeRef& part) { return uses(*part, user); });
}

// `type` with every occurrence of the user type replaced by its new form, frozen where the old one was.
TypeRef replaced(const TypeRef& type, const TypeRef& user) {
  if (!uses(*type, *user)) return type;
  if (type->kind == TypeKind::user && type->keyspace == user->keyspace && type->name == user->name)
    return type->frozen ? frozen_type(user) : user;
  Type copy = *type;
  for (TypeRef& part : copy.parameters) part = replaced(part, user);
  return std::make_shared<const Type>(std::move(copy));
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

bool key_uses(const Table& table, const Type& user) {
  for (const auto* columns : {&table.partition_key, &table.clustering})
    for (const Column& column : *columns)
      if (uses(*column.type, user)) return true;
  return false;
}

Status check_field_type(const Type& type) {
  if (type.kind == TypeKind::counter) return invalid("A user type cannot contain counters");
  if (type.kind == TypeKind::user && !type.frozen) return invalid("A user type cannot contain non-frozen UDTs");
  return {};
}

// Before the name is looked up: whatever is no native type can only be a user type.
Status check_field_written(const cql::TypeName& type) {
  const bool native = !type.quoted && !type.keyspace && cql::native_type_named(type.name) != nullptr;
  if (type.kind != cql::TypeName::Kind::named || type.frozen || native) return {};
  return invalid("A user type cannot contain non-frozen UDTs");
}

Status check_field_count(size_t count) {
  if (count <= kColumnsMax) return {};
  return invalid("a user type may have at most " + std::to_string(kColumnsMax) + " fields");
}

size_t count_types(const Schema& schema) {
  size_t count = 0;
  for (const auto& [name, keyspace] : schema.keyspaces) count += keyspace->types.size();
  return count;
}

// Everything that holds the type, rebuilt with its new form.
void put_users(const Keyspace& keyspace, const TypeRef& user, CatalogCommand& command) {
  for (const auto& [name, type] : keyspace.types)
    if (name != user->name && uses(*type, *user))
      command.changes.push_back(PutType{keyspace.name, name, replaced(type, user)});
  for (const auto& [name, before] : keyspace.tables) {
    const auto column_uses = [&](const auto& column) { return uses(*column.type, *user); };
    auto table = std::make_shared<Table>(*before);
    bool touched = std::ranges::any_of(table->dropped, column_uses);
    for (auto* columns : {&table->partition_key, &table->clustering, &table->statics, &table->regulars}) {
      touched |= std::ranges::any_of(*columns, column_uses);
      for (Column& column : *columns) column.type = replaced(column.type, user);
    }
    for (DroppedColumn& column : table->dropped) column.type = replaced(column.type, user);
    if (touched) command.changes.push_back(PutTable{std::move(table)});
  }
}

class TypeChange {
 public:
  TypeChange(Type& type, const Keyspace& keyspace, const Schema& schema)
      : type_(type), keyspace_(keyspace), schema_(schema) {}

  // False: IF [NOT] EXISTS leaves nothing to do.
  Result<bool> operator()(const cql::AddField& add) {
    const std::string& name = add.field.name;
    if (has(type_.field_names, name)) {
      if (add.if_not_exists) return false;
      return invalid("Cannot add field " + name + " to type " + shown() + ": a field with name " + name +
                     " already exists");
    }
    TRY(TypeRef field, cql::resolve_type(add.field.type, schema_, keyspace_.name));
    TRY_STATUS(check_field_type(*field));
    if (uses(*field, type_))
      return invalid("Cannot add new field " + name + " of type " + to_cql(*field) + " to type " + shown() +
                     " as this would create a circular reference");
    TRY_STATUS(check_keys(name));
    TRY_STATUS(check_columns(*field));
    TRY_STATUS(check_field_count(type_.field_names.size() + 1));
    type_.field_names.push_back(name);
    type_.parameters.push_back(std::move(field));
    return true;
  }

  Result<bool> operator()(const cql::RenameFields& rename) {
    for (const cql::Rename& one : rename.renames) {
      const auto found = std::ranges::find(type_.field_names, one.from);
      if (found == type_.field_names.end()) {
        if (rename.if_exists) continue;
        return invalid("Unknown field " + one.from + " in user type " + shown());
      }
      if (has(type_.field_names, one.to)) return invalid("Duplicate field name " + one.to + " in type " + shown());
      *found = one.to;
    }
    return true;
  }

  Result<bool> operator()(const cql::AlterField&) { return invalid("Altering field types is no longer supported"); }

 private:
  std::string shown() const { return type_.keyspace + "." + type_.name; }

  // A key's bytes are made of all fields: with one more, old keys would not be found again.
  Status check_keys(const std::string& field) const {
    std::vector<std::string> tables, clustered;
    for (const auto& [name, table] : keyspace_.tables) {
      if (std::ranges::any_of(table->partition_key, [&](const Column& c) { return uses(*c.type, type_); }))
        tables.push_back(name);
      else if (key_uses(*table, type_))
        clustered.push_back(name);
    }
    const std::string start =
        "Cannot add new field " + field + " to user type " + shown() + " as the type is being used in ";
    if (!tables.empty()) return invalid(start + "partition key by the following tables: " + joined(tables));
    if (!clustered.empty()) return invalid(start + "clustering key by the following tables: " + joined(clustered));
    return {};
  }

  // A column of the type that is not frozen cannot hold a collection that is not frozen either.
  Status check_columns(const Type& field) const {
    if (!field.is_multi_cell()) return {};
    for (const auto& [name, table] : keyspace_.tables)
      for (const Column* column : table->star())
        if (column->type->is_multi_cell() && column->type->kind == TypeKind::user && uses(*column->type, type_))
          return invalid("Non-frozen UDTs with nested non-frozen collections are not supported for column " +
                         column->name + " of table " + name);
    return {};
  }

  Type& type_;
  const Keyspace& keyspace_;
  const Schema& schema_;
};

}  // namespace

SchemaPlan plan_create_type(const cql::CreateType& create, const Schema& schema, const SchemaPlanning& planning) {
  static const std::set<std::string> kReserved = {"byte",     "complex", "enum",     "date",
                                                  "interval", "macaddr", "bitstring"};
  TRY(const std::string keyspace_name, target_keyspace(create.name, planning));
  const std::string& name = create.name.name;
  TRY(const KeyspaceRef keyspace, existing_keyspace(schema, keyspace_name));
  if (keyspace->types.contains(name)) {
    if (create.if_not_exists) return std::nullopt;
    return invalid("A user type with name '" + name + "' already exists");
  }
  if (count_types(schema) >= kUserTypesMax)
    return invalid("there may be at most " + std::to_string(kUserTypesMax) + " user types: drop one first");
  if (kReserved.contains(name)) return fail(Errc::syntax, "Invalid (reserved) user type name " + name);
  std::vector<std::string> names;
  std::vector<TypeRef> types;
  TRY_STATUS(check_field_count(create.fields.size()));
  for (const cql::FieldDefinition& field : create.fields) {
    if (has(names, field.name)) return invalid("Duplicate field name '" + field.name + "' in type '" + name + "'");
    TRY_STATUS(check_field_written(field.type));
    TRY(TypeRef type, cql::resolve_type(field.type, schema, keyspace_name));
    TRY_STATUS(check_field_type(*type));
    names.push_back(field.name);
    types.push_back(std::move(type));
  }
  PutType put{keyspace_name, name, user_type(keyspace_name, name, std::move(names), std::move(types), false)};
  return schema_plan(schema, std::move(put), "CREATED", "TYPE", keyspace_name, name);
}

SchemaPlan plan_alter_type(const cql::AlterType& alter, const Schema& schema, const SchemaPlanning& planning) {
  TRY(const std::string keyspace_name, target_keyspace(alter.name, planning));
  const std::string& name = alter.name.name;
  const KeyspaceRef keyspace = schema.keyspace(keyspace_name);
  const auto found = keyspace ? keyspace->types.find(name) : decltype(keyspace->types.find(name)){};
  if (!keyspace || found == keyspace->types.end()) {
    if (alter.if_exists) return std::nullopt;
    return invalid("Type " + keyspace_name + "." + name + " doesn't exist");
  }
  Type changed = *found->second;
  TRY(const bool any, std::visit(TypeChange(changed, *keyspace, schema), alter.action));
  if (!any) return std::nullopt;
  const TypeRef type = std::make_shared<const Type>(std::move(changed));
  auto plan = schema_plan(schema, PutType{keyspace_name, name, type}, "UPDATED", "TYPE", keyspace_name, name);
  put_users(*keyspace, type, plan.command);
  return plan;
}

SchemaPlan plan_drop_type(const cql::DropType& drop, const Schema& schema, const SchemaPlanning& planning) {
  TRY(const std::string keyspace_name, target_keyspace(drop.name, planning));
  const std::string& name = drop.name.name;
  const KeyspaceRef keyspace = schema.keyspace(keyspace_name);
  if (!keyspace || !keyspace->types.contains(name)) {
    if (drop.if_exists) return std::nullopt;
    return invalid("Type '" + keyspace_name + "." + name + "' doesn't exist");
  }
  const Type& type = *keyspace->types.at(name);
  std::vector<std::string> types, tables;
  for (const auto& [other, user] : keyspace->types)
    if (other != name && uses(*user, type)) types.push_back(other);
  for (const auto& [table_name, table] : keyspace->tables)
    if (std::ranges::any_of(table->star(), [&](const Column* c) { return uses(*c->type, type); }))
      tables.push_back(table_name);
  const std::string start = "Cannot drop user type '" + keyspace_name + "." + name + "' as it is still used by ";
  if (!types.empty()) return invalid(start + "user types " + joined(types));
  if (!tables.empty()) return invalid(start + "tables " + joined(tables));
  return schema_plan(schema, DropType{keyspace_name, name}, "DROPPED", "TYPE", keyspace_name, name);
}

}  // namespace ringlet
