// USING TIMESTAMP, TTL and TIMEOUT of a write: prepared once, then computed for each execution.
#pragma once

#include "core/cql/ast_data.h"
#include "core/cql/terms.h"

namespace ringlet::cql {

Result<TermRef> prepare_timestamp(const Term& term, TermContext& context);  // marker [timestamp], bigint
Result<TermRef> prepare_ttl(const Term& term, TermContext& context);        // marker [ttl], int
Result<TermRef> prepare_timeout(const Term& term, TermContext& context);    // marker [timeout], duration

// Each: the term may be null where the statement has none; unset is as if it had none.
Result<Timestamp> evaluate_timestamp(const TermRef& term, Timestamp otherwise, const Evaluation& evaluation);
// 0 and null mean none, whatever the table's default is.
Result<uint32_t> evaluate_ttl(const TermRef& term, int32_t table_default, const Evaluation& evaluation);
Result<std::optional<int64_t>> evaluate_timeout_ns(const TermRef& term, const Evaluation& evaluation);

}  // namespace ringlet::cql
