// The envelope: one message's header and body. Everything a client may get wrong in a header is judged here.
//
//   offset  size  field     meaning                                             big-endian, frozen by the protocol
//   0       1     version   3, 4 or 5; bit 0x80 set in answers
//   1       1     flags     protocol.h, flag::
//   2       2     stream    chosen by the client, >= 0; -1 for events
//   4       1     opcode
//   5       4     length    of the body
//
// Versions 1 and 2 had a stream of one byte, so a header of eight; they are known only to be refused in their own shape.
#pragma once

#include <cstdint>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "net/cql/protocol.h"

namespace ringlet::wire {

struct EnvelopeHeader {
  uint8_t version_byte = 0;  // as on the wire, direction bit included
  uint8_t flags = 0;
  int16_t stream = 0;
  uint8_t opcode_byte = 0;
  uint32_t body_bytes = 0;

  Version version() const { return static_cast<Version>(version_byte & 0x7F); }
  Opcode opcode() const { return static_cast<Opcode>(opcode_byte); }
  bool tracing() const { return (flags & flag::kTracing) != 0; }
};
inline constexpr size_t kEnvelopeHeaderBytes = 1 + 1 + 2 + 1 + 4;
inline constexpr size_t kOldEnvelopeHeaderBytes = 1 + 1 + 1 + 1 + 4;
static_assert(kEnvelopeHeaderBytes == 9, "the body's offset is part of the protocol");

void encode_header(const EnvelopeHeader& header, char* nine_bytes);
EnvelopeHeader decode_header(const char* nine_bytes);

// Judged from the first byte alone, because an old or foreign header may never grow to nine bytes. Drivers negotiate by
// this error's text: they retry with a lower version only when they find its exact words.
Status check_version(uint8_t first_byte);
// "Invalid message version": every message after STARTUP carries STARTUP's version.
Status check_same_version(Version got, Version connection);
// The direction and the opcode. A failure spoils this message only: its length is still believed.
Status check_request(const EnvelopeHeader& header);
// Before the body is buffered. A failure ends the connection, since nobody wants to read the body only to drop it.
Status check_body_bytes(const EnvelopeHeader& header, size_t body_bytes_max);

}  // namespace ringlet::wire
