#include "core/cql/plan_context.h"

#include "core/base/must.h"

namespace ringlet::cql {

Result<TableRef> find_table(const PlanContext& context, const TableName& name) {
  const std::string& keyspace = name.keyspace ? *name.keyspace : context.keyspace;
  if (keyspace.empty())
    return fail(Errc::invalid,
                "No keyspace has been specified. USE a keyspace, or explicitly specify keyspace.tablename");
  if (!context.schema.keyspace(keyspace)) return fail(Errc::invalid, "keyspace " + keyspace + " does not exist");
  TableRef table = context.schema.table(keyspace, name.name);
  if (!table) return fail(Errc::invalid, "table " + name.name + " does not exist");
  return table;
}

Result<const Column*> find_column(const Table& table, std::string_view name) {
  const Column* column = table.find(name);
  if (!column)
    return fail(Errc::invalid,
                "Undefined column name " + std::string(name) + " in table " + table.keyspace + "." + table.name);
  return column;
}

Receiver receiver_of(const Table& table, const Column& column) {
  return {table.keyspace, table.name, column.name, column.type};
}

void BindMarkers::receive(const BindMarker& marker, Receiver receiver) {
  MUST(marker.index < columns_.size());
  if (marker.name) receiver.name = *marker.name;
  columns_[marker.index] = std::move(receiver);
}

}  // namespace ringlet::cql
