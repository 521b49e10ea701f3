#include "cli/client/cql_client.h"

#include <cstdio>

namespace ringlet::cli {

Result<CqlClient> CqlClient::connect(const std::string& host, uint16_t port) {
  CqlClient client;
  TRY(client.socket_, ClientSocket::connect(host, port));
  Bytes startup;
  append_startup(0, startup);
  TRY(const CqlAnswer answer, client.ask(startup));
  if (const auto* error = std::get_if<CqlError>(&answer.body)) return fail(as_error(*error));
  return client;
}

Result<CqlAnswer> CqlClient::ask(const Bytes& request) {
  TRY_STATUS(socket_.send_all(request));
  received_.erase(0, taken_);
  taken_ = 0;
  while (true) {
    TRY(const auto whole, message_bytes(received_));
    if (whole) {
      taken_ = *whole;
      return decode_answer(BytesView(received_).substr(0, taken_));
    }
    const size_t before = received_.size();
    resize_for_overwrite(received_, before + (64u << 10));
    const Result<size_t> got = socket_.receive({received_.data() + before, 64u << 10});
    received_.resize(before + got.value_or(0));
    if (!got) return fail(got.error());
    if (*got == 0) return fail(Errc::io, "the node closed the connection");
  }
}

Result<CqlAnswer> CqlClient::query(std::string_view text, const CqlOptions& options) {
  Bytes request;
  append_query(0, text, options, request);
  return ask(request);
}

Result<CqlPrepared> CqlClient::prepare(std::string_view text) {
  Bytes request;
  append_prepare(0, text, request);
  TRY(CqlAnswer answer, ask(request));
  if (const auto* error = std::get_if<CqlError>(&answer.body)) return fail(as_error(*error));
  auto* prepared = std::get_if<CqlPrepared>(&answer.body);
  if (prepared == nullptr) return fail(Errc::protocol, "the node did not answer PREPARE with a prepared statement");
  return std::move(*prepared);
}

Result<CqlAnswer> CqlClient::execute(BytesView id, const CqlValues& values, const CqlOptions& options) {
  Bytes request;
  append_execute(0, id, values, options, request);
  return ask(request);
}

Error as_error(const CqlError& error) {
  char code[24];
  std::snprintf(code, sizeof code, " (error 0x%04X)", static_cast<unsigned>(error.code));
  return {error.code == kCqlInvalid ? Errc::invalid : Errc::io, error.message + code, {}};
}

Result<CqlRows> rows_of(Result<CqlAnswer> answer) {
  if (!answer) return fail(std::move(answer.error()));
  if (const auto* error = std::get_if<CqlError>(&answer->body)) return fail(as_error(*error));
  auto* rows = std::get_if<CqlRows>(&answer->body);
  if (rows == nullptr) return fail(Errc::protocol, "the node answered a query without rows");
  return std::move(*rows);
}

}  // namespace ringlet::cli
