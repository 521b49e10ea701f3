// Statements that read and write rows: SELECT, INSERT, UPDATE, DELETE, BATCH, TRUNCATE, USE. As written, not resolved.
#pragma once

#include "core/cql/ast_terms.h"

namespace ringlet::cql {

struct SelectItem {
  Selector selector;
  std::optional<std::string> alias;
};
struct Ordering {
  std::string column;
  bool descending = false;
  std::optional<Term> near;  // ORDER BY column ANN OF term
};
struct Select {
  TableName table;
  bool json = false;
  bool distinct = false;
  std::vector<SelectItem> items;  // none: *
  std::vector<Relation> where;
  std::vector<Selector> group_by;
  std::vector<Ordering> order_by;
  std::optional<Term> per_partition_limit;
  std::optional<Term> limit;
  bool allow_filtering = false;
  bool bypass_cache = false;
  Usings usings;  // only a timeout
};

struct Insert {
  TableName table;
  std::vector<std::string> columns;  // may differ in number from values: the planner's error
  std::vector<Term> values;
  std::optional<Term> json;         // INSERT ... JSON: then columns and values are empty
  bool json_default_unset = false;  // JSON ... DEFAULT UNSET
  bool if_not_exists = false;
  Usings usings;
};

struct Update {
  TableName table;
  Usings usings;
  std::vector<Assignment> assignments;
  std::vector<Relation> where;
  bool if_exists = false;
  std::vector<Condition> conditions;
};

struct Delete {
  TableName table;
  std::vector<ColumnTarget> targets;  // none: whole rows
  Usings usings;
  std::vector<Relation> where;
  bool if_exists = false;
  std::vector<Condition> conditions;
};

struct Batch {
  enum class Kind : uint8_t { logged, unlogged, counter };
  Kind kind = Kind::logged;
  Usings usings;
  std::vector<std::variant<Insert, Update, Delete>> statements;
};

struct Truncate {
  TableName table;
  Usings usings;  // only a timeout
};

struct Use {
  std::string keyspace;
};

}  // namespace ringlet::cql
