#include "core/storage/commit_log_format.h"

#include <doctest/doctest.h>

#include "core/base/checksum.h"
#include "core/storage/log_replay.h"

namespace ringlet {
namespace {

using namespace log_format;

constexpr SegmentId kSegment{42};

TableId table() {
  TableId id;
  for (uint8_t i = 0; i < 16; ++i) id.raw[i] = static_cast<uint8_t>(0xA0 + i);
  return id;
}

// A segment in memory, built as the log builds it.
struct Segment {
  Bytes bytes;
  uint64_t synced = 0;
  explicit Segment(SegmentHeader header = {kSegment, SegmentId{41}, 4096, 0}) { encode(header, bytes); }
  void add(BytesView payload, RecordKind kind = RecordKind::mutation) {
    const RecordHeader header{
        static_cast<uint32_t>(payload.size()), static_cast<uint32_t>(synced), ShardId{1}, 2, table(), kind};
    encode(header, payload, kSegment, bytes.size(), bytes);
  }
  void sync() { synced = bytes.size(); }
  // Room that was preallocated, with what an earlier life of the file may have left in it.
  Bytes with_room(size_t room = 512) const {
    Segment old(SegmentHeader{SegmentId{7}, SegmentId{6}, 64, 0});
    Bytes file = bytes + std::string(room / 2, '\0');
    encode({5, 900, ShardId{1}, 2, table(), RecordKind::mutation}, "stale", SegmentId{7}, file.size(), file);
    file.resize(bytes.size() + room, '\0');
    return file;
  }
};

struct Seen {
  LogScan scan;
  std::vector<std::string> payloads;
};
Seen scan(BytesView bytes, std::optional<uint64_t> end = {}) {
  Seen seen;
  const auto visit = [&seen](const FoundRecord& record, uint64_t) -> Status {
    if (record.header.kind == RecordKind::mutation) seen.payloads.emplace_back(record.payload);
    return {};
  };
  seen.scan = scan_log_segment(bytes, kSegment, end, visit);
  return seen;
}

// Three batches of one record each, every one synced before the next.
Segment three_batches() {
  Segment segment;
  for (const char* payload : {"first record", "second", "the third one"}) {
    segment.sync();
    segment.add(payload);
  }
  return segment;
}

TEST_SUITE("commit_log_format") {
  TEST_CASE("the bytes of version 1 stay as they are") {
    Segment segment({kSegment, SegmentId{41}, 4096, 128});
    segment.sync();
    segment.add("hello, log");
    CHECK_EQ(to_hex(segment.bytes),
             "52494e474c4c4f4701000000000000002a00000000000000290000000000000000100000000000008000000000000000000000000"
             "0000000"
             "000000006fd8c5a2712772950a0000004000000001000200a0a1a2a3a4a5a6a7a8a9aaabacadaeaf0000000009a8ab1168656c6c6"
             "f2c206c"
             "6f67000000000000");
  }

  TEST_CASE("a segment header survives encode then decode, and every flipped bit in it is noticed") {
    const SegmentHeader header{kSegment, SegmentId{40}, 123456, 7890};
    Bytes bytes;
    encode(header, bytes);
    CHECK_EQ(decode_segment_header(bytes).value(), header);
    for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
      CAPTURE(bit);
      Bytes damaged = bytes;
      damaged[bit / 8] ^= static_cast<char>(1 << bit % 8);
      CHECK_EQ(decode_segment_header(damaged).error().code, Errc::corrupt);
    }
    for (size_t n = 0; n < bytes.size(); ++n) CHECK_FALSE(decode_segment_header(BytesView(bytes).substr(0, n)));
  }

  TEST_CASE("a record survives encode then decode, in its own place only") {
    Segment segment;
    segment.sync();
    const uint64_t at = segment.bytes.size();
    segment.add("payload");
    const BytesView bytes = BytesView(segment.bytes).substr(at);
    const auto record = find_record(bytes, kSegment, at);
    REQUIRE(record.has_value());
    CHECK(record->payload_intact);
    CHECK_EQ(record->payload, "payload");
    CHECK_EQ(record->header, RecordHeader{7, static_cast<uint32_t>(at), ShardId{1}, 2, table(), RecordKind::mutation});
    CHECK_FALSE(find_record(bytes, SegmentId{43}, at).has_value());  // left by the file's earlier life
    CHECK_FALSE(find_record(bytes, kSegment, at + 8).has_value());   // put elsewhere by the medium
    CHECK_FALSE(find_record(Bytes(1024, '\0'), kSegment, at).has_value());
  }

  TEST_CASE("an undamaged log ends where its records end, whatever the rest of the file holds") {
    const Segment segment = three_batches();
    const Seen seen = scan(segment.with_room());
    CHECK_EQ(seen.payloads, std::vector<std::string>{"first record", "second", "the third one"});
    CHECK_EQ(seen.scan.end, segment.bytes.size());
    CHECK_FALSE(seen.scan.torn_tail);
    CHECK(seen.scan.holes.empty());
  }

  TEST_CASE("the last batch may be torn anywhere: it is cut, and what was synced before it stays") {
    const Segment segment = three_batches();
    const uint64_t last = segment.bytes.size() - record_bytes(13);
    for (uint64_t cut = last; cut < segment.bytes.size(); ++cut) {
      CAPTURE(cut);
      Bytes file = segment.bytes.substr(0, cut);
      file.resize(segment.bytes.size() + 256, '\0');
      const Seen seen = scan(file);
      CHECK(seen.scan.holes.empty());
      const bool only_padding_lost = cut >= last + kRecordHeaderBytes + 13;
      CHECK_EQ(seen.payloads.size(), only_padding_lost ? 3 : 2);
      if (!only_padding_lost) CHECK_EQ(seen.scan.end, last);
    }
  }

  TEST_CASE("a torn batch is cut whole from its first bad record on, even where a later one of it survived") {
    Segment segment = three_batches();
    segment.sync();
    const uint64_t batch = segment.bytes.size();
    for (const char* payload : {"four", "five", "six"}) segment.add(payload);
    Bytes file = segment.with_room();
    file[batch + kRecordHeaderBytes] ^= 1;
    const Seen seen = scan(file);
    CHECK_EQ(seen.payloads.size(), 3);
    CHECK(seen.scan.torn_tail);
    CHECK(seen.scan.holes.empty());
  }

  TEST_CASE("damage below what a later record knows to be synced is a hole, reported, and the rest is kept") {
    const Segment segment = three_batches();
    const uint64_t second = kSegmentHeaderBytes + record_bytes(12), third = second + record_bytes(6);
    for (uint64_t bit = second * 8; bit < third * 8; ++bit) {
      CAPTURE(bit);
      Bytes file = segment.with_room();
      file[bit / 8] ^= static_cast<char>(1 << bit % 8);
      const Seen seen = scan(file);
      CHECK_EQ(seen.payloads, std::vector<std::string>{"first record", "the third one"});
      REQUIRE_EQ(seen.scan.holes.size(), 1);
      CHECK_EQ(seen.scan.holes[0].begin, second);
      CHECK_EQ(seen.scan.holes[0].end, third);
    }
  }

  TEST_CASE("a damaged segment header is a hole once anything was synced behind it, and costs no record") {
    Bytes file = three_batches().with_room();
    file[20] ^= 1;
    const Seen seen = scan(file);
    CHECK_EQ(seen.payloads.size(), 3);
    CHECK_EQ(seen.scan.holes.size(), 1);
    CHECK_FALSE(seen.scan.header.has_value());
  }

  TEST_CASE(
      "what the next segment tells about the end is believed: damage below is a hole, records above are passed over") {
    const Segment segment = three_batches();
    const uint64_t third = segment.bytes.size() - record_bytes(13);
    CHECK_EQ(scan(segment.with_room(), third).payloads.size(), 2);
    Bytes file = segment.with_room();
    file[third + 50] ^= 1;
    CHECK(scan(file).scan.holes.empty());
    CHECK_EQ(scan(file, segment.bytes.size()).scan.holes.size(), 1);
  }

  TEST_CASE("a clean stop proves its last batch") {
    Segment segment = three_batches();
    segment.sync();
    segment.add({}, RecordKind::closed);
    Bytes file = segment.with_room();
    file[segment.bytes.size() - kRecordHeaderBytes - 10] ^= 1;
    const Seen seen = scan(file);
    CHECK_EQ(seen.payloads.size(), 2);
    CHECK_EQ(seen.scan.holes.size(), 1);
  }

  TEST_CASE("a newer format version is refused with both numbers") {
    Bytes bytes;
    encode({kSegment, SegmentId{}, 0, 0}, bytes);
    bytes[8] = 2;
    bytes.resize(60);
    ByteWriter(bytes).little(checksum32(bytes, 0));
    const Error error = decode_segment_header(bytes).error();
    CHECK_EQ(error.code, Errc::invalid);
    CHECK_NE(error.detail.find("format 2"), std::string::npos);
    CHECK_EQ(scan(bytes).scan.status.error().code, Errc::invalid);
  }
}

}  // namespace
}  // namespace ringlet
