// ERROR: which code a failure has on the wire, and what each code's body carries beside the message. Drivers parse the
// body by its code, so a missing extra breaks them: ErrorReply has a field for each, and write_error writes all of them.
#pragma once

#include <string>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/query/result.h"
#include "net/cql/protocol.h"

namespace ringlet::wire {

enum class FailureReason : uint16_t {
  unknown = 0,
  too_many_tombstones = 1,
  timeout = 2,
  incompatible_schema = 3,
  read_size = 4,
  node_down = 5,
  index_not_available = 6,
  too_many_indexes = 7,
};

struct FailedReplica {
  Bytes address;  // 4 or 16 bytes
  FailureReason reason = FailureReason::unknown;
};

struct ErrorReply {
  ErrorCode code = ErrorCode::server_error;
  std::string message;
  Consistency consistency = Consistency::one;  // 1000, 1100 .. 1300, 1500, 1700
  int32_t required = 1, received = 0;          // likewise; received means alive for 1000
  bool data_present = false;                   // 1200, 1300
  std::string write_type = "SIMPLE";           // 1100, 1500
  uint16_t contentions = 0;                    // 1100 of a CAS, v5
  std::vector<FailedReplica> failures;         // 1300, 1500
  std::string keyspace, name;                  // 1400: the function; 2400: the table, or "" for a keyspace
  std::vector<std::string> argument_types;     // 1400
  Bytes id;                                    // 2500: exactly the client's
};

// What an Error does not know of the request it failed.
struct ErrorContext {
  bool is_write = false;
  Consistency consistency = Consistency::one;
  int32_t required = 1;
  std::string write_type = "SIMPLE";
  Bytes node_address = Bytes("\x7f\0\0\1", 4);  // this node's, for replica failures
};

ErrorCode error_code(Errc code, bool is_write);  // the one table from our codes to the protocol's
ErrorReply error_reply(const Error& error, const ErrorContext& context);

// In the form `version` knows: v3 and v4 get the nearest older code where theirs has no such error.
void write_error(const ErrorReply& reply, Version version, ByteWriter& out);

}  // namespace ringlet::wire
