// What every planner of statements starts from: the schema, the connection's keyspace, and the statement's bind markers.
#pragma once

#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/cql/ast_terms.h"
#include "core/cql/result_columns.h"
#include "core/data/schema.h"

namespace ringlet::cql {

// What a value is for: its type, and the name that errors and bind metadata show.
using Receiver = ResultColumn;

struct PlanContext {
  const Schema& schema;
  std::string keyspace;  // the connection's; empty: none was chosen
};

// Errors: no keyspace at all, unknown keyspace, unknown table.
Result<TableRef> find_table(const PlanContext& context, const TableName& name);
// "Undefined column name x in table ks.t"
Result<const Column*> find_column(const Table& table, std::string_view name);
Receiver receiver_of(const Table& table, const Column& column);

// The statement's markers as prepared statements describe them. Each marker is received exactly once, by whoever prepares
// the term that it stands for; one that nobody received is our bug.
class BindMarkers {
 public:
  explicit BindMarkers(size_t count) : columns_(count) {}
  void receive(const BindMarker& marker, Receiver receiver);  // a named marker keeps its own name
  const std::vector<ResultColumn>& columns() const { return columns_; }
  std::vector<ResultColumn> take() && { return std::move(columns_); }

 private:
  std::vector<ResultColumn> columns_;
};

}  // namespace ringlet::cql
