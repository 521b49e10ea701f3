// Inside of restrictions.h: one relation as written to one restriction, with the errors that need no other relation.
#pragma once

#include "core/cql/restriction.h"

namespace ringlet::cql {

Result<Restriction> restriction_of(const ColumnRelation& relation, const Relation& whole, const Table& table,
                                   TermContext& context);
Result<Restriction> restriction_of(const TupleRelation& relation, const Relation& whole, const Table& table,
                                   TermContext& context);
Result<Restriction> restriction_of(const TokenRelation& relation, const Relation& whole, const Table& table,
                                   TermContext& context);

}  // namespace ringlet::cql
