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
  std::vector<uint64_t> starts;  // of its records
  explicit Segment(SegmentHeader header = {kSegment, SegmentId{41}, 4096, 0}) { encode(header, bytes); }
  void add(BytesView payload, RecordKind kind = RecordKind::mutation) {
    starts.push_back(bytes.size());
    const RecordHeader header{static_cast<uint32_t>(payload.size()), synced, ShardId{1}, 2, table(), kind};
    encode(header, payload, kSegment, bytes.size(), bytes);
  }
  void sync() { synced = bytes.size(); }
  // Room that was preallocated, with what an earlier life of the file may have left in it.
  Bytes with_room(size_t room = 512) const {
    Segment old(SegmentHeader{SegmentId{7}, SegmentId{6}, 64, 0});
    Bytes file = bytes + std::string(room / 2, '\0');
    encode({5, 90, ShardId{1}, 2, table(), RecordKind::mutation}, "stale", SegmentId{7}, file.size(), file);
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
  TEST_CASE("the bytes of version 3 stay as they are") {
    Segment segment({kSegment, SegmentId{41}, 4096, 128});
    segment.sync();
    segment.add("hello, log");
    CHECK_EQ(to_hex(segment.bytes),
             "52494e474c4c4f4703000000000000002a000000000000000e9548040000000029000000000000000010000000000000"
             "8000000000000000000000000cdee9c6a883536db3b82d4eb90a000102a0a1a2a3a4a5a6a7a8a9aaabacadaeaf68656c"
             "6c6f2c206c6f67");
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
    segment.add("before it");
    segment.sync();
    const uint64_t at = segment.bytes.size();
    segment.add("payload");
    const BytesView bytes = segment.bytes;
    const auto record = find_record(bytes, kSegment, at, 0);
    REQUIRE(record.has_value());
    CHECK(record->payload_intact);
    CHECK_EQ(record->payload, "payload");
    CHECK_EQ(record->header, RecordHeader{7, at, ShardId{1}, 2, table(), RecordKind::mutation});
    CHECK_FALSE(find_record(bytes, SegmentId{43}, at, 0).has_value());  // left by the file's earlier life
    CHECK_FALSE(find_record(bytes, kSegment, at + 8, 8).has_value());   // put elsewhere by the medium
    CHECK_FALSE(find_record(Bytes(1024, '\0'), kSegment, at, 0).has_value());
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
    const uint64_t last = segment.starts.back();
    for (uint64_t cut = last; cut < segment.bytes.size(); ++cut) {
      CAPTURE(cut);
      Bytes file = segment.bytes.substr(0, cut);
      file.resize(segment.bytes.size() + 256, '\0');
      const Seen seen = scan(file);
      CHECK(seen.scan.holes.empty());
      CHECK_EQ(seen.payloads.size(), 2);
      CHECK_EQ(seen.scan.end, last);
    }
  }

  TEST_CASE("a bit that flips anywhere in the last record is told as a torn tail of its bytes, in its header too") {
    const Segment segment = three_batches();
    const uint64_t last = segment.starts.back();
    for (uint64_t bit = last * 8; bit < segment.bytes.size() * 8; ++bit) {
      CAPTURE(bit);
      Bytes file = segment.with_room();
      file[bit / 8] ^= static_cast<char>(1 << bit % 8);
      const Seen seen = scan(file);
      CHECK_EQ(seen.payloads.size(), 2);
      CHECK(seen.scan.torn_tail);
      CHECK_EQ(seen.scan.torn_bytes, segment.bytes.size() - last);
    }
  }

  TEST_CASE("a torn batch is cut whole from its first bad record on, even where a later one of it survived") {
    Segment segment = three_batches();
    segment.sync();
    const uint64_t batch = segment.bytes.size();
    for (const char* payload : {"four", "five", "six"}) segment.add(payload);
    Bytes file = segment.with_room();
    file[segment.starts[4] - 1] ^= 1;  // the end of the batch's first record
    CHECK_EQ(segment.starts[3], batch);
    const Seen seen = scan(file);
    CHECK_EQ(seen.payloads.size(), 3);
    CHECK(seen.scan.torn_tail);
    CHECK(seen.scan.holes.empty());
  }

  TEST_CASE("damage below what a later record knows to be synced is a hole, reported, and the rest is kept") {
    const Segment segment = three_batches();
    const uint64_t second = segment.starts[1], third = segment.starts[2];
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
    const uint64_t third = segment.starts[2];
    CHECK_EQ(scan(segment.with_room(), third).payloads.size(), 2);
    Bytes file = segment.with_room();
    file[segment.bytes.size() - 3] ^= 1;
    CHECK(scan(file).scan.holes.empty());
    CHECK_EQ(scan(file, segment.bytes.size()).scan.holes.size(), 1);
  }

  TEST_CASE("a clean stop proves its last batch") {
    Segment segment = three_batches();
    segment.sync();
    segment.add({}, RecordKind::closed);
    Bytes file = segment.with_room();
    file[segment.starts.back() - 5] ^= 1;
    const Seen seen = scan(file);
    CHECK_EQ(seen.payloads.size(), 2);
    CHECK_EQ(seen.scan.holes.size(), 1);
  }

  TEST_CASE(
      "records that follow one of their table do not repeat it, and damage to that one costs those behind it alone") {
    Segment segment;
    segment.add("tells the table");
    const uint64_t told = segment.starts.back();
    for (const char* payload : {"one more", "and one"}) {
      const uint64_t at = segment.bytes.size();
      const RecordHeader header{
          static_cast<uint32_t>(std::string_view(payload).size()), told, ShardId{1}, 2, table(), RecordKind::mutation};
      encode(header, payload, kSegment, at, segment.bytes, at - told);
      CHECK_LE(segment.bytes.size() - at, kRecordHeaderBytesMin + header.length + 1);
    }
    const uint64_t end = segment.bytes.size();
    const auto last = [&](const Bytes& bytes) {
      return find_record(bytes, kSegment, end - 7 - kRecordHeaderBytesMin, 0);
    };
    const auto found = last(segment.bytes);
    REQUIRE(found);
    CHECK_EQ(found->payload, "and one");
    CHECK_EQ(found->header.table, table());
    Bytes damaged = segment.bytes;
    damaged[told + 2] ^= 1;  // its header
    REQUIRE(last(damaged));
    CHECK_FALSE(last(damaged)->payload_intact);
    damaged = segment.bytes;
    damaged[told + 35] ^= 1;  // its payload
    CHECK(last(damaged)->payload_intact);
    CHECK_EQ(scan(segment.bytes, end).payloads.size(), 3);
    CHECK_EQ(scan(damaged, end).payloads.size(), 2);
  }

  TEST_CASE("what was moved elsewhere is the same record, of the same length, and proves nothing") {
    Segment segment;
    segment.sync();
    segment.add("payload");
    const uint64_t at = segment.starts.back(), to = kSegmentHeaderBytes;
    const auto record = find_record(segment.bytes, kSegment, at, 0);
    REQUIRE(record);
    Bytes moved;
    encode({SegmentId{50}, kSegment, at, record->bytes}, moved);
    move_record(*record, BytesView(segment.bytes).substr(at), SegmentId{50}, to, moved);
    const auto again = find_record(moved, SegmentId{50}, to, 0);
    REQUIRE(again);
    CHECK_EQ(again->payload, "payload");
    CHECK_EQ(again->bytes, record->bytes);
    CHECK_EQ(again->header.table, table());
    CHECK_EQ(again->header.synced_through, 0);
  }

  TEST_CASE("a segment that was made and never begun is told from one that lost its header") {
    Bytes made = encode_made_segment(kSegment);
    CHECK_EQ(made.size(), kSegmentHeaderBytes);
    CHECK(is_made_segment(made, kSegment));
    CHECK(is_made_segment(Segment().bytes, kSegment));
    CHECK_FALSE(is_made_segment(made, SegmentId{43}));
    CHECK_FALSE(decode_segment_header(made));
    CHECK_FALSE(is_made_segment(Bytes(64, '\0'), kSegment));
    made[17] ^= 1;
    CHECK_FALSE(is_made_segment(made, kSegment));
  }

  TEST_CASE("what somebody knows to have been on the medium is a hole where it is not, though nothing follows it") {
    const Segment segment = three_batches();
    Bytes file = segment.with_room();
    std::fill(file.begin() + static_cast<std::ptrdiff_t>(segment.starts[1]), file.end(), '\0');
    CHECK(scan(file).scan.holes.empty());
    LogScan::Part part;
    part.synced_through = segment.bytes.size();
    const auto visit = [](const FoundRecord&, uint64_t) -> Status { return {}; };
    const LogScan known = scan_log_segment(file, kSegment, {}, visit, part);
    REQUIRE_EQ(known.holes.size(), 1);
    CHECK_EQ(known.holes[0].begin, segment.starts[1]);
    CHECK_EQ(known.holes[0].end, segment.bytes.size());
    CHECK_EQ(known.end, segment.starts[1]);
  }

  TEST_CASE("the next byte that may begin a record is found wherever it lies, and none is made up") {
    for (size_t at = 0; at < 40; ++at) {
      Bytes bytes(40, '\x28');  // a mark but for its highest bit
      bytes[at] = static_cast<char>(0xA8 + at % 6);
      for (size_t from = 0; from <= 40; ++from) CHECK_EQ(log_format::next_mark(bytes, from), from <= at ? at : 40);
    }
  }

  TEST_CASE("another format version is refused with both numbers") {
    Bytes bytes;
    encode({kSegment, SegmentId{}, 0, 0}, bytes);
    bytes[8] = 4;
    bytes.resize(60);
    ByteWriter(bytes).little(checksum32(bytes, 0));
    const Error error = decode_segment_header(bytes).error();
    CHECK_EQ(error.code, Errc::invalid);
    CHECK_NE(error.detail.find("format 4"), std::string::npos);
    CHECK_EQ(scan(bytes).scan.status.error().code, Errc::invalid);
  }
}

}  // namespace
}  // namespace ringlet
