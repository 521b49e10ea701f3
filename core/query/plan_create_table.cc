// CREATE TABLE and DROP TABLE.
#include <algorithm>

#include "core/base/limits.h"
#include "core/cql/type_resolver.h"
#include "core/query/schema_plan.h"
#include "core/query/table_options.h"

namespace ringlet {
namespace {

std::unexpected<Error> invalid(std::string detail) { return fail(Errc::invalid, std::move(detail)); }

bool contains_duration(const Type& type) {
  return type.kind == TypeKind::duration ||
         std::ranges::any_of(type.parameters, [](const TypeRef& part) { return contains_duration(*part); });
}

Status check_key_type(const std::string& column, const Type& type) {
  const std::string where = " for PRIMARY KEY column '" + column + "'";
  if (type.kind == TypeKind::counter) return invalid("counter type is not supported" + where);
  if (type.is_multi_cell())
    return invalid(std::string("Invalid non-frozen ") + (type.is_collection() ? "collection" : "user-defined") +
                   " type " + to_cql(type) + where);
  if (contains_duration(type)) return invalid("duration type is not supported" + where);
  return {};
}

// One CREATE TABLE on its way to a Table.
class TableMaker {
 public:
  TableMaker(const cql::CreateTable& create, const Schema& schema, Table& table)
      : create_(create), schema_(schema), table_(table) {}

  Status make() {
    TRY_STATUS(check_shape());
    TRY_STATUS(resolve_columns());
    const cql::PrimaryKey& key = create_.primary_keys.front();
    for (const std::string& name : key.partition)
      TRY_STATUS(add_key(name, ColumnKind::partition_key, table_.partition_key));
    for (const std::string& name : key.clustering) TRY_STATUS(add_key(name, ColumnKind::clustering, table_.clustering));
    TRY_STATUS(add_others());
    TRY_STATUS(set_clustering_order());
    number_columns();
    return {};
  }

 private:
  Status check_shape() const {
    if (create_.compact_storage)
      return invalid("Compact tables are not allowed in Cassandra starting with 4.0 version.");
    if (create_.primary_keys.size() != 1)
      return invalid(std::string(create_.primary_keys.empty() ? "No" : "Multiple") +
                     " PRIMARY KEY specifed for table '" + table_.name +
                     "' (exactly one required)");  // Cassandra's spelling: tests look for it
    if (create_.columns.size() > kColumnsMax)
      return invalid("a table may have at most " + std::to_string(kColumnsMax) + " columns; '" + table_.name +
                     "' has " + std::to_string(create_.columns.size()));
    return {};
  }

  Status resolve_columns() {
    for (const cql::ColumnDefinition& column : create_.columns) {
      if (types_.contains(column.name))
        return invalid("Duplicate column '" + column.name + "' declaration for table '" + table_.name + "'");
      if (column.mask)
        return invalid("Cannot mask column '" + column.name + "' because dynamic data masking is not enabled.");
      TRY(TypeRef type, cql::resolve_type(column.type, schema_, table_.keyspace));
      TRY_STATUS(check_column_type(column.name, *type));
      types_.emplace(column.name, std::move(type));
      if (column.is_static) statics_.insert(column.name);
    }
    return {};
  }

  Status add_key(const std::string& name, ColumnKind kind, std::vector<Column>& columns) {
    const auto type = types_.find(name);
    if (type == types_.end())
      return invalid("Unknown column '" + name + "' referenced in PRIMARY KEY for table '" + table_.name + "'");
    if (!keys_.insert(name).second)
      return invalid("Duplicate column '" + name + "' in PRIMARY KEY clause for table '" + table_.name + "'");
    TRY_STATUS(check_key_type(name, *type->second));
    if (statics_.contains(name)) return invalid("Static column '" + name + "' cannot be part of the PRIMARY KEY");
    Column column;
    column.name = name;
    column.type = type->second;
    column.kind = kind;
    column.position = static_cast<uint16_t>(columns.size());
    columns.push_back(std::move(column));
    return {};
  }

  Status add_others() {
    size_t counters = 0;
    for (const auto& [name, type] : types_) {
      if (keys_.contains(name)) continue;
      counters += type->kind == TypeKind::counter;
      Column column;
      column.name = name;
      column.type = type;
      column.kind = statics_.contains(name) ? ColumnKind::static_ : ColumnKind::regular;
      (column.kind == ColumnKind::static_ ? table_.statics : table_.regulars).push_back(std::move(column));
    }
    if (!table_.statics.empty() && table_.clustering.empty())
      return invalid(
          "Static columns are only useful (and thus allowed) if the table has at least one clustering column");
    if (counters != 0 && counters != table_.statics.size() + table_.regulars.size())
      return invalid("Cannot mix counter and non counter columns in the same table");
    table_.is_counter = counters != 0;
    return {};
  }

  Status set_clustering_order() {
    std::string strangers;
    for (const cql::ClusteringOrder& order : create_.clustering_order)
      if (!has(table_.clustering, order.column, &Column::name))
        strangers += (strangers.empty() ? "" : ", ") + order.column;
    if (!strangers.empty())
      return invalid("Only clustering key columns can be defined in CLUSTERING ORDER directive: [" + strangers +
                     "] are not clustering columns");
    if (create_.clustering_order.empty()) return {};
    for (const Column& column : table_.clustering)
      if (!has(create_.clustering_order, column.name, &cql::ClusteringOrder::column))
        return invalid("Missing CLUSTERING ORDER for column " + column.name);
    for (Column& column : table_.clustering) {
      const cql::ClusteringOrder& order = create_.clustering_order[column.position];
      if (create_.clustering_order.size() != table_.clustering.size() || order.column != column.name)
        return invalid(
            "The order of columns in the CLUSTERING ORDER directive must match that of the clustering columns");
      column.descending = order.descending;
    }
    return {};
  }

  void number_columns() {
    for (auto* columns : {&table_.partition_key, &table_.clustering, &table_.statics, &table_.regulars})
      for (Column& column : *columns) column.id = ColumnId{table_.next_column_id.raw++};
  }

  const cql::CreateTable& create_;
  const Schema& schema_;
  Table& table_;
  std::map<std::string, TypeRef> types_;
  std::set<std::string> keys_, statics_;
};

size_t count_tables(const Schema& schema) {
  size_t count = 0;
  for (const auto& [name, keyspace] : schema.keyspaces) count += keyspace->tables.size();
  return count;
}

Result<TableId> id_of(StatementProperties& properties, const Schema& schema, const SchemaPlanning& planning) {
  TRY(const auto given, properties.text("id"));
  if (!given) return time_uuid(ticks_of(planning.stamps.next()), planning.dice.next());
  const auto id = parse_uuid(*given);
  if (!id) return fail(Errc::config, "Invalid table id: " + *given);
  if (schema.table(*id)) return fail(Errc::config, "Table with id " + *given + " exists already");
  return *id;
}

}  // namespace

Status check_column_type(const std::string& column, const Type& type) {
  if (type.kind != TypeKind::user || !type.is_multi_cell()) return {};
  for (const TypeRef& field : type.parameters)
    if (field->is_multi_cell())
      return invalid("Non-frozen UDTs with nested non-frozen collections are not supported for column " + column);
  return {};
}

Status shape_table(const cql::CreateTable& create, const Schema& schema, Table& table) {
  return TableMaker(create, schema, table).make();
}

SchemaPlan plan_create_table(const cql::CreateTable& create, const Schema& schema, const SchemaPlanning& planning) {
  auto table = std::make_shared<Table>();
  TRY(table->keyspace, target_keyspace(create.name, planning));
  table->name = create.name.name;
  TRY(const KeyspaceRef keyspace, existing_keyspace(schema, table->keyspace));
  if (keyspace->tables.contains(table->name)) {
    if (create.if_not_exists) return std::nullopt;
    return fail(Errc::already_exists,
                "Cannot add already existing table \"" + table->name + "\" to keyspace \"" + table->keyspace + "\"",
                {table->keyspace, table->name});
  }
  TRY_STATUS(check_name("Table", table->name));
  if (count_tables(schema) >= kTablesMax)
    return invalid("there may be at most " + std::to_string(kTablesMax) + " tables: drop one first");
  TRY_STATUS(shape_table(create, schema, *table));
  TRY(StatementProperties properties, StatementProperties::of(create.properties));
  TRY(table->id, id_of(properties, schema, planning));
  std::vector<std::string> warnings;
  const bool filters_given = properties.has("bloom_filter_fp_chance");
  TRY_STATUS(apply_table_properties(properties, table->options, warnings));
  // Only here: ALTER changes what it names, and no filter that someone chose.
  if (!filters_given && table->options.compaction["class"].ends_with("LeveledCompactionStrategy"))
    table->options.bloom_filter_fp_chance = 0.1;
  if (table->is_counter && table->options.default_time_to_live > 0)
    return invalid("Cannot set default_time_to_live on a table with counters");
  table->durable_writes = keyspace->durable_writes;
  auto plan = schema_plan(schema, PutTable{table}, "CREATED", "TABLE", table->keyspace, table->name);
  plan.warnings = std::move(warnings);
  return plan;
}

SchemaPlan plan_drop_table(const cql::DropTable& drop, const Schema& schema, const SchemaPlanning& planning) {
  TRY(const std::string keyspace, target_keyspace(drop.name, planning));
  if (!schema.table(keyspace, drop.name.name)) {
    if (drop.if_exists) return std::nullopt;
    return invalid("Table '" + keyspace + "." + drop.name.name + "' doesn't exist");
  }
  return schema_plan(schema, DropTable{keyspace, drop.name.name}, "DROPPED", "TABLE", keyspace, drop.name.name);
}

}  // namespace ringlet
