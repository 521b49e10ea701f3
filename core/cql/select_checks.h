// Inside of select_plan.h: what SELECT demands of its clauses together.
#pragma once

#include "core/cql/restrictions.h"
#include "core/cql/selection.h"

namespace ringlet::cql {

Status check_distinct(const Selection& selection, const Restrictions& restrictions, const Table& table);
Status check_group_by(const Select& select, const Restrictions& restrictions, const Table& table);
// Are rows inside a partition wanted backwards?
Result<bool> order_is_reversed(const Select& select, const Restrictions& restrictions, const Table& table);

}  // namespace ringlet::cql
