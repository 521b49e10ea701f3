#include "core/storage/commit_log_format.h"

#include "core/base/checksum.h"
#include "core/base/must.h"

namespace ringlet::log_format {
namespace {

constexpr size_t kSegmentChecksumAt = 60, kMadeChecksumAt = 24;
constexpr size_t kHeaderChecksumAt = 1, kPayloadChecksumAt = 5, kFieldsAt = 9;
constexpr uint8_t kMark = 0xA8, kMarkBits = 0xF8, kTableIsElsewhere = 1;

// One number out of two: the multiplier is odd, so every (segment, offset) of a lifetime of segments gives its own seed.
uint64_t seed_of(SegmentId segment, uint64_t offset) { return segment.raw * 0x9E3779B97F4A7C15u + offset; }

void seal(char* record, size_t header_bytes, size_t payload_bytes, uint64_t seed) {
  store_little(record + kPayloadChecksumAt, checksum32({record + header_bytes, payload_bytes}, seed));
  const auto mark = static_cast<uint8_t>(*record);
  store_little(record + kHeaderChecksumAt,
               checksum32({record + kPayloadChecksumAt, header_bytes - kPayloadChecksumAt}, ~seed + mark));
}

void encode_made(SegmentId segment, ByteWriter& writer) {
  const size_t start = writer.size();
  writer.bytes(kMagic);
  writer.little(kVersion);
  writer.little(uint32_t{0});
  writer.little(segment.raw);
  writer.little(checksum32(BytesView(writer.out()).substr(start), 0));
  writer.little(uint32_t{0});
}

bool parse_group_fields(ByteReader& in, RecordHeader& header) {
  const uint64_t records = in.unsigned_vint(), plain_bytes = in.unsigned_vint();
  if (records == 0 || records > kGroupBytesMax || plain_bytes > kGroupBytesMax) return false;
  header.records = static_cast<uint32_t>(records);
  header.plain_bytes = static_cast<uint32_t>(plain_bytes);
  return true;
}

// The header alone: `length` may say more than there is. `back`: how far the table is; 0: here.
struct ParsedHeader {
  FoundRecord found;
  uint64_t back = 0;
};
std::optional<ParsedHeader> parse_header(BytesView bytes, SegmentId segment, uint64_t offset) {
  if (bytes.size() < kRecordHeaderBytesMin) return {};
  const auto mark = static_cast<uint8_t>(bytes[0]);
  if ((mark & kMarkBits) != kMark) return {};
  ByteReader in(bytes.substr(kFieldsAt, kRecordHeaderBytesMax - kFieldsAt));
  ParsedHeader parsed;
  RecordHeader& header = parsed.found.header;
  const uint64_t length = in.unsigned_vint(), unsynced = in.unsigned_vint();
  const uint64_t shard = in.unsigned_vint(), shard_count = in.unsigned_vint();
  header.kind = static_cast<RecordKind>((mark & ~kMarkBits) >> 1);
  parsed.found.table_whole = (mark & kTableIsElsewhere) == 0;
  if (header.kind == RecordKind::group) {
    if (!parse_group_fields(in, header)) return {};
  } else if (parsed.found.table_whole) {
    const BytesView table = in.bytes(16);
    if (!in.bad()) header.table = uuid_from_bytes(table);
  } else {
    parsed.back = in.unsigned_vint();
  }
  if (in.bad() || length > UINT32_MAX || shard > UINT16_MAX || shard_count > UINT16_MAX) return {};
  parsed.found.header_bytes = static_cast<uint64_t>(in.position() - bytes.data());
  const uint64_t seed = ~seed_of(segment, offset) + mark;
  if (load_little<uint32_t>(bytes.data() + kHeaderChecksumAt) !=
      checksum32(bytes.substr(kPayloadChecksumAt, parsed.found.header_bytes - kPayloadChecksumAt), seed))
    return {};
  header.length = static_cast<uint32_t>(length);
  // What was moved keeps its distance from a start that is not there: that proves nothing.
  header.synced_through = unsynced + kSegmentHeaderBytes < offset ? offset - unsynced : 0;
  header.shard = ShardId{static_cast<uint16_t>(shard)};
  header.shard_count = static_cast<uint16_t>(shard_count);
  parsed.found.bytes = parsed.found.header_bytes + length;
  return parsed;
}

}  // namespace

void encode(const SegmentHeader& header, Bytes& out) {
  const size_t start = out.size();
  ByteWriter writer(out);
  encode_made(header.segment, writer);
  writer.little(header.previous_segment.raw);
  writer.little(header.previous_end);
  writer.little(header.moved_bytes);
  writer.little(uint32_t{0});
  writer.little(checksum32(BytesView(out).substr(start, kSegmentChecksumAt), 0));
  MUST(out.size() - start == kSegmentHeaderBytes);
}

Bytes encode_made_segment(SegmentId segment) {
  Bytes bytes;
  ByteWriter writer(bytes);
  encode_made(segment, writer);
  bytes.resize(kSegmentHeaderBytes);
  return bytes;
}

bool is_made_segment(BytesView first_bytes, SegmentId segment) {
  constexpr size_t kMadeBytes = kMadeChecksumAt + sizeof(uint32_t);
  return first_bytes.substr(0, kMadeBytes) == BytesView(encode_made_segment(segment)).substr(0, kMadeBytes);
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
                                   ": start the version that wrote it");
  }
  in.little<uint32_t>();
  SegmentHeader header;
  header.segment = SegmentId{in.little<uint64_t>()};
  in.little<uint64_t>();
  header.previous_segment = SegmentId{in.little<uint64_t>()};
  header.previous_end = in.little<uint64_t>();
  header.moved_bytes = in.little<uint64_t>();
  return header;
}

void encode(const RecordHeader& header, BytesView payload, SegmentId segment, uint64_t offset, Bytes& out,
            uint64_t table_back) {
  MUST(header.length == payload.size() && header.synced_through <= offset && table_back <= kTableReachBytes);
  const size_t start = out.size();
  const int kind = static_cast<int>(header.kind) << 1;
  char raw[kRecordHeaderBytesMax];
  raw[0] = static_cast<char>(kMark | kind | (table_back != 0 ? kTableIsElsewhere : 0));
  size_t bytes = kFieldsAt;
  for (const uint64_t field : {uint64_t{header.length}, offset - header.synced_through, uint64_t{header.shard.raw},
                               uint64_t{header.shard_count}})
    bytes += store_unsigned_vint(raw + bytes, field);
  if (header.kind == RecordKind::group) {
    bytes += store_unsigned_vint(raw + bytes, header.records);
    bytes += store_unsigned_vint(raw + bytes, header.plain_bytes);
  } else if (table_back != 0) {
    bytes += store_unsigned_vint(raw + bytes, table_back);
  } else {
    std::memcpy(raw + bytes, header.table.raw.data(), 16);
    bytes += 16;
  }
  out.append(raw, bytes);
  out.append(payload);
  seal(out.data() + start, bytes, payload.size(), seed_of(segment, offset));
}

uint64_t next_mark(BytesView bytes, uint64_t from) {
  constexpr uint64_t kOnes = 0x0101010101010101, kHighs = 0x8080808080808080;
  for (; from + 8 <= bytes.size(); from += 8) {
    const uint64_t differs = (load_little<uint64_t>(bytes.data() + from) ^ (kMark * kOnes)) & (kMarkBits * kOnes);
    if (((differs - kOnes) & ~differs & kHighs) != 0) break;  // one of the eight does not
  }
  while (from < bytes.size() && (static_cast<uint8_t>(bytes[from]) & kMarkBits) != kMark) ++from;
  return from;
}

std::optional<FoundRecord> find_record(BytesView bytes, SegmentId segment, uint64_t offset, uint64_t begin) {
  const BytesView here = bytes.substr(offset - begin);
  auto parsed = parse_header(here, segment, offset);
  if (!parsed) return {};
  FoundRecord& found = parsed->found;
  bool table_told = found.table_whole;
  if (!table_told && parsed->back <= kTableReachBytes && parsed->back <= offset - begin) {
    const uint64_t at = offset - parsed->back;
    const auto teller = parse_header(bytes.substr(at - begin), segment, at);
    table_told = teller && teller->found.table_whole && teller->found.header.kind != RecordKind::group;
    if (table_told) found.header.table = teller->found.header.table;
  }
  if (!table_told || here.size() < found.bytes) return found;
  const BytesView payload = here.substr(found.header_bytes, found.header.length);
  found.payload_intact =
      load_little<uint32_t>(here.data() + kPayloadChecksumAt) == checksum32(payload, seed_of(segment, offset));
  if (found.payload_intact) found.payload = payload;
  return found;
}

void move_record(const FoundRecord& found, BytesView record, SegmentId segment, uint64_t offset, Bytes& out) {
  const size_t start = out.size();
  out.append(record.substr(0, found.bytes));
  seal(out.data() + start, found.header_bytes, found.header.length, seed_of(segment, offset));
}

}  // namespace ringlet::log_format
