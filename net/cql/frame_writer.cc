#include "net/cql/frame_writer.h"

#include "core/base/must.h"
#include "net/cql/compression.h"
#include "net/cql/envelope.h"
#include "net/cql/error_reply.h"
#include "net/cql/notation.h"
#include "net/cql/segment.h"

namespace ringlet::wire {
namespace {

void write_prefixes(const ResponseHead& head, ByteWriter& body) {
  if (head.trace) body.bytes(head.trace->bytes());
  if (head.version == Version::v3) return;
  if (!head.warnings.empty()) write_string_list(head.warnings, body);
  if (head.custom_payload.empty()) return;
  body.big(static_cast<uint16_t>(head.custom_payload.size()));
  for (const auto& [key, value] : head.custom_payload) {
    write_string(key, body);
    write_bytes(value, body);
  }
}

uint8_t flags_of(const ResponseHead& head) {
  uint8_t flags = head.trace ? flag::kTracing : 0;
  if (head.version == Version::v3) return flags;
  if (!head.warnings.empty()) flags |= flag::kWarning;
  if (!head.custom_payload.empty()) flags |= flag::kCustomPayload;
  return flags;
}

}  // namespace

void FrameWriter::start(Version version, Compression compression) {
  MUST(!started_ && !writing_);
  version_ = version;
  compression_ = compression;
  started_ = true;
}

ByteWriter& FrameWriter::begin(const ResponseHead& head) {
  MUST(!writing_ && (!started_ || head.version == version_));
  writing_ = true;
  if (in_segments() && !segment_at_) open_segment();
  envelope_at_ = out_.size();
  const EnvelopeHeader header{.version_byte = static_cast<uint8_t>(static_cast<uint8_t>(head.version) | 0x80),
                              .flags = flags_of(head),
                              .stream = head.stream,
                              .opcode_byte = static_cast<uint8_t>(head.opcode)};
  char raw[kEnvelopeHeaderBytes];
  encode_header(header, raw);  // its length is patched by end()
  out_.append(raw, sizeof raw);
  write_prefixes(head, body_);
  return body_;
}

void FrameWriter::end() {
  MUST(writing_);
  writing_ = false;
  const size_t body_at = envelope_at_ + kEnvelopeHeaderBytes;
  if (started_ && !in_segments() && compression_ == Compression::lz4 &&
      out_.size() - body_at >= kCompressBodyBytesMin && compress_body(out_, body_at, scratch_))
    out_[envelope_at_ + 1] = static_cast<char>(out_[envelope_at_ + 1] | flag::kCompression);
  const size_t body_bytes = out_.size() - body_at;
  MUST(body_bytes <= static_cast<size_t>(INT32_MAX));
  store_big(out_.data() + envelope_at_ + 5, static_cast<uint32_t>(body_bytes));
  if (in_segments()) place_in_segment();
}

void FrameWriter::abandon() {
  MUST(writing_);
  writing_ = false;
  out_.resize(envelope_at_);
}

// --- v5 segments -----------------------------------------------------------------------------------------------------

void FrameWriter::open_segment() {
  segment_at_ = out_.size();
  out_.append(segment_header_bytes(compression_), '\0');
}

// The envelope just written may have outgrown the open segment: then what came before it is sealed without it, and it
// moves on into the next one, or is cut into slices when no segment could hold it.
void FrameWriter::place_in_segment() {
  const size_t payload_at = *segment_at_ + segment_header_bytes(compression_);
  if (out_.size() - payload_at <= kSegmentPayloadMax) return;
  const Bytes envelope = out_.substr(envelope_at_);
  out_.resize(envelope_at_);
  flush();
  if (envelope.size() > kSegmentPayloadMax) {
    append_sliced(out_, envelope, compression_, scratch_);
  } else {
    open_segment();
    out_.append(envelope);
  }
}

void FrameWriter::flush() {
  MUST(!writing_);
  if (!segment_at_) return;
  if (out_.size() == *segment_at_ + segment_header_bytes(compression_))
    out_.resize(*segment_at_);  // everything in it was abandoned or moved on
  else
    seal_segment(out_, *segment_at_, compression_, true, scratch_);
  segment_at_.reset();
}

// --- refusals --------------------------------------------------------------------------------------------------------

void FrameWriter::write_refusal(const BadFrame& bad) {
  const ErrorReply reply = error_reply(bad.error, {});
  if (is_supported_version(bad.reply_version)) {
    const auto version = static_cast<Version>(bad.reply_version);
    write_error(reply, version, begin({.version = version, .opcode = Opcode::error, .stream = bad.stream}));
    return end();
  }
  Bytes message;  // v1 and v2: a stream of one byte
  ByteWriter body(message);
  write_error(reply, Version::v3, body);
  ByteWriter out(out_);
  out.u8(static_cast<uint8_t>(bad.reply_version | 0x80));
  out.u8(0);
  out.u8(static_cast<uint8_t>(bad.stream));
  out.u8(static_cast<uint8_t>(Opcode::error));
  out.big(static_cast<uint32_t>(message.size()));
  out.bytes(message);
}

}  // namespace ringlet::wire
