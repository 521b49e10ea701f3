#include "core/cql/select_checks.h"

#include <algorithm>

namespace ringlet::cql {
namespace {

std::unexpected<Error> invalid(std::string detail) { return fail(Errc::invalid, std::move(detail)); }

std::vector<const Column*> primary_key(const Table& table) {
  std::vector<const Column*> columns;
  for (const Column& column : table.partition_key) columns.push_back(&column);
  for (const Column& column : table.clustering) columns.push_back(&column);
  return columns;
}

// The column that a GROUP BY element groups by; a function only as the last element.
Result<const Column*> grouped_column(const Selector& selector, bool last, const Table& table) {
  const auto* named = std::get_if<ColumnSelector>(&selector.node);
  if (const auto* function = std::get_if<FunctionSelector>(&selector.node)) {
    if (!last) return invalid("Functions are only supported on the last element of the GROUP BY clause");
    if (function->name.name != "floor" || function->arguments.empty())
      return invalid("Group by currently only support monotonic functions like floor");
    named = std::get_if<ColumnSelector>(&function->arguments[0].node);
  }
  if (!named) return invalid("Group by is currently only supported on columns of the PRIMARY KEY and floor of them");
  TRY(const Column* column, find_column(table, named->column));
  if (column->kind != ColumnKind::partition_key && column->kind != ColumnKind::clustering)
    return invalid("Group by is currently only supported on the columns of the PRIMARY KEY, got " + column->name);
  return column;
}

}  // namespace

Status check_distinct(const Selection& selection, const Restrictions& restrictions, const Table& table) {
  for (const Column* column : selection.columns())
    if (column->kind != ColumnKind::partition_key && column->kind != ColumnKind::static_)
      return invalid("SELECT DISTINCT queries must only request partition key columns and/or static columns (not " +
                     column->name + ")");
  if (!restrictions.is_key_range()) return {};
  for (const Column& column : table.partition_key)
    if (std::ranges::find(selection.columns(), &column) == selection.columns().end())
      return invalid("SELECT DISTINCT queries must request all the partition key columns (missing " + column.name +
                     ")");
  return {};
}

Status check_group_by(const Select& select, const Restrictions& restrictions, const Table& table) {
  const std::vector<const Column*> key = primary_key(table);
  size_t next = 0;
  for (size_t i = 0; i < select.group_by.size(); ++i) {
    TRY(const Column* column, grouped_column(select.group_by[i], i + 1 == select.group_by.size(), table));
    while (next < key.size() && key[next] != column && restrictions.is_equal(*key[next])) ++next;
    if (next == key.size() || key[next] != column)
      return invalid(
          "Group by currently only support groups of columns following their declared order in the PRIMARY KEY");
    if (select.distinct && column->kind == ColumnKind::clustering)
      return invalid("Grouping on clustering columns is not allowed for SELECT DISTINCT queries");
    ++next;
  }
  while (next > 0 && next < table.partition_key.size() && restrictions.is_equal(*key[next])) ++next;
  if (next > 0 && next < table.partition_key.size())
    return invalid("Group by is not supported on only a part of the partition key");
  return {};
}

Result<bool> order_is_reversed(const Select& select, const Restrictions& restrictions, const Table& table) {
  if (select.order_by.empty()) return false;
  for (const Ordering& ordering : select.order_by)
    if (ordering.near) return invalid("ANN ordering by vector requires the column to be indexed");
  if (restrictions.is_key_range())
    return invalid("ORDER BY is only supported when the partition key is restricted by an EQ or an IN.");
  size_t next = 0;
  std::optional<bool> reversed;
  for (const Ordering& ordering : select.order_by) {
    TRY(const Column* column, find_column(table, ordering.column));
    if (column->kind != ColumnKind::clustering)
      return invalid("Order by is currently only supported on the clustered columns of the PRIMARY KEY, got " +
                     column->name);
    while (next < table.clustering.size() && next != column->position && restrictions.is_equal(table.clustering[next]))
      ++next;
    if (next != column->position)
      return invalid(
          "Order by currently only supports the ordering of columns following their declared order in the PRIMARY KEY");
    const bool backwards = ordering.descending != column->descending;
    if (reversed.value_or(backwards) != backwards) return invalid("Unsupported order by relation");
    reversed = backwards;
    ++next;
  }
  return *reversed;
}

}  // namespace ringlet::cql
