// ALTER TABLE.
#include <algorithm>
#include <charconv>

#include "core/base/limits.h"
#include "core/cql/type_resolver.h"
#include "core/query/schema_plan.h"
#include "core/query/table_options.h"

namespace ringlet {
namespace {

std::unexpected<Error> invalid(std::string detail) { return fail(Errc::invalid, std::move(detail)); }

const char* name_of(ColumnKind kind) {
  switch (kind) {
    case ColumnKind::partition_key:
      return "PARTITION_KEY";
    case ColumnKind::clustering:
      return "CLUSTERING";
    case ColumnKind::static_:
      return "STATIC";
    case ColumnKind::regular:
      break;
  }
  return "REGULAR";
}

// May bytes of `older` be read as `newer`? What applications may rely on, not what we need: a new column has a new id.
bool reads_as(const Type& newer, const Type& older) {
  if (same_type(newer, older)) return true;
  if (newer.kind == TypeKind::blob) return !older.is_multi_cell();
  if (newer.kind == TypeKind::text) return older.kind == TypeKind::ascii;
  if (newer.kind == TypeKind::uuid) return older.kind == TypeKind::timeuuid;
  if (newer.kind == TypeKind::varint) return older.kind == TypeKind::int_ || older.kind == TypeKind::bigint;
  if (newer.kind == TypeKind::timestamp) return older.kind == TypeKind::bigint;
  if (newer.kind == TypeKind::bigint) return older.kind == TypeKind::timestamp;
  if (newer.kind != older.kind || newer.frozen != older.frozen || newer.keyspace != older.keyspace ||
      newer.name != older.name || newer.dimension != older.dimension)
    return false;
  // Tuples and user types may have grown.
  const bool grows = newer.kind == TypeKind::tuple || newer.kind == TypeKind::user;
  if (grows ? newer.parameters.size() < older.parameters.size() : newer.parameters.size() != older.parameters.size())
    return false;
  for (size_t i = 0; i < older.parameters.size(); ++i)
    if (!reads_as(*newer.parameters[i], *older.parameters[i])) return false;
  return true;
}

class TableChange {
 public:
  TableChange(Table& table, const Schema& schema, const SchemaPlanning& planning, std::vector<std::string>& warnings)
      : table_(table), schema_(schema), planning_(planning), warnings_(warnings) {}

  Status operator()(const cql::AddColumns& add) {
    for (const cql::ColumnDefinition& definition : add.columns) {
      if (table_.find(definition.name)) {
        if (add.if_not_exists) continue;
        return invalid("Column with name '" + definition.name + "' already exists");
      }
      TRY_STATUS(add_column(definition));
    }
    if (table_.star().size() <= kColumnsMax) return {};
    return invalid("a table may have at most " + std::to_string(kColumnsMax) + " columns");
  }

  Status operator()(const cql::DropColumns& drop) {
    TRY(const Timestamp at, drop_time(drop.timestamp));
    for (const std::string& name : drop.columns) {
      const Column* column = table_.find(name);
      if (!column) {
        if (drop.if_exists) continue;
        return not_found(name);
      }
      if (column->kind == ColumnKind::partition_key || column->kind == ColumnKind::clustering)
        return invalid("Cannot drop PRIMARY KEY column " + name);
      if (table_.dropped.size() >= kDroppedColumnsMax)
        return invalid("table '" + table_.name + "' has dropped " + std::to_string(kDroppedColumnsMax) +
                       " columns already, the most it may: make a new table");
      table_.dropped.push_back({column->id, name, column->type, column->kind, at});
      auto& columns = column->kind == ColumnKind::static_ ? table_.statics : table_.regulars;
      std::erase_if(columns, [&](const Column& c) { return c.name == name; });
    }
    return {};
  }

  Status operator()(const cql::RenameColumns& rename) {
    for (const cql::Rename& one : rename.renames) {
      const Column* column = table_.find(one.from);
      if (!column) {
        if (rename.if_exists) continue;
        return not_found(one.from);
      }
      if (column->kind != ColumnKind::partition_key && column->kind != ColumnKind::clustering)
        return invalid("Cannot rename non PRIMARY KEY column " + one.from);
      if (table_.find(one.to))
        return invalid("Cannot rename column " + one.from + " to " + one.to + " in table '" + table_.name +
                       "'; another column with that name already exists");
      auto& columns = column->kind == ColumnKind::partition_key ? table_.partition_key : table_.clustering;
      columns[column->position].name = one.to;
    }
    return {};
  }

  Status operator()(const cql::AlterColumnType&) { return invalid("Altering column types is no longer supported"); }
  Status operator()(const cql::AlterColumnMask& mask) {
    return invalid("Cannot mask column '" + mask.column + "' because dynamic data masking is not enabled.");
  }
  Status operator()(const cql::DropCompactStorage&) {
    return invalid("Cannot DROP COMPACT STORAGE on table without COMPACT STORAGE");
  }

  Status operator()(const cql::AlterProperties& alter) {
    TRY(StatementProperties properties, StatementProperties::of(alter.properties));
    if (properties.has("id")) return fail(Errc::config, "Cannot alter table id.");
    TRY_STATUS(apply_table_properties(properties, table_.options, warnings_));
    if (table_.is_counter && table_.options.default_time_to_live > 0)
      return invalid("Cannot set default_time_to_live on a table with counters");
    return {};
  }

 private:
  std::unexpected<Error> not_found(const std::string& column) const {
    return invalid("Column " + column + " was not found in table '" + table_.name + "'");
  }

  Status add_column(const cql::ColumnDefinition& definition) {
    const std::string& name = definition.name;
    if (definition.mask)
      return invalid("Cannot mask column '" + name + "' because dynamic data masking is not enabled.");
    TRY(TypeRef type, cql::resolve_type(definition.type, schema_, table_.keyspace));
    TRY_STATUS(check_column_type(name, *type));
    if (definition.is_static && table_.clustering.empty())
      return invalid(
          "Static columns are only useful (and thus allowed) if the table has at least one clustering column");
    const bool counter = type->kind == TypeKind::counter;
    if (counter != table_.is_counter)
      return invalid(std::string("Cannot add a ") + (counter ? "" : "non ") + "counter column (" + name + ") in a " +
                     (counter ? "non " : "") + "counter table");
    const ColumnKind kind = definition.is_static ? ColumnKind::static_ : ColumnKind::regular;
    TRY_STATUS(check_dropped(name, *type, kind));
    auto& columns = definition.is_static ? table_.statics : table_.regulars;
    Column column;
    column.id = ColumnId{table_.next_column_id.raw++};
    column.name = name;
    column.type = std::move(type);
    column.kind = kind;
    columns.insert(std::ranges::lower_bound(columns, name, {}, &Column::name), std::move(column));
    return {};
  }

  Status check_dropped(const std::string& name, const Type& type, ColumnKind kind) const {
    for (const DroppedColumn& dropped : table_.dropped) {
      if (dropped.name != name) continue;
      const std::string again = "Cannot re-add previously dropped ";
      if (dropped.kind != kind)
        return invalid(again + "column '" + name + "' of kind " + name_of(kind) + ", incompatible with previous kind " +
                       name_of(dropped.kind));
      if (type.kind == TypeKind::counter) return invalid(again + "counter column " + name);
      if (!reads_as(type, *dropped.type))
        return invalid(again + "column '" + name + "' of type " + to_cql(type) + ", incompatible with previous type " +
                       to_cql(*dropped.type));
    }
    return {};
  }

  Result<Timestamp> drop_time(const std::optional<cql::Term>& written) const {
    if (!written) return planning_.stamps.next();
    const auto* literal = std::get_if<cql::Literal>(&written->node);
    int64_t micros = 0;
    if (literal && literal->kind == cql::Literal::Kind::integer) {
      const char* const end = literal->text.data() + literal->text.size();
      const auto parsed = std::from_chars(literal->text.data(), end, micros);
      if (parsed.ec == std::errc() && parsed.ptr == end) return Timestamp{micros};
    }
    return invalid("USING TIMESTAMP of ALTER TABLE DROP must be an integer, microseconds since 1970");
  }

  Table& table_;
  const Schema& schema_;
  const SchemaPlanning& planning_;
  std::vector<std::string>& warnings_;
};

}  // namespace

SchemaPlan plan_alter_table(const cql::AlterTable& alter, const Schema& schema, const SchemaPlanning& planning) {
  TRY(const std::string keyspace, target_keyspace(alter.name, planning));
  const TableRef before = schema.table(keyspace, alter.name.name);
  if (!before) {
    if (alter.if_exists) return std::nullopt;
    return invalid("Table '" + keyspace + "." + alter.name.name + "' doesn't exist");
  }
  auto table = std::make_shared<Table>(*before);
  std::vector<std::string> warnings;
  TRY_STATUS(std::visit(TableChange(*table, schema, planning, warnings), alter.action));
  auto plan = schema_plan(schema, PutTable{table}, "UPDATED", "TABLE", keyspace, table->name);
  plan.warnings = std::move(warnings);
  return plan;
}

}  // namespace ringlet
