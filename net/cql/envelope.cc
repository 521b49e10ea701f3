#include "net/cql/envelope.h"

namespace ringlet::wire {

void encode_header(const EnvelopeHeader& header, char* nine_bytes) {
  nine_bytes[0] = static_cast<char>(header.version_byte);
  nine_bytes[1] = static_cast<char>(header.flags);
  store_big(nine_bytes + 2, header.stream);
  nine_bytes[4] = static_cast<char>(header.opcode_byte);
  store_big(nine_bytes + 5, header.body_bytes);
}

EnvelopeHeader decode_header(const char* nine_bytes) {
  return {.version_byte = static_cast<uint8_t>(nine_bytes[0]),
          .flags = static_cast<uint8_t>(nine_bytes[1]),
          .stream = load_big<int16_t>(nine_bytes + 2),
          .opcode_byte = static_cast<uint8_t>(nine_bytes[4]),
          .body_bytes = load_big<uint32_t>(nine_bytes + 5)};
}

Status check_version(uint8_t first_byte) {
  const uint8_t number = first_byte & 0x7F;
  if (is_supported_version(number)) return {};
  return fail(Errc::protocol, "Invalid or unsupported protocol version (" + std::to_string(number) +
                                  "); supported versions are (3/v3, 4/v4, 5/v5)");
}

Status check_same_version(Version got, Version connection) {
  if (got == connection) return {};
  return fail(Errc::protocol, "Invalid message version. Got " + to_string(got) +
                                  " but previous messages on this connection had version " + to_string(connection));
}

static std::unexpected<Error> wrong_direction(const EnvelopeHeader& header) {
  return fail(Errc::protocol, "Wrong protocol direction: expected a request, got a response with opcode " +
                                  std::to_string(header.opcode_byte));
}

Status check_request(const EnvelopeHeader& header) {
  if (header.version_byte & 0x80) return wrong_direction(header);
  switch (header.opcode()) {
    case Opcode::startup:
    case Opcode::options:
    case Opcode::query:
    case Opcode::prepare:
    case Opcode::execute:
    case Opcode::register_events:
    case Opcode::batch:
    case Opcode::auth_response:
      return {};
    case Opcode::error:
    case Opcode::ready:
    case Opcode::authenticate:
    case Opcode::supported:
    case Opcode::result:
    case Opcode::event:
    case Opcode::auth_challenge:
    case Opcode::auth_success:
      return wrong_direction(header);
  }
  return fail(Errc::protocol, "Unknown opcode " + std::to_string(header.opcode_byte));
}

Status check_body_bytes(const EnvelopeHeader& header, size_t body_bytes_max) {
  if (header.body_bytes > static_cast<uint32_t>(INT32_MAX)) return fail(Errc::protocol, "Negative body length");
  if (header.body_bytes <= body_bytes_max) return {};
  return fail(Errc::protocol, "Request is too big: length " + std::to_string(header.body_bytes) +
                                  " exceeds maximum allowed length " + std::to_string(body_bytes_max));
}

}  // namespace ringlet::wire
