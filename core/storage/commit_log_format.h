// Bytes of a commit log segment. Frozen: version 1, golden bytes in tests/unit/storage/commit_log_format_test.cc.
//
// Little-endian. A segment is its header, then records that touch; each is padded with zeros to a multiple of 8 bytes. What
// follows the last record is whatever an earlier life of the file left there.
//
//   header: offset  size  field              meaning
//           0       8     magic              "RINGLLOG"
//           8       4     version            1
//           12      4     reserved           0
//           16      8     segment            this segment's id, also in the file's name
//           24      8     previous_segment   the segment before it; 0: none
//           32      8     previous_end       synced_through of that segment when this one began: all of it below is on the
//                                            medium, all of it above was abandoned, as was any segment between the two
//           40      8     moved_bytes        that many bytes of records at our start are the previous segment's from
//                                            previous_end on, written again after a failed sync; they keep their positions
//           48      12    reserved           0
//           60      4     checksum           of bytes 0 .. 60
//
//   record: offset  size  field              meaning
//           0       4     header_checksum    of bytes 4 .. 40, seeded with the segment's id and the record's position; 1 for 0
//           4       4     length             payload bytes
//           8       4     synced_through     all of this segment below this offset was on the medium when this was written
//           12      2     shard              that wrote it, of
//           14      2     shard_count        shards in those days
//           16      16    table              table id
//           32      1     kind               0 mutation, 1 void (its append failed), 2 closed (clean stop; length 0)
//           33      3     reserved           0
//           36      4     payload_checksum   of the payload and its padding, seeded alike
//           40      n     payload
//
// Seeds make a record valid in one place only: what an earlier life of a recycled file left behind never verifies, nor does
// a record that the medium put elsewhere. The header has a checksum of its own so that a damaged payload still tells where
// the next record begins. Moved records are seeded with the segment and offset where they lie, like any other.
#pragma once

#include <optional>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/base/types.h"
#include "core/base/uuid.h"

namespace ringlet::log_format {

inline constexpr std::string_view kMagic = "RINGLLOG";
inline constexpr uint32_t kVersion = 1;
inline constexpr size_t kSegmentHeaderBytes = 64;
inline constexpr size_t kRecordHeaderBytes = 40;
inline constexpr size_t kAlignment = 8;
static_assert(kMagic.size() == 8);
static_assert(kSegmentHeaderBytes % kAlignment == 0 && kRecordHeaderBytes % kAlignment == 0);

struct SegmentHeader {
  SegmentId segment;
  SegmentId previous_segment;
  uint64_t previous_end = 0;
  uint64_t moved_bytes = 0;
  friend bool operator==(const SegmentHeader&, const SegmentHeader&) = default;
};

enum class RecordKind : uint8_t { mutation = 0, void_ = 1, closed = 2 };

struct RecordHeader {
  uint32_t length = 0;
  uint32_t synced_through = 0;
  ShardId shard;
  uint16_t shard_count = 1;
  TableId table;
  RecordKind kind = RecordKind::mutation;
  friend bool operator==(const RecordHeader&, const RecordHeader&) = default;
};

// Bytes that a record with this payload takes in a segment.
constexpr uint64_t record_bytes(uint64_t payload_bytes) {
  return (kRecordHeaderBytes + payload_bytes + kAlignment - 1) / kAlignment * kAlignment;
}

void encode(const SegmentHeader& header, Bytes& out);
// Errc::corrupt: not a header, or damaged. Errc::invalid: a newer format version, intact.
Result<SegmentHeader> decode_segment_header(BytesView first_bytes);

// Appends header, payload and padding as they lie at `offset` of `segment`. header.length MUST be payload.size().
void encode(const RecordHeader& header, BytesView payload, SegmentId segment, uint64_t offset, Bytes& out);

// A record as found in a segment's bytes.
struct FoundRecord {
  RecordHeader header;
  BytesView payload;  // empty when damaged
  bool payload_intact = false;
  uint64_t bytes = 0;  // header, payload and padding
};
// What lies at `offset`; nullopt when no record header verifies there. `bytes` are those of the segment from `offset` on.
std::optional<FoundRecord> find_record(BytesView bytes, SegmentId segment, uint64_t offset);

}  // namespace ringlet::log_format
