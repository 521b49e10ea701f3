#include "net/cql/response.h"

#include "core/base/must.h"
#include "net/cql/notation.h"

namespace ringlet::wire {
namespace {

// Kind, flags, the two counts, and the lengths of paging state and metadata id.
constexpr size_t kRowsFixedBytesMax = 4 + 4 + 4 + 4 + 4 + 2 + 16;

void write_kind(ResultKind kind, ByteWriter& out) { out.big(static_cast<int32_t>(kind)); }

void write_schema_change(const SchemaChange& change, Version version, ByteWriter& out) {
  const bool function = change.target == "FUNCTION" || change.target == "AGGREGATE";
  if (function && version == Version::v3)  // v3 does not know functions: their keyspace changed
    return write_schema_change({"UPDATED", "KEYSPACE", change.keyspace, {}, {}}, version, out);
  write_string(change.change, out);
  write_string(change.target, out);
  write_string(change.keyspace, out);
  if (change.target != "KEYSPACE") write_string(change.name, out);
  if (function) write_string_list(change.argument_types, out);
}

void write_multimap_entry(BytesView key, std::initializer_list<BytesView> values, ByteWriter& out) {
  write_string(key, out);
  out.big(static_cast<uint16_t>(values.size()));
  for (const BytesView value : values) write_string(value, out);
}

}  // namespace

void write_authenticate(BytesView authenticator_class, ByteWriter& out) { write_string(authenticator_class, out); }

// Exactly these keys: drivers index the first two without looking, and take any SCYLLA_ key for a promise.
void write_supported(BytesView cql_version, ByteWriter& out) {
  out.big(uint16_t{3});
  write_multimap_entry("CQL_VERSION", {cql_version}, out);
  write_multimap_entry("COMPRESSION", {"lz4"}, out);
  write_multimap_entry("PROTOCOL_VERSIONS", {"3/v3", "4/v4", "5/v5"}, out);
}

void write_auth_challenge(BytesView token, ByteWriter& out) { write_bytes(token, out); }
void write_auth_success(ByteWriter& out) { write_null(out); }

void write_void(ByteWriter& out) { write_kind(ResultKind::void_, out); }

void write_set_keyspace(BytesView keyspace, ByteWriter& out) {
  write_kind(ResultKind::set_keyspace, out);
  write_string(keyspace, out);
}

void write_schema_change_result(const SchemaChange& change, Version version, ByteWriter& out) {
  write_kind(ResultKind::schema_change, out);
  write_schema_change(change, version, out);
}

void write_schema_change_event(const SchemaChange& change, Version version, ByteWriter& out) {
  write_string("SCHEMA_CHANGE", out);
  write_schema_change(change, version, out);
}

void write_topology_event(TopologyVerb verb, BytesView address, int32_t port, ByteWriter& out) {
  write_string("TOPOLOGY_CHANGE", out);
  write_string(verb == TopologyVerb::new_node ? "NEW_NODE" : "REMOVED_NODE", out);
  write_inet(address, port, out);
}

void write_status_event(StatusVerb verb, BytesView address, int32_t port, ByteWriter& out) {
  write_string("STATUS_CHANGE", out);
  write_string(verb == StatusVerb::up ? "UP" : "DOWN", out);
  write_inet(address, port, out);
}

void write_prepared(const PreparedResult& prepared, const EncodedColumns& binds, const EncodedColumns& columns,
                    Version version, ByteWriter& out) {
  write_kind(ResultKind::prepared, out);
  write_short_bytes(prepared.id, out);
  if (version == Version::v5) write_short_bytes(prepared.result->id, out);
  out.big(binds.flags());
  out.big(binds.count);
  if (version != Version::v3) {
    MUST(prepared.partition_key_binds.size() <= UINT16_MAX);
    out.big(static_cast<int32_t>(prepared.partition_key_binds.size()));
    for (const uint16_t bind : prepared.partition_key_binds) out.big(bind);
  }
  out.bytes(binds.bytes);
  out.big(columns.count == 0 ? kNoMetadataFlag : columns.flags());
  out.big(columns.count);
  out.bytes(columns.bytes);
}

void write_rows(const RowsResult& rows, const RowsMetadata& metadata, ByteWriter& out) {
  MUST(!(metadata.skip && metadata.changed));
  const size_t state_bytes = rows.paging_state ? rows.paging_state->size() : 0;
  out.out().reserve(out.size() + kRowsFixedBytesMax + state_bytes + metadata.columns.bytes.size() + rows.cells.size());
  int32_t flags = metadata.skip ? kNoMetadataFlag : metadata.columns.flags();
  if (rows.paging_state) flags |= kHasMorePagesFlag;
  if (metadata.changed) flags |= kMetadataChangedFlag;
  write_kind(ResultKind::rows, out);
  out.big(flags);
  out.big(metadata.columns.count);
  if (rows.paging_state) write_bytes(*rows.paging_state, out);
  if (metadata.changed) write_short_bytes(rows.metadata->id, out);
  if (!metadata.skip) out.bytes(metadata.columns.bytes);
  out.big(static_cast<int32_t>(rows.row_count));
  out.bytes(rows.cells);
}

}  // namespace ringlet::wire
