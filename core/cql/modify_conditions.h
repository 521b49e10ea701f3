// IF, prepared: tests of a row as it is, before the statement.
//
// Null rules are Cassandra's: `= null` holds where there is no value, `!= x` too; no value is never less or greater; a
// collection without elements counts as an empty one. Unset values are errors, except inside IN, where they are left out.
#pragma once

#include "core/cql/ast_data.h"
#include "core/cql/row_input.h"
#include "core/cql/terms.h"

namespace ringlet::cql {

class ModifyCondition {
 public:
  virtual ~ModifyCondition() = default;
  virtual Result<bool> holds(const RowInput& row, const Evaluation& evaluation) const = 0;
};
using ConditionRef = std::shared_ptr<const ModifyCondition>;

// The column's slot is added to `shape`. Errors: key columns, counters, operators that the type does not have.
Result<ConditionRef> prepare_condition(const Condition& condition, const Column& column, const Table& table,
                                       RowShape& shape, TermContext& terms);

}  // namespace ringlet::cql
