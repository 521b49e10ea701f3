// A mutation as the commit log keeps it: without its table, which the record's header tells, and without a version of its own,
// which the segment's header tells.
#pragma once

#include "core/data/mutation.h"

namespace ringlet {

void encode_mutation_body(const Mutation& mutation, ByteWriter& out);
Result<Mutation> decode_mutation_body(const TableId& table, BytesView body);  // as decode_mutation()

}  // namespace ringlet
