// Inside of terms.h: how each kind of term is prepared. Only the term_*.cc files include this.
#pragma once

#include "core/cql/functions.h"
#include "core/cql/terms.h"

namespace ringlet::cql {

// A constant where nothing in `term` needs values or context: `foldable` is whether its parts and functions are such.
Result<TermRef> folded(TermRef term, bool foldable);
bool all_constant(const std::vector<TermRef>& terms);

Result<TermRef> prepare_list(const ListLiteral& list, const Receiver& receiver, TermContext& context);
Result<TermRef> prepare_set(const SetLiteral& set, const Receiver& receiver, TermContext& context);
Result<TermRef> prepare_map(const MapLiteral& map, const Receiver& receiver, TermContext& context);
Result<TermRef> prepare_tuple(const TupleLiteral& tuple, const Receiver& receiver, TermContext& context);
Result<TermRef> prepare_user_type(const UserTypeLiteral& literal, const Receiver& receiver, TermContext& context);

Result<TermRef> prepare_call(const FunctionCall& call, const Receiver& receiver, TermContext& context);
Result<TermRef> prepare_cast(const Cast& cast, const Receiver& receiver, TermContext& context);
Result<TermRef> prepare_hint(const TypeHint& hint, const Receiver& receiver, TermContext& context);
Result<TermRef> prepare_arithmetic(const Arithmetic& arithmetic, const Receiver& receiver, TermContext& context);
Result<TermRef> prepare_negation(const Negation& negation, const Receiver& receiver, TermContext& context);

Result<FunctionRef> function_of(const FunctionCall& call, const TypeRef& result, const TermContext& context);
Assignable collection_assignable(const Term& term, const TypeRef& to, const TermContext& context);

}  // namespace ringlet::cql
