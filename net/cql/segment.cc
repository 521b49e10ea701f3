#include "net/cql/segment.h"

#include <algorithm>

#include "core/base/must.h"
#include "net/cql/compression.h"
#include "net/cql/crc.h"

namespace ringlet::wire {
namespace {

constexpr size_t kCrc24Bytes = 3;
constexpr int kLengthBits = 17;
constexpr uint64_t kLengthMask = kSegmentPayloadMax;

void store_little_bytes(char* at, uint64_t value, size_t bytes) {
  for (size_t i = 0; i < bytes; ++i) at[i] = static_cast<char>(value >> (8 * i));
}

uint64_t load_little_bytes(const char* at, size_t bytes) {
  uint64_t value = 0;
  for (size_t i = 0; i < bytes; ++i) value |= static_cast<uint64_t>(static_cast<uint8_t>(at[i])) << (8 * i);
  return value;
}

}  // namespace

void encode_segment_header(const SegmentHeader& header, Compression compression, char* at) {
  MUST(header.wire_bytes <= kSegmentPayloadMax && header.uncompressed_bytes <= kSegmentPayloadMax);
  const size_t packed_bytes = segment_header_bytes(compression) - kCrc24Bytes;
  uint64_t packed = header.wire_bytes;
  int self_contained_bit = kLengthBits;
  if (compression == Compression::lz4) {
    packed |= static_cast<uint64_t>(header.uncompressed_bytes) << kLengthBits;
    self_contained_bit = 2 * kLengthBits;
  }
  packed |= static_cast<uint64_t>(header.self_contained) << self_contained_bit;
  store_little_bytes(at, packed, packed_bytes);
  store_little_bytes(at + packed_bytes, crc24({at, packed_bytes}), kCrc24Bytes);
}

Result<SegmentHeader> decode_segment_header(const char* at, Compression compression) {
  const size_t packed_bytes = segment_header_bytes(compression) - kCrc24Bytes;
  if (crc24({at, packed_bytes}) != load_little_bytes(at + packed_bytes, kCrc24Bytes))
    return fail(Errc::protocol, "Segment header does not match its CRC24; the rest of the connection cannot be read");
  const uint64_t packed = load_little_bytes(at, packed_bytes);
  SegmentHeader header{.wire_bytes = static_cast<uint32_t>(packed & kLengthMask)};
  int self_contained_bit = kLengthBits;
  if (compression == Compression::lz4) {
    header.uncompressed_bytes = static_cast<uint32_t>((packed >> kLengthBits) & kLengthMask);
    self_contained_bit = 2 * kLengthBits;
  }
  header.self_contained = (packed >> self_contained_bit) & 1;
  return header;
}

Result<BytesView> open_segment_payload(const SegmentHeader& header, BytesView payload, uint32_t crc, Bytes& scratch) {
  MUST(payload.size() == header.wire_bytes);
  if (crc32(payload) != crc) return fail(Errc::protocol, "Segment payload does not match its CRC32");
  if (header.uncompressed_bytes == 0) return payload;
  TRY_STATUS(decompress_block(payload, header.uncompressed_bytes, scratch));
  return BytesView(scratch);
}

void seal_segment(Bytes& out, size_t header_at, Compression compression, bool self_contained, Bytes& scratch) {
  const size_t payload_at = header_at + segment_header_bytes(compression);
  MUST(out.size() >= payload_at && out.size() - payload_at <= kSegmentPayloadMax);
  SegmentHeader header{.wire_bytes = static_cast<uint32_t>(out.size() - payload_at), .self_contained = self_contained};
  if (compression == Compression::lz4 && compress_block(BytesView(out).substr(payload_at), scratch)) {
    header.uncompressed_bytes = header.wire_bytes;
    header.wire_bytes = static_cast<uint32_t>(scratch.size());
    std::memcpy(out.data() + payload_at, scratch.data(), scratch.size());
    out.resize(payload_at + scratch.size());
  }
  encode_segment_header(header, compression, out.data() + header_at);
  ByteWriter(out).little(crc32(BytesView(out).substr(payload_at)));
}

void append_sliced(Bytes& out, BytesView envelope, Compression compression, Bytes& scratch) {
  while (!envelope.empty()) {
    const BytesView slice = envelope.substr(0, std::min(envelope.size(), kSegmentPayloadMax));
    envelope.remove_prefix(slice.size());
    const size_t header_at = out.size();
    out.append(segment_header_bytes(compression), '\0');
    out.append(slice);
    seal_segment(out, header_at, compression, false, scratch);
  }
}

}  // namespace ringlet::wire
