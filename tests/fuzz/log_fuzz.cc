// Any bytes as a commit log segment: the scanner must end, stay inside them, and count what it reports.
//
// A fuzzer seldom guesses a seeded checksum, so the input is a script: byte 0 picks whether the successor's word about the end
// is known, then each step appends a sound record (and may sync, or leave its table to an earlier one) or a group of them, or
// damages bytes that are there, or appends raw bytes, or a group that holds anything. Without damage every record must come
// back; with damage, whatever comes back must be one of those written, whole. Only where the input gave the bytes themselves
// may there be another: libFuzzer copies records out of the corpus' sound segments to the very offset they were made for, and
// is told what a checksum was compared with.
// The input is scanned as it is, too.
#include <algorithm>
#include <cstdint>
#include <set>
#include <vector>

#include "core/base/checksum.h"
#include "core/base/must.h"
#include "core/storage/log_group_format.h"
#include "core/storage/log_replay.h"

using namespace ringlet;
using namespace ringlet::log_format;

namespace {

constexpr SegmentId kSegment{3};

struct Script {
  Bytes bytes;
  std::set<std::string> written;
  size_t records = 0;
  uint64_t synced = 0, table_at = 0;  // the last record that has its table whole
  bool damaged = false;
  std::vector<std::pair<uint64_t, uint64_t>> forged;  // from, to: bytes that are the input's own
};

bool touches_forged(const Script& script, uint64_t begin, uint64_t end) {
  return std::ranges::any_of(script.forged,
                             [&](const auto& range) { return begin < range.second && end > range.first; });
}

void append(Script& script, BytesView payload, bool sync, bool table_elsewhere) {
  const uint64_t at = script.bytes.size(), back = at - script.table_at;
  if (sync) script.synced = at;
  const bool elsewhere = table_elsewhere && script.table_at != 0 && back <= kTableReachBytes;
  if (!elsewhere) script.table_at = at;
  const RecordHeader header{static_cast<uint32_t>(payload.size()), script.synced, ShardId{0}, 1, {}, {}};
  encode(header, payload, kSegment, at, script.bytes, elsewhere ? back : 0);
  script.written.emplace(payload);
  ++script.records;
}

// Records that are pieces of the input, or (`as_is`) bytes that were never packed under a header that says they were.
void append_group(Script& script, BytesView piece, bool sync, bool as_is) {
  const uint64_t at = script.bytes.size();
  if (sync) script.synced = at;
  GroupPacker packer;
  const uint64_t records = 1 + piece.size() / 7;
  for (uint64_t n = 0; n < records; ++n) {
    const BytesView payload = piece.substr(n * 7, 7 + n);
    packer.add({{}, ShardId{static_cast<uint16_t>(n)}, payload});
    script.written.emplace(payload);
  }
  auto header = packer.pack(kGroupBytesMax);
  if (!header) return;
  header->synced_through = script.synced;
  if (as_is) {
    header->length = static_cast<uint32_t>(piece.size());
    script.damaged = true;
  }
  encode(*header, as_is ? piece : packer.payload(), kSegment, at, script.bytes);
  if (as_is) {
    script.forged.emplace_back(at, script.bytes.size());
  } else {
    script.records += records;
  }
}

Script run(ByteReader& in) {
  Script script;
  encode({kSegment, SegmentId{2}, 64, 0}, script.bytes);
  while (!in.done() && script.bytes.size() < (64u << 10)) {
    const uint8_t step = in.u8();
    const size_t size = in.u8();
    if (step >= 96 && step < 128) {
      append_group(script, in.bytes(std::min(size, in.left())), step & 1, step >= 124);
    } else if (step < 128) {
      append(script, in.bytes(std::min(size, in.left())), step & 1, step & 2);
    } else if (step < 192) {
      script.bytes[in.little<uint16_t>() % script.bytes.size()] ^= static_cast<char>(size | 1);
      script.damaged = true;
    } else {
      const uint64_t from = script.bytes.size();
      script.bytes.append(in.bytes(std::min(size, in.left())));
      script.forged.emplace_back(from, script.bytes.size());
      script.damaged = true;
    }
  }
  return script;
}

uint64_t check(const Script& script, std::optional<uint64_t> end) {
  uint64_t trace = 0, last = 0;
  const auto visit = [&](const FoundRecord& record, uint64_t at) -> Status {
    MUST(at > last && at <= script.bytes.size());
    MUST(script.written.contains(std::string(record.payload)) || touches_forged(script, at - record.bytes, at));
    last = at;
    trace = hash64(record.payload, trace + at);
    return {};
  };
  const LogScan scan = scan_log_segment(script.bytes, kSegment, end, visit);
  MUST(scan.end <= script.bytes.size());
  for (const LogScan::Hole& hole : scan.holes) MUST(hole.begin < hole.end && hole.end <= script.bytes.size());
  if (!script.damaged && !end) MUST(scan.records == script.records && scan.holes.empty() && !scan.torn_tail);
  return trace;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  ByteReader in({reinterpret_cast<const char*>(data), size});
  const uint8_t mode = in.u8();
  const Script script = run(in);
  std::optional<uint64_t> end;
  if (mode & 1) end = kSegmentHeaderBytes + hash64(script.bytes) % script.bytes.size();
  MUST(check(script, end) == check(script, end));
  // And the bytes as they are, under a header or not.
  const auto ignore = [](const FoundRecord&, uint64_t) -> Status { return {}; };
  const LogScan raw = scan_log_segment({reinterpret_cast<const char*>(data), size}, kSegment, end, ignore);
  MUST(raw.end <= std::max(size, kSegmentHeaderBytes));
  return 0;
}
