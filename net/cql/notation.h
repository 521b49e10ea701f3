// The notations of the protocol's section 3: [string], [bytes], [value] and their family, read and written.
//
// BodyReader never reads past the body and never trusts a count: after the first thing that does not fit it yields empty
// values, and status() says what was wrong. Decoders check once at their end, and before a count decides an allocation.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/query/result.h"
#include "net/cql/protocol.h"

namespace ringlet::wire {

class BodyReader {
 public:
  // `what` names the message in errors and must outlive the reader.
  BodyReader(BytesView body, const char* what) : in_(body), what_(what), body_bytes_(body.size()) {}

  uint8_t byte() { return in_.u8(); }
  uint16_t short_() { return in_.big<uint16_t>(); }
  int32_t int_() { return in_.big<int32_t>(); }
  int64_t long_() { return in_.big<int64_t>(); }
  BytesView string();       // [string], UTF-8
  BytesView long_string();  // [long string], UTF-8
  BytesView short_bytes() { return in_.bytes(short_()); }
  std::optional<BytesView> bytes();   // [bytes]; nullopt is null
  BoundValue value(Version version);  // [value]
  Consistency consistency();
  // A [short] count of things that take at least `bytes_each` bytes each: never more than the body can still hold.
  size_t count(size_t bytes_each);

  size_t left() const { return in_.left(); }
  BytesView rest() const { return in_.rest(); }
  void reject(std::string problem);  // the first problem is the one reported
  Status status() const;

 private:
  ByteReader in_;
  const char* what_;
  size_t body_bytes_;
  std::string problem_;
};

void write_string(BytesView text, ByteWriter& out);  // cut at 65535 bytes, between characters
void write_string_list(std::span<const std::string> list, ByteWriter& out);
void write_bytes(BytesView bytes, ByteWriter& out);
void write_null(ByteWriter& out);
void write_short_bytes(BytesView bytes, ByteWriter& out);           // MUST fit 65535
void write_inet(BytesView address, int32_t port, ByteWriter& out);  // MUST be 4 or 16 bytes
void write_inet_address(BytesView address, ByteWriter& out);

}  // namespace ringlet::wire
