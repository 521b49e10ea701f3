// Request bodies, decoded into plain structs that view the frame they came from: they live no longer than it does.
//
// Every body that does not say what its opcode promises is Errc::protocol with a detail for the client; nothing is read
// past it, and no count it declares allocates more than its own bytes could fill. Bytes after a well-formed body are
// ignored, but after a BATCH, where they may be statements that it does not count: refused. Structs are filled in place, so
// that a caller may use one again and keep its storage.
#pragma once

#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/query/result.h"
#include "net/cql/frame_reader.h"
#include "net/cql/notation.h"
#include "net/cql/protocol.h"

namespace ringlet::wire {

struct StartupRequest {
  std::vector<std::pair<BytesView, BytesView>> options;  // as sent
  std::optional<BytesView> find(BytesView key) const;    // in any case
};
struct AuthResponseRequest {
  std::optional<BytesView> token;
};
struct QueryRequest {
  BytesView query;
  QueryOptions options;
  bool skip_metadata = false;
};
struct PrepareRequest {
  BytesView query;
  std::optional<BytesView> keyspace;  // v5
};
struct ExecuteRequest {
  BytesView id;
  BytesView result_metadata_id;  // v5, else empty
  QueryOptions options;
  bool skip_metadata = false;
};
struct BatchStatement {
  bool prepared = false;
  BytesView query_or_id;
  uint32_t first_value = 0, value_count = 0;  // within BatchRequest::values
};
struct BatchRequest {
  enum class Kind : uint8_t { logged = 0, unlogged = 1, counter = 2 };
  Kind kind = Kind::logged;
  std::vector<BatchStatement> statements;
  std::vector<BoundValue> values;  // of all statements, in order
  QueryOptions options;            // without values, names and paging
  std::span<const BoundValue> values_of(const BatchStatement& statement) const {
    return std::span(values).subspan(statement.first_value, statement.value_count);
  }
};
struct RegisterRequest {
  bool topology_changes = false, status_changes = false, schema_changes = false;
};

// The message itself, without the custom payload that may stand before it (which is accepted and not looked at).
Result<BytesView> message_of(const Frame& frame);

Status decode_startup(BytesView message, StartupRequest& out);
Status decode_auth_response(BytesView message, AuthResponseRequest& out);
Status decode_query(Version version, BytesView message, QueryRequest& out);
Status decode_prepare(Version version, BytesView message, PrepareRequest& out);
Status decode_execute(Version version, BytesView message, ExecuteRequest& out);
Status decode_batch(Version version, BytesView message, BatchRequest& out);
Status decode_register(BytesView message, RegisterRequest& out);

// What STARTUP asked for, judged: a missing CQL_VERSION or a compression that this version or we do not have is an error.
struct StartupChoice {
  Compression compression = Compression::none;
  bool throw_on_overload = false;
};
Result<StartupChoice> choose(Version version, const StartupRequest& request);

// SASL PLAIN: the last two of authzid NUL user NUL password. Errc::bad_credentials where one is missing.
struct PlainCredentials {
  BytesView user, password;
};
Result<PlainCredentials> decode_plain_credentials(const AuthResponseRequest& request);

}  // namespace ringlet::wire
