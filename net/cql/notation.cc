#include "net/cql/notation.h"

#include "core/base/must.h"
#include "net/cql/utf8.h"

namespace ringlet::wire {
namespace {

constexpr size_t kStringBytesMax = 65535;
constexpr int32_t kNullLength = -1, kUnsetLength = -2;
constexpr auto kConsistencyCodeMax = static_cast<uint16_t>(Consistency::local_one);

}  // namespace

// --- reading ---------------------------------------------------------------------------------------------------------

void BodyReader::reject(std::string problem) {
  if (!in_.bad() && problem_.empty()) problem_ = std::move(problem);
}

Status BodyReader::status() const {
  if (!problem_.empty()) return fail(Errc::protocol, std::string(what_) + ": " + problem_);
  if (in_.bad())
    return fail(Errc::protocol, std::string(what_) + ": the body of " + std::to_string(body_bytes_) +
                                    " bytes ends before its last field");
  return {};
}

BytesView BodyReader::string() {
  const BytesView text = in_.bytes(short_());
  if (!is_utf8(text)) reject("Cannot decode string as UTF8");
  return text;
}

BytesView BodyReader::long_string() {
  const int32_t length = int_();
  if (length < 0) {
    reject("Negative length of a string: " + std::to_string(length));
    return {};
  }
  const BytesView text = in_.bytes(static_cast<size_t>(length));
  if (!is_utf8(text)) reject("Cannot decode string as UTF8");
  return text;
}

std::optional<BytesView> BodyReader::bytes() {
  const int32_t length = int_();
  if (length < 0) return std::nullopt;
  return in_.bytes(static_cast<size_t>(length));
}

BoundValue BodyReader::value(Version version) {
  const int32_t length = int_();
  if (length >= 0) [[likely]]
    return {BoundValue::Kind::bytes, in_.bytes(static_cast<size_t>(length))};
  if (length == kNullLength || version == Version::v3) return {};
  if (length == kUnsetLength) return {BoundValue::Kind::unset, {}};
  reject("Invalid ByteBuf length " + std::to_string(length));
  return {};
}

Consistency BodyReader::consistency() {
  const uint16_t code = short_();
  if (code > kConsistencyCodeMax) reject("Unknown code " + std::to_string(code) + " for a consistency level");
  return static_cast<Consistency>(code);
}

size_t BodyReader::count(size_t bytes_each) {
  const size_t declared = short_();
  if (declared * bytes_each <= left()) return declared;
  reject("A count of " + std::to_string(declared) + " cannot fit the " + std::to_string(left()) + " bytes left");
  return 0;
}

// --- writing ---------------------------------------------------------------------------------------------------------

void write_string(BytesView text, ByteWriter& out) {
  size_t bytes = text.size();
  if (bytes > kStringBytesMax) {
    bytes = kStringBytesMax;
    while (bytes > 0 && (static_cast<uint8_t>(text[bytes]) & 0xC0) == 0x80) --bytes;
  }
  out.big(static_cast<uint16_t>(bytes));
  out.bytes(text.substr(0, bytes));
}

void write_string_list(std::span<const std::string> list, ByteWriter& out) {
  MUST(list.size() <= UINT16_MAX);
  out.big(static_cast<uint16_t>(list.size()));
  for (const std::string& text : list) write_string(text, out);
}

void write_bytes(BytesView bytes, ByteWriter& out) {
  out.big(static_cast<int32_t>(bytes.size()));
  out.bytes(bytes);
}

void write_null(ByteWriter& out) { out.big(kNullLength); }

void write_short_bytes(BytesView bytes, ByteWriter& out) {
  MUST(bytes.size() <= UINT16_MAX);
  out.big(static_cast<uint16_t>(bytes.size()));
  out.bytes(bytes);
}

void write_inet_address(BytesView address, ByteWriter& out) {
  MUST(address.size() == 4 || address.size() == 16);
  out.u8(static_cast<uint8_t>(address.size()));
  out.bytes(address);
}

void write_inet(BytesView address, int32_t port, ByteWriter& out) {
  write_inet_address(address, out);
  out.big(port);
}

}  // namespace ringlet::wire
