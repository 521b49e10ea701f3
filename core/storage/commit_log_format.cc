#include "core/storage/commit_log_format.h"

#include "core/base/checksum.h"
#include "core/base/must.h"

namespace ringlet::log_format {
namespace {

constexpr size_t kSegmentChecksumAt = 60;
constexpr size_t kPayloadChecksumAt = 36;

// One number out of two: the multiplier is odd, so every (segment, offset) of a lifetime of segments gives its own seed.
uint64_t seed_of(SegmentId segment, uint64_t offset) { return segment.raw * 0x9E3779B97F4A7C15u + offset; }

// Never 0, so that a stretch of zeros is no record, and is seen at a glance.
uint32_t header_checksum(const char* record, uint64_t seed) {
  const uint32_t checksum = checksum32({record + 4, kRecordHeaderBytes - 4}, seed);
  return checksum == 0 ? 1 : checksum;
}

}  // namespace

void encode(const SegmentHeader& header, Bytes& out) {
  const size_t start = out.size();
  ByteWriter writer(out);
  writer.bytes(kMagic);
  writer.little(kVersion);
  writer.little(uint32_t{0});
  writer.little(header.segment.raw);
  writer.little(header.previous_segment.raw);
  writer.little(header.previous_end);
  writer.little(header.moved_bytes);
  out.append(12, '\0');
  writer.little(checksum32(BytesView(out).substr(start, kSegmentChecksumAt), 0));
  MUST(out.size() - start == kSegmentHeaderBytes);
}

Result<SegmentHeader> decode_segment_header(BytesView first_bytes) {
  if (first_bytes.size() < kSegmentHeaderBytes) return fail(Errc::corrupt, "the segment's header is cut short");
  if (first_bytes.substr(0, kMagic.size()) != kMagic) return fail(Errc::corrupt, "the segment has no header");
  if (load_little<uint32_t>(first_bytes.data() + kSegmentChecksumAt) !=
      checksum32(first_bytes.substr(0, kSegmentChecksumAt), 0)) {
    return fail(Errc::corrupt, "the segment's header fails its checksum");
  }
  ByteReader in(first_bytes.substr(kMagic.size()));
  if (const auto version = in.little<uint32_t>(); version != kVersion) {
    return fail(Errc::invalid, "written in commit log format " + std::to_string(version) +
                                   ", this ringlet reads format " + std::to_string(kVersion) +
                                   ": start the newer version that wrote it");
  }
  in.little<uint32_t>();
  SegmentHeader header;
  header.segment = SegmentId{in.little<uint64_t>()};
  header.previous_segment = SegmentId{in.little<uint64_t>()};
  header.previous_end = in.little<uint64_t>();
  header.moved_bytes = in.little<uint64_t>();
  return header;
}

void encode(const RecordHeader& header, BytesView payload, SegmentId segment, uint64_t offset, Bytes& out) {
  MUST(header.length == payload.size() && offset % kAlignment == 0);
  const uint64_t seed = seed_of(segment, offset);
  const size_t start = out.size();
  char raw[kRecordHeaderBytes] = {};
  store_little(raw + 4, header.length);
  store_little(raw + 8, header.synced_through);
  store_little(raw + 12, header.shard.raw);
  store_little(raw + 14, header.shard_count);
  std::memcpy(raw + 16, header.table.raw.data(), 16);
  raw[32] = static_cast<char>(header.kind);
  out.append(raw, sizeof raw);
  out.append(payload);
  out.resize(start + record_bytes(payload.size()));
  char* record = out.data() + start;
  store_little(record + kPayloadChecksumAt, checksum32(BytesView(out).substr(start + kRecordHeaderBytes), seed));
  store_little(record, header_checksum(record, seed));
}

std::optional<FoundRecord> find_record(BytesView bytes, SegmentId segment, uint64_t offset) {
  if (offset % kAlignment != 0 || bytes.size() < kRecordHeaderBytes) return {};
  const uint64_t seed = seed_of(segment, offset);
  const char* record = bytes.data();
  const auto stored_checksum = load_little<uint32_t>(record);
  if (stored_checksum == 0 || stored_checksum != header_checksum(record, seed)) return {};
  FoundRecord found;
  found.header.length = load_little<uint32_t>(record + 4);
  found.header.synced_through = load_little<uint32_t>(record + 8);
  found.header.shard = ShardId{load_little<uint16_t>(record + 12)};
  found.header.shard_count = load_little<uint16_t>(record + 14);
  found.header.table = uuid_from_bytes({record + 16, 16});
  found.header.kind = static_cast<RecordKind>(record[32]);
  found.bytes = record_bytes(found.header.length);
  if (bytes.size() < found.bytes || found.header.kind > RecordKind::closed) return found;
  const BytesView body{record + kRecordHeaderBytes, found.bytes - kRecordHeaderBytes};
  found.payload_intact = load_little<uint32_t>(record + kPayloadChecksumAt) == checksum32(body, seed);
  if (found.payload_intact) found.payload = body.substr(0, found.header.length);
  return found;
}

}  // namespace ringlet::log_format
