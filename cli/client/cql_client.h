// A CQL connection that asks one thing at a time and waits. For many executes in flight: CqlPipeline.
#pragma once

#include "cli/client/cql_codec.h"
#include "cli/client/socket.h"

namespace ringlet::cli {

class CqlClient {
 public:
  static Result<CqlClient> connect(const std::string& host, uint16_t port);

  // An error the node answers with is in the CqlAnswer; what is no answer at all is the Result's.
  Result<CqlAnswer> query(std::string_view text, const CqlOptions& options = {});
  Result<CqlPrepared> prepare(std::string_view text);
  Result<CqlAnswer> execute(BytesView id, const CqlValues& values, const CqlOptions& options = {});
  ClientSocket take_socket() { return std::move(socket_); }

 private:
  Result<CqlAnswer> ask(const Bytes& request);
  ClientSocket socket_;
  Bytes received_;
  size_t taken_ = 0;
};

// The node's error as one line: "<statement's trouble> (error 0x2200)".
Error as_error(const CqlError& error);
// The rows, or the node's error.
Result<CqlRows> rows_of(Result<CqlAnswer> answer);

}  // namespace ringlet::cli
