// Statements that change or describe the schema. As written: whether a property exists or a column may be dropped is the
// planner's to say, which is why doubled properties and doubled primary keys are kept.
#pragma once

#include "core/cql/ast_data.h"

namespace ringlet::cql {

// --- properties: WITH a = 1 AND b = {'k': 'v'} --------------------------------------------------------------------------
struct PropertyEntry {
  std::string key;
  Literal value;
};
struct Property {
  std::string name;                                         // folded unless quoted
  std::variant<Literal, std::vector<PropertyEntry>> value;  // a bare word (a = none) is a string literal
};
using PropertyMap = std::vector<Property>;  // in the order written, repeats included

// --- keyspaces ---------------------------------------------------------------------------------------------------------
struct CreateKeyspace {
  std::string name;
  bool if_not_exists = false;
  PropertyMap properties;
};
struct AlterKeyspace {
  std::string name;
  bool if_exists = false;
  PropertyMap properties;
};
struct DropKeyspace {
  std::string name;
  bool if_exists = false;
};

// --- tables ------------------------------------------------------------------------------------------------------------
struct Mask {  // MASKED WITH DEFAULT (no function), or MASKED WITH f(...)
  std::optional<FunctionName> function;
  std::vector<Term> arguments;
};
struct ColumnDefinition {
  std::string name;
  TypeName type;
  bool is_static = false;
  std::optional<Mask> mask;
};
struct PrimaryKey {
  std::vector<std::string> partition;
  std::vector<std::string> clustering;
};
struct ClusteringOrder {
  std::string column;
  bool descending = false;
};
struct CreateTable {
  TableName name;
  bool if_not_exists = false;
  std::vector<ColumnDefinition> columns;
  std::vector<PrimaryKey> primary_keys;  // one each time PRIMARY KEY is written, inline or not: exactly one is right
  std::vector<ClusteringOrder> clustering_order;
  bool compact_storage = false;
  PropertyMap properties;
};
struct AddColumns {
  bool if_not_exists = false;
  std::vector<ColumnDefinition> columns;
};
struct DropColumns {
  bool if_exists = false;
  std::vector<std::string> columns;
  std::optional<Term> timestamp;
};
struct Rename {
  std::string from, to;
};
struct RenameColumns {
  bool if_exists = false;
  std::vector<Rename> renames;
};
struct AlterColumnType {
  std::string column;
  TypeName type;
};
struct AlterColumnMask {
  bool if_exists = false;
  std::string column;
  std::optional<Mask> mask;  // none: DROP MASKED
};
struct AlterProperties {
  PropertyMap properties;
};
struct DropCompactStorage {};
struct AlterTable {
  TableName name;
  bool if_exists = false;
  std::variant<AddColumns, DropColumns, RenameColumns, AlterColumnType, AlterColumnMask, AlterProperties,
               DropCompactStorage>
      action;
};
struct DropTable {
  TableName name;
  bool if_exists = false;
};

// --- indexes -----------------------------------------------------------------------------------------------------------
struct IndexTarget {
  enum class Kind : uint8_t { column, values, keys, entries, full };
  Kind kind = Kind::column;
  std::string column;
};
struct CreateIndex {
  std::optional<IndexName> name;  // none: the default name
  TableName table;
  bool if_not_exists = false;
  bool custom = false;
  std::vector<IndexTarget> targets;
  std::optional<std::string> using_class;
  PropertyMap properties;  // WITH OPTIONS = {...} is the property "options"
};
struct DropIndex {
  IndexName name;
  bool if_exists = false;
};

// --- user types --------------------------------------------------------------------------------------------------------
struct FieldDefinition {
  std::string name;
  TypeName type;
};
struct CreateType {
  UserTypeName name;
  bool if_not_exists = false;
  std::vector<FieldDefinition> fields;
};
struct AddField {
  bool if_not_exists = false;
  FieldDefinition field;
};
struct RenameFields {
  bool if_exists = false;
  std::vector<Rename> renames;
};
struct AlterField {  // always refused by the planner
  FieldDefinition field;
};
struct AlterType {
  UserTypeName name;
  bool if_exists = false;
  std::variant<AddField, RenameFields, AlterField> action;
};
struct DropType {
  UserTypeName name;
  bool if_exists = false;
};

// --- views -------------------------------------------------------------------------------------------------------------
struct CreateView {
  TableName name;
  bool if_not_exists = false;
  Select select;  // only items, table and where
  std::vector<PrimaryKey> primary_keys;
  std::vector<ClusteringOrder> clustering_order;
  bool compact_storage = false;
  PropertyMap properties;
};
struct AlterView {
  TableName name;
  bool if_exists = false;
  PropertyMap properties;
};
struct DropView {
  TableName name;
  bool if_exists = false;
};

// --- functions, aggregates, triggers -----------------------------------------------------------------------------------
struct CreateFunction {
  FunctionName name;
  bool or_replace = false;
  bool if_not_exists = false;
  std::vector<FieldDefinition> arguments;
  bool called_on_null_input = false;  // else RETURNS NULL ON NULL INPUT
  TypeName return_type;
  std::string language;
  std::string body;
};
struct DropFunction {
  FunctionName name;
  bool if_exists = false;
  std::optional<std::vector<TypeName>> argument_types;
};
struct CreateAggregate {
  FunctionName name;
  bool or_replace = false;
  bool if_not_exists = false;
  std::vector<TypeName> argument_types;
  std::string state_function;
  TypeName state_type;
  std::optional<std::string> final_function;
  std::optional<Term> initial;
};
struct DropAggregate {
  FunctionName name;
  bool if_exists = false;
  std::optional<std::vector<TypeName>> argument_types;
};
struct CreateTrigger {
  std::string name;
  TableName table;
  bool if_not_exists = false;
  std::string trigger_class;
};
struct DropTrigger {
  std::string name;
  TableName table;
  bool if_exists = false;
};

// --- DESCRIBE ----------------------------------------------------------------------------------------------------------
struct Describe {
  enum class What : uint8_t {
    cluster,
    schema,
    keyspaces,
    tables,
    types,
    functions,
    aggregates,
    keyspace,  // without a name: the current one
    table,
    type,
    index,
    view,
    function,
    aggregate,
    anything,  // DESCRIBE x, DESCRIBE a.b : a keyspace, else a table, index or view
  };
  What what = What::anything;
  std::optional<QualifiedName> name;
  bool full = false;            // DESCRIBE FULL SCHEMA: system keyspaces too
  bool only = false;            // DESCRIBE ONLY KEYSPACE
  bool with_internals = false;  // WITH INTERNALS
};

}  // namespace ringlet::cql
