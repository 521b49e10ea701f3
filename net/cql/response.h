// Answer bodies, appended to what FrameWriter::begin() returned. (ERROR is in error_reply.h.)
// READY has no body at all.
#pragma once

#include "core/base/bytes.h"
#include "core/query/result.h"
#include "net/cql/protocol.h"
#include "net/cql/result_metadata.h"

namespace ringlet::wire {

inline constexpr BytesView kPasswordAuthenticator = "org.apache.cassandra.auth.PasswordAuthenticator";

void write_authenticate(BytesView authenticator_class, ByteWriter& out);
void write_supported(BytesView cql_version, ByteWriter& out);  // with the versions and compressions of this folder
void write_auth_challenge(BytesView token, ByteWriter& out);
void write_auth_success(ByteWriter& out);  // no token, as PLAIN has it

enum class ResultKind : int32_t { void_ = 1, rows = 2, set_keyspace = 3, prepared = 4, schema_change = 5 };
void write_void(ByteWriter& out);
void write_set_keyspace(BytesView keyspace, ByteWriter& out);

void write_schema_change_result(const SchemaChange& change, Version version, ByteWriter& out);
void write_schema_change_event(const SchemaChange& change, Version version, ByteWriter& out);

enum class TopologyVerb : uint8_t { new_node, removed_node };
enum class StatusVerb : uint8_t { up, down };
void write_topology_event(TopologyVerb verb, BytesView address, int32_t port, ByteWriter& out);
void write_status_event(StatusVerb verb, BytesView address, int32_t port, ByteWriter& out);

// `binds` and `columns` are encoded once for the statement and version; columns without any are written as "no metadata".
void write_prepared(const PreparedResult& prepared, const EncodedColumns& binds, const EncodedColumns& columns,
                    Version version, ByteWriter& out);

struct RowsMetadata {
  const EncodedColumns& columns;
  bool skip = false;     // the client knows the columns
  bool changed = false;  // v5: it knows others; the new id is the result's. Excludes skip
};
void write_rows(const RowsResult& rows, const RowsMetadata& metadata, ByteWriter& out);

}  // namespace ringlet::wire
