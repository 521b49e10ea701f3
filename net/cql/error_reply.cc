#include "net/cql/error_reply.h"

#include <charconv>

#include "net/cql/notation.h"
#include "net/cql/utf8.h"

namespace ringlet::wire {

ErrorCode error_code(Errc code, bool is_write) {
  switch (code) {  // no default: a new Errc must be placed here to compile
    case Errc::corrupt:
    case Errc::io:
    case Errc::no_space:
    case Errc::not_found:
    case Errc::exists:
    case Errc::busy:
    case Errc::cancelled:
      return ErrorCode::server_error;
    case Errc::timeout:
      return is_write ? ErrorCode::write_timeout : ErrorCode::read_timeout;
    case Errc::overloaded:
      return ErrorCode::overloaded;
    case Errc::invalid:
      return ErrorCode::invalid;
    case Errc::syntax:
      return ErrorCode::syntax_error;
    case Errc::unauthorized:
      return ErrorCode::unauthorized;
    case Errc::bad_credentials:
      return ErrorCode::bad_credentials;
    case Errc::config:
      return ErrorCode::config_error;
    case Errc::already_exists:
      return ErrorCode::already_exists;
    case Errc::unprepared:
      return ErrorCode::unprepared;
    case Errc::protocol:
      return ErrorCode::protocol_error;
    case Errc::unavailable:
      return ErrorCode::unavailable;
    case Errc::truncate_failed:
      return ErrorCode::truncate_error;
    case Errc::function_failed:
      return ErrorCode::function_failure;
    case Errc::tombstones:
      return ErrorCode::read_failure;
  }
  return ErrorCode::server_error;
}

// --- from our errors -------------------------------------------------------------------------------------------------

static std::string argument(const Error& error, size_t i) {
  return i < error.arguments.size() ? error.arguments[i] : std::string();
}

static int32_t number(const Error& error, size_t i, int32_t otherwise) {
  const std::string text = argument(error, i);
  int32_t value = otherwise;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

ErrorReply error_reply(const Error& error, const ErrorContext& context) {
  ErrorReply reply{.code = error_code(error.code, context.is_write),
                   .message = error.detail,
                   .consistency = context.consistency,
                   .required = context.required,
                   .write_type = context.write_type};
  if (error.code == Errc::unavailable) {
    reply.consistency = static_cast<Consistency>(number(error, 0, static_cast<int32_t>(context.consistency)));
    reply.required = number(error, 1, context.required);
    reply.received = number(error, 2, 0);
  } else if (error.code == Errc::already_exists || error.code == Errc::function_failed) {
    reply.keyspace = argument(error, 0);
    reply.name = argument(error, 1);
    for (size_t i = 2; i < error.arguments.size(); ++i) reply.argument_types.push_back(error.arguments[i]);
  } else if (error.code == Errc::unprepared) {
    reply.id = argument(error, 0);
  } else if (error.code == Errc::tombstones) {
    reply.failures = {{context.node_address, FailureReason::too_many_tombstones}};
  }
  return reply;
}

// --- to the wire -----------------------------------------------------------------------------------------------------

// Drivers decode the message strictly: bytes that are no UTF-8 (a detail may quote a client's) would break them.
static void write_message(const std::string& message, ByteWriter& out) {
  if (is_utf8(message)) return write_string(message, out);
  std::string shown = message;
  for (char& c : shown)
    if (static_cast<uint8_t>(c) >= 0x80) c = '?';
  write_string(shown, out);
}

static ErrorCode code_for(ErrorCode code, Version version) {
  if (version != Version::v5 && code == ErrorCode::cas_write_unknown) return ErrorCode::write_timeout;
  if (version != Version::v3) return code;
  switch (code) {
    case ErrorCode::read_failure:
      return ErrorCode::read_timeout;
    case ErrorCode::write_failure:
      return ErrorCode::write_timeout;
    case ErrorCode::function_failure:
    case ErrorCode::cdc_write_failure:
      return ErrorCode::invalid;
    default:
      return code;
  }
}

static void write_counts(const ErrorReply& reply, ByteWriter& out) {
  out.big(static_cast<uint16_t>(reply.consistency));
  out.big(reply.received);
  out.big(reply.required);
}

static void write_failures(const ErrorReply& reply, Version version, ByteWriter& out) {
  out.big(static_cast<int32_t>(reply.failures.size()));
  if (version != Version::v5) return;  // v4 has the number alone
  for (const FailedReplica& replica : reply.failures) {
    write_inet_address(replica.address, out);
    out.big(static_cast<uint16_t>(replica.reason));
  }
}

static void write_extras(const ErrorReply& reply, ErrorCode code, Version version, ByteWriter& out) {
  switch (code) {
    case ErrorCode::unavailable:
      out.big(static_cast<uint16_t>(reply.consistency));
      out.big(reply.required);
      out.big(reply.received);
      break;
    case ErrorCode::write_timeout: {
      const bool cas = reply.code == ErrorCode::cas_write_unknown || reply.write_type == "CAS";
      write_counts(reply, out);
      write_string(cas ? BytesView("CAS") : BytesView(reply.write_type), out);
      if (cas && version == Version::v5) out.big(reply.contentions);
      break;
    }
    case ErrorCode::read_timeout:
      write_counts(reply, out);
      out.u8(reply.data_present);
      break;
    case ErrorCode::read_failure:
      write_counts(reply, out);
      write_failures(reply, version, out);
      out.u8(reply.data_present);
      break;
    case ErrorCode::write_failure:
      write_counts(reply, out);
      write_failures(reply, version, out);
      write_string(reply.write_type, out);
      break;
    case ErrorCode::cas_write_unknown:
      write_counts(reply, out);
      break;
    case ErrorCode::function_failure:
      write_string(reply.keyspace, out);
      write_string(reply.name, out);
      write_string_list(reply.argument_types, out);
      break;
    case ErrorCode::already_exists:
      write_string(reply.keyspace, out);
      write_string(reply.name, out);
      break;
    case ErrorCode::unprepared:
      write_short_bytes(reply.id, out);
      break;
    case ErrorCode::server_error:
    case ErrorCode::protocol_error:
    case ErrorCode::bad_credentials:
    case ErrorCode::overloaded:
    case ErrorCode::is_bootstrapping:
    case ErrorCode::truncate_error:
    case ErrorCode::cdc_write_failure:
    case ErrorCode::syntax_error:
    case ErrorCode::unauthorized:
    case ErrorCode::invalid:
    case ErrorCode::config_error:
      break;  // the message says it all
  }
}

void write_error(const ErrorReply& reply, Version version, ByteWriter& out) {
  const ErrorCode code = code_for(reply.code, version);
  out.big(static_cast<int32_t>(code));
  write_message(reply.message, out);
  write_extras(reply, code, version, out);
}

}  // namespace ringlet::wire
