// Columns as results and prepared statements describe them. Encoded once for a statement and version, and then copied
// into every answer, because names and types take longer to write than most rows.
#pragma once

#include <span>

#include "core/base/bytes.h"
#include "core/data/type.h"
#include "core/query/result.h"
#include "net/cql/protocol.h"

namespace ringlet::wire {

inline constexpr int32_t kGlobalTableFlag = 0x0001, kHasMorePagesFlag = 0x0002, kNoMetadataFlag = 0x0004,
                         kMetadataChangedFlag = 0x0008;

struct EncodedColumns {
  int32_t count = 0;
  bool one_table = false;  // keyspace and table are written once, in front
  Bytes bytes;             // everything after the counts
  int32_t flags() const { return one_table ? kGlobalTableFlag : 0; }
};
EncodedColumns encode_columns(std::span<const ResultColumn> columns, Version version);

// The [option] of a type. A type that `version` does not know, and vectors in all of them, go by their Java class.
void write_type_option(const Type& type, Version version, ByteWriter& out);

}  // namespace ringlet::wire
