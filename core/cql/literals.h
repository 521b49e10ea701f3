// Literals and the types that may receive them (cql-grammar section 2).
#pragma once

#include "core/base/result.h"
#include "core/cql/terms.h"

namespace ringlet::cql {

// Not for null, which everything but a counter receives.
Assignable literal_assignable(const Literal& literal, const Type& to);
TypeRef literal_type(const Literal& literal);  // by itself; null for strings and null
// "Invalid STRING constant (abc) for "v" of type int" where it may not stand there; the type's own words where it does not parse.
Result<Bytes> literal_value(const Literal& literal, const Receiver& receiver);

}  // namespace ringlet::cql
