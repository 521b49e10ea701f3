// Type names to types, with Cassandra's rules about what may stand inside what.
#pragma once

#include "core/base/result.h"
#include "core/cql/ast_terms.h"
#include "core/data/schema.h"

namespace ringlet::cql {

// `keyspace` is the statement's: only its user types may be named. Tuples, vectors and everything inside a frozen type come
// out frozen. Errors are Errc::invalid.
Result<TypeRef> resolve_type(const TypeName& name, const Schema& schema, std::string_view keyspace);

// A native type by its CQL name ("varchar" too); null where there is none.
TypeRef native_type_named(std::string_view name);

}  // namespace ringlet::cql
