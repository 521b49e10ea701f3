// What a request brings and what comes back, as the query layer and the wire exchange them. Cells are already in the native
// protocol's form ([int] length, bytes; -1 is null), which is the same in every version, so that the wire only copies them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/base/uuid.h"
#include "core/cluster/consistency.h"
#include "core/cql/bound_value.h"
#include "core/cql/result_columns.h"

namespace ringlet {

struct QueryOptions {
  Consistency consistency = Consistency::one;
  Consistency serial_consistency = Consistency::serial;
  std::vector<BoundValue> values;
  std::vector<std::string_view> names;  // as many as values, or none
  int32_t page_size = -1;               // rows; below 1: no paging
  std::optional<BytesView> paging_state;
  std::optional<int64_t> timestamp;          // microseconds, the client's default
  std::optional<std::string_view> keyspace;  // instead of the connection's
  std::optional<int64_t> now_in_seconds;
};

struct VoidResult {};
struct RowsResult {
  ResultMetadataRef metadata;
  uint32_t row_count = 0;
  Bytes cells;                        // row_count x columns x [bytes]
  std::optional<Bytes> paging_state;  // there may be more
  bool metadata_may_vary = false;     // conditional statements: never skip the metadata
  bool metadata_renewed = false;      // it changed since the statement was prepared: v4 clients must be told
};
struct SetKeyspaceResult {
  std::string keyspace;
};
struct SchemaChange {
  std::string change;          // CREATED, UPDATED, DROPPED
  std::string target;          // KEYSPACE, TABLE, TYPE, FUNCTION, AGGREGATE
  std::string keyspace, name;  // name is empty for a keyspace
  std::vector<std::string> argument_types;
};
struct PreparedResult {
  Bytes id;                                   // 16 bytes, a function of keyspace and text
  std::vector<ResultColumn> binds;            // markers in order
  std::vector<uint16_t> partition_key_binds;  // marker of each partition key column, when all are plain markers
  ResultMetadataRef result;                   // no columns: not a SELECT, or one whose shape varies
  bool conditional = false;
};

struct QueryResult {
  std::variant<VoidResult, RowsResult, SetKeyspaceResult, SchemaChange, PreparedResult> body;
  std::vector<std::string> warnings;
};

}  // namespace ringlet
