// CREATE, ALTER and DROP carried out: planned against the schema into one catalog command (complete outcome, no choices left),
// proposed, and planned again when somebody else was faster.
#pragma once

#include "core/cql/ast.h"
#include "core/env/rng.h"
#include "core/meta/catalog.h"
#include "core/query/result.h"
#include "core/shard/shard.h"

namespace ringlet {

// What a plan needs beside the schema.
struct SchemaPlanning {
  std::string keyspace;     // the connection's
  std::string data_center;  // what replication_factor expands to
  Stamps& stamps;           // table ids, drop times
  Rng& dice;
};

bool is_schema_statement(const cql::Statement& statement);

// Pure: the command, or none when IF [NOT] EXISTS has nothing to do. `change` says what clients are told.
struct PlannedSchemaChange {
  CatalogCommand command;
  SchemaChange change;
  std::vector<std::string> warnings;
};
Result<std::optional<PlannedSchemaChange>> plan_schema_statement(const cql::Statement& statement, const Schema& schema,
                                                                 const SchemaPlanning& planning);

// SchemaChange, or Void when nothing was to be done. Runs on `home`'s executor, against the snapshot that it holds; the
// statement and `home` outlive the Task. Errc::overloaded when other changes were faster again and again.
Task<Result<QueryResult>> run_schema_statement(const cql::Statement& statement, Shard& home, Catalog& catalog,
                                               SchemaPlanning planning);

}  // namespace ringlet
