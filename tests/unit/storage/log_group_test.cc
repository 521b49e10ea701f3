#include "core/storage/log_group.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "core/storage/log_replay.h"
#include "core/storage/log_tail.h"
#include "tests/unit/os_world.h"

namespace ringlet {
namespace {

using namespace log_format;

constexpr SegmentId kSegment{42};
constexpr uint64_t kSegmentBytes = 1u << 20;

TableId table(uint8_t n) {
  TableId id;
  id.raw[15] = n;
  return id;
}

struct Seen {
  std::string payload;
  TableId table;
  ShardId shard;
  uint64_t end;
  friend bool operator==(const Seen&, const Seen&) = default;
};
struct Scanned {
  LogScan scan;
  std::vector<Seen> records;
};
Scanned scan(BytesView bytes, std::optional<uint64_t> end = {}, uint64_t from = kSegmentHeaderBytes) {
  Scanned found;
  const auto visit = [&found](const FoundRecord& record, uint64_t at) -> Status {
    CHECK_EQ(record.header.length, record.payload.size());
    CHECK_EQ(record.header.kind, RecordKind::mutation);
    CHECK_EQ(record.header.shard_count, 2);
    found.records.push_back({std::string(record.payload), record.header.table, record.header.shard, at});
    return {};
  };
  LogScan::Part part;
  part.from = from;
  found.scan = scan_log_segment(bytes, kSegment, end, visit, part);
  return found;
}

// Sensors' readings: the same but for a few bytes of each.
Bytes reading(uint64_t n) {
  return "sensor-" + std::to_string(n * 7919 % 100) + ": temperature=" + std::to_string(n * 31);
}
Bytes noise(size_t bytes, uint64_t seed) {
  std::mt19937_64 dice(seed);
  Bytes text;
  while (text.size() < bytes) text += static_cast<char>(dice());
  return text;
}

// A segment as the log's leader writes it, on a real file.
class Segment {
 public:
  Segment() {
    auto file = world_.disk().open("segment", OpenMode::create).value();
    REQUIRE(world_.run(tail_.go_on_in({kSegment, kSegmentBytes, std::move(file)})));
  }
  bool group(const std::vector<Bytes>& payloads) {
    std::vector<LogAppend> appends;
    for (size_t i = 0; i < payloads.size(); ++i)
      appends.push_back({table(static_cast<uint8_t>(i % 2)), payloads[i], true, {}});
    for (size_t i = 0; i < appends.size(); ++i) {
      REQUIRE(group_.takes(appends[i]));
      group_.add(appends[i], shard(i));
    }
    const uint64_t before = tail_.end(), most = group_.bytes_max();
    starts.push_back(before);
    const bool packed = group_.write(tail_, 2);
    CHECK_LE(tail_.end() - before, most);
    CHECK_EQ(group_.bytes_max(), 0);
    for (size_t i = 0; i < appends.size(); ++i)
      written.push_back({payloads[i], appends[i].table, shard(i), appends[i].end.offset});
    CHECK_EQ(written.back().end, tail_.end());
    return packed;
  }
  bool readings(size_t count) {
    std::vector<Bytes> payloads;
    for (size_t i = 0; i < count; ++i) payloads.push_back(reading(next_++));
    return group(payloads);
  }
  // Groups of 20, each synced before the next one is written.
  void synced_readings(int groups) {
    for (int n = 0; n < groups; ++n) {
      CHECK(readings(20));
      sync();
    }
  }
  void sync() { REQUIRE(world_.run(tail_.sync())); }
  Bytes bytes() {
    sync();
    Bytes all(tail_.end(), '\0');
    auto file = world_.disk().open("segment", OpenMode::read).value();
    REQUIRE_EQ(file->read_now(0, all).value(), all.size());
    return all;
  }
  LogTail& tail() { return tail_; }
  OsWorld& world() { return world_; }

  std::vector<uint64_t> starts;  // of what each group() wrote
  std::vector<Seen> written;

 private:
  static ShardId shard(size_t i) { return ShardId{static_cast<uint16_t>(i / 3 % 2)}; }
  OsWorld world_;
  LogTail tail_;
  LogGroup group_;
  uint64_t next_ = 0;
};

std::vector<Seen> part_of(const std::vector<Seen>& all, size_t from, size_t count) {
  return {all.begin() + static_cast<std::ptrdiff_t>(from), all.begin() + static_cast<std::ptrdiff_t>(from + count)};
}

TEST_SUITE("log_group") {
  TEST_CASE("records written together come back one by one, each with its table, shard and position, in fewer bytes") {
    Segment segment;
    CHECK(segment.readings(40));
    const Bytes bytes = segment.bytes();
    const Scanned found = scan(bytes);
    CHECK_EQ(found.scan.records, 40);
    CHECK_EQ(found.scan.groups, 1);
    CHECK_EQ(found.scan.end, bytes.size());
    CHECK(found.records == segment.written);
    uint64_t plain = 0, last = segment.starts[0];
    for (const Seen& record : found.records) {
      CHECK_GT(record.end, last);
      last = record.end;
      plain += record.payload.size() + kRecordHeaderBytesMin;
    }
    CHECK_LT(bytes.size() - kSegmentHeaderBytes, plain * 7 / 8);
  }

  TEST_CASE("the bytes of a group of version 3 stay as they are") {
    const Bytes plain = Bytes("\5\1", 2) + Bytes(16, 't') + "hello" + Bytes("\0\0", 2) + Bytes(16, 'u');
    const Bytes block = "\xf0" + Bytes(1, static_cast<char>(plain.size() - 15)) + plain;  // literals alone
    RecordHeader header{static_cast<uint32_t>(block.size()), 64, ShardId{0}, 2, {}, RecordKind::group};
    header.records = 2;
    header.plain_bytes = static_cast<uint32_t>(plain.size());
    Bytes bytes(kSegmentHeaderBytes, '\0');
    encode(header, block, kSegment, bytes.size(), bytes);
    CHECK_EQ(to_hex(BytesView(bytes).substr(kSegmentHeaderBytes)),
             "aec80cc9e7b35322af2b0000020229f01a05017474747474747474747474747474747468656c6c6f0000757575757575757575757"
             "57575757575");
    const Scanned found = scan(bytes);
    CHECK(found.records == std::vector<Seen>{{"hello", uuid_from_bytes(Bytes(16, 't')), ShardId{1}, bytes.size() - 1},
                                             {"", uuid_from_bytes(Bytes(16, 'u')), ShardId{0}, bytes.size()}});
  }

  TEST_CASE("any bit that flips in a synced group is a hole of that group, and costs no record of another") {
    Segment segment;
    segment.synced_readings(3);
    const Bytes bytes = segment.bytes();
    auto others = part_of(segment.written, 0, 20);
    for (const Seen& record : part_of(segment.written, 40, 20)) others.push_back(record);
    for (uint64_t bit = segment.starts[1] * 8; bit < segment.starts[2] * 8; ++bit) {
      CAPTURE(bit);
      Bytes damaged = bytes;
      damaged[bit / 8] ^= static_cast<char>(1 << bit % 8);
      const Scanned found = scan(damaged);
      REQUIRE_EQ(found.scan.holes.size(), 1);
      CHECK_EQ(found.scan.holes[0].begin, segment.starts[1]);
      CHECK_EQ(found.scan.holes[0].end, segment.starts[2]);
      CHECK(found.records == others);
    }
  }

  TEST_CASE("a bit that flips in the last group is told as a torn tail of its bytes, and none of its records counts") {
    Segment segment;
    segment.synced_readings(2);
    const Bytes bytes = segment.bytes();
    for (uint64_t bit = segment.starts[1] * 8; bit < bytes.size() * 8; ++bit) {
      CAPTURE(bit);
      Bytes damaged = bytes + Bytes(100, '\0');
      damaged[bit / 8] ^= static_cast<char>(1 << bit % 8);
      const Scanned found = scan(damaged);
      CHECK(found.scan.holes.empty());
      CHECK(found.scan.torn_tail);
      CHECK_EQ(found.scan.torn_bytes, bytes.size() - segment.starts[1]);
      CHECK(found.records == part_of(segment.written, 0, 20));
    }
  }

  TEST_CASE("a group torn at any byte is cut whole, and what was synced before it stays") {
    Segment segment;
    segment.synced_readings(2);
    const Bytes bytes = segment.bytes();
    for (uint64_t cut = segment.starts[1]; cut < bytes.size(); ++cut) {
      CAPTURE(cut);
      Bytes torn = bytes.substr(0, cut);
      torn.resize(bytes.size() + 100, '\0');
      const Scanned found = scan(torn);
      CHECK(found.scan.holes.empty());
      CHECK_EQ(found.scan.end, segment.starts[1]);
      CHECK(found.records == part_of(segment.written, 0, 20));
    }
  }

  TEST_CASE("groups and records alone stand beside each other, and a scan goes on from any of them") {
    Segment segment;
    size_t groups = 0;
    for (const size_t count : {20, 1, 30, 2, 1, 40}) groups += segment.readings(count) ? 1 : 0;
    CHECK_EQ(groups, 3);
    const Bytes bytes = segment.bytes();
    CHECK(scan(bytes).records == segment.written);
    size_t before = 0;
    for (size_t i = 0; i < segment.starts.size(); ++i) {
      const Scanned rest = scan(bytes, {}, segment.starts[i]);
      CHECK(rest.records == part_of(segment.written, before, segment.written.size() - before));
      before += std::vector<size_t>{20, 1, 30, 2, 1, 40}[i];
    }
  }

  TEST_CASE("what does not compress, and what is too little or too large for it, is written as it is") {
    Segment segment;
    CHECK_FALSE(segment.group({reading(1)}));
    CHECK_FALSE(segment.group({noise(4000, 1)}));
    CHECK_FALSE(segment.group({Bytes(kGroupBytesMax, 'x')}));
    CHECK_FALSE(segment.group({Bytes(100, 'x'), noise(900, 2)}));  // less than an eighth
    const Bytes bytes = segment.bytes();
    uint64_t plain = kSegmentHeaderBytes;
    for (const Seen& record : segment.written) plain += record.payload.size() + kRecordHeaderBytesMax;
    CHECK_LE(bytes.size(), plain);
    CHECK_EQ(scan(bytes).scan.groups, 0);
    CHECK(scan(bytes).records == segment.written);
  }

  TEST_CASE("after groups that did not compress ever fewer are tried, and one that does ends that") {
    Segment segment;
    const auto until_packed = [&segment] {
      size_t passed = 0;
      while (passed < 1000 && !segment.readings(20)) ++passed;
      return passed;
    };
    CHECK_EQ(until_packed(), 0);
    for (uint64_t seed = 0; seed < 2; ++seed) CHECK_FALSE(segment.group({noise(600, seed)}));
    CHECK_EQ(until_packed(), 0);  // the second one was passed over
    for (uint64_t seed = 0; seed < 20; ++seed) CHECK_FALSE(segment.group({noise(600, seed)}));
    CHECK_EQ(until_packed(), 10);  // tried: the first, third, seventh and fifteenth
    CHECK_EQ(until_packed(), 0);
    for (uint64_t seed = 0; seed < 1000; ++seed) CHECK_FALSE(segment.group({noise(600, seed)}));
    CHECK_LE(until_packed(), 127);
    CHECK(scan(segment.bytes()).records == segment.written);
  }

  TEST_CASE("each of many records that are all the same has a position of its own") {
    Segment segment;
    const std::vector<Bytes> same(600, Bytes(2, 'x'));
    segment.group(same);
    CHECK(scan(segment.bytes()).records == segment.written);
    for (size_t i = 1; i < segment.written.size(); ++i) CHECK_LT(segment.written[i - 1].end, segment.written[i].end);
    CHECK_GT(segment.written.front().end, segment.starts[0]);
  }

  TEST_CASE("a group that is written again elsewhere after a failed sync is the same records") {
    Segment segment;
    CHECK(segment.readings(20));
    const Bytes bytes = segment.bytes();
    const auto group = find_record(bytes, kSegment, segment.starts[0], 0);
    REQUIRE(group);
    Bytes moved;
    encode({SegmentId{50}, kSegment, segment.starts[0], group->bytes}, moved);
    moved += Bytes(100, '\0');
    move_record(*group, BytesView(bytes).substr(segment.starts[0]), SegmentId{50}, moved.size(), moved);
    std::vector<Bytes> found;
    const auto visit = [&found](const FoundRecord& record, uint64_t) -> Status {
      found.emplace_back(record.payload);
      return {};
    };
    LogScan::Part part;
    part.from = kSegmentHeaderBytes + 100;
    CHECK_EQ(scan_log_segment(moved, SegmentId{50}, {}, visit, part).end, moved.size());
    REQUIRE_EQ(found.size(), 20);
    for (size_t i = 0; i < found.size(); ++i) CHECK_EQ(found[i], segment.written[i].payload);
  }

  TEST_CASE("a group that holds something else than its header says is damaged, whatever its checksum") {
    GroupPacker packer;
    for (uint64_t n = 0; n < 20; ++n) packer.add({table(1), ShardId{1}, reading(n)});
    const RecordHeader sound = packer.pack(kGroupBytesMax).value();
    const auto found = [&](RecordHeader header, BytesView payload) {
      header.length = static_cast<uint32_t>(payload.size());
      header.shard_count = 2;
      Bytes bytes;
      encode({kSegment, SegmentId{41}, 4096, 0}, bytes);
      encode(header, payload, kSegment, bytes.size(), bytes);
      return scan(bytes, bytes.size());
    };
    CHECK_EQ(found(sound, packer.payload()).records.size(), 20);
    const auto damaged = [&](const RecordHeader& header, BytesView payload) {
      const Scanned scanned = found(header, payload);
      CHECK(scanned.records.empty());
      CHECK_EQ(scanned.scan.holes.size(), 1);
    };
    RecordHeader header = sound;
    header.records = 21;
    damaged(header, packer.payload());
    header = sound;
    header.plain_bytes += 1;
    damaged(header, packer.payload());
    damaged(sound, packer.payload().substr(1));
    damaged(sound, packer.payload().substr(0, packer.payload().size() - 1));
    damaged(sound, "");
    header.plain_bytes = kGroupBytesMax + 1;
    damaged(header, packer.payload());
  }
}

}  // namespace
}  // namespace ringlet
