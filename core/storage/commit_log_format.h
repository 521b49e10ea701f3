// Bytes of a commit log segment. Frozen: version 3, golden bytes in tests/unit/storage/commit_log_format_test.cc.
//
// Little-endian; vints are those of core/base/bytes.h. A segment is its header, then records that touch. What follows the last
// record is whatever an earlier life of the file left there.
//
//   header: offset  size  field              meaning
//           0       8     magic              "RINGLLOG"
//           8       4     version            3
//           12      4     reserved           0
//           16      8     segment            this segment's id, also in the file's name
//           24      4     made_checksum      of bytes 0 .. 24: on the medium before metadata.db lists the segment
//           28      4     reserved           0; from here on all is zero until the first record is written
//           32      8     previous_segment   the segment before it; 0: none
//           40      8     previous_end       synced_through of that segment when this one began: all of it below is on the
//                                            medium, all of it above was abandoned, as was any segment between the two
//           48      8     moved_bytes        that many bytes of records at our start are the previous segment's from
//                                            previous_end on, written again after a failed sync; they keep their positions
//           56      4     reserved           0
//           60      4     checksum           of bytes 0 .. 60
//
//   record: offset  size  field              meaning
//           0       1     mark               0xA8, + kind (0 mutation, 1 void: its append failed, 2 closed: clean stop,
//                                            length 0, 3 group) x 2, + 1 where `table` is told by another record
//           1       4     header_checksum    of what follows up to the payload, seeded with the segment's id, the record's
//                                            position and the mark
//           5       4     payload_checksum   of the payload, seeded alike
//           9       vint  length             payload bytes
//                   vint  unsynced           so many bytes before this record were not known to be on the medium when it was
//                                            written (below, they were: synced_through). Reaches to the segment's start: all
//                   vint  shard              that wrote it, of
//                   vint  shard_count        shards in those days
//                   16    table              table id; or a vint: how far back the record begins that has it whole, at most
//                                            kTableReachBytes, and in the same write
//                   n     payload            of a mutation: what encode_mutation_body() makes
//   group: many mutations as one record, compressed. Its shard is 0; instead of the table it has
//                   vint  records            in it, at least 1 and at most the bytes that all of this record takes
//                   vint  plain_bytes        of the payload, which is an LZ4 block, when it is unpacked; log_group_format.h has
//                                            what they are. One checksum for all: a group is there whole or not
//
// Seeds make a record valid in one place only: what an earlier life of a recycled file left behind never verifies, nor does
// a record that the medium put elsewhere. The header has a checksum of its own so that a damaged payload still tells where
// the next record begins. Moved records are seeded with the segment and offset where they lie, and are else the same bytes.
#pragma once

#include <optional>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/base/types.h"
#include "core/base/uuid.h"

namespace ringlet::log_format {

inline constexpr std::string_view kMagic = "RINGLLOG";
inline constexpr uint32_t kVersion = 3;
inline constexpr size_t kSegmentHeaderBytes = 64;
inline constexpr size_t kRecordHeaderBytesMin = 9 + 4 + 1, kRecordHeaderBytesMax = 9 + 5 + 6 + 3 + 3 + 16;
inline constexpr uint64_t kTableReachBytes = 4096;   // damage to one page costs no record of another
inline constexpr size_t kGroupBytesMax = 16u << 10;  // unpacked; no more is lost by damage to one page
static_assert(kMagic.size() == 8);

struct SegmentHeader {
  SegmentId segment;
  SegmentId previous_segment;
  uint64_t previous_end = 0;
  uint64_t moved_bytes = 0;
  friend bool operator==(const SegmentHeader&, const SegmentHeader&) = default;
};

enum class RecordKind : uint8_t { mutation = 0, void_ = 1, closed = 2, group = 3 };

struct RecordHeader {
  uint32_t length = 0;
  uint64_t synced_through = 0;
  ShardId shard;
  uint16_t shard_count = 1;
  TableId table;
  RecordKind kind = RecordKind::mutation;
  uint32_t records = 1, plain_bytes = 0;  // of a group
  friend bool operator==(const RecordHeader&, const RecordHeader&) = default;
};

// Bytes that a record with this payload takes in a segment, at most.
constexpr uint64_t record_bytes_max(uint64_t payload_bytes) { return kRecordHeaderBytesMax + payload_bytes; }

void encode(const SegmentHeader& header, Bytes& out);
Bytes encode_made_segment(SegmentId segment);                    // the header of one that is ready and not begun
bool is_made_segment(BytesView first_bytes, SegmentId segment);  // or begun: of this life of the file
// Errc::corrupt: not a header, not begun, or damaged. Errc::invalid: another format version, intact.
Result<SegmentHeader> decode_segment_header(BytesView first_bytes);

// Appends header and payload as they lie at `offset` of `segment`. header.length MUST be payload.size(). `table_back`: where
// it is not 0, that far back lies a record with the same table, whole.
void encode(const RecordHeader& header, BytesView payload, SegmentId segment, uint64_t offset, Bytes& out,
            uint64_t table_back = 0);

// A record as found in a segment's bytes.
struct FoundRecord {
  RecordHeader header;
  BytesView payload;  // empty when damaged
  bool payload_intact = false;
  bool table_whole = false;
  uint64_t header_bytes = 0, bytes = 0;  // `bytes`: header and payload
};
// What lies at `offset`; nullopt when no record header verifies there. `bytes` are those of the segment from `begin` on. A record
// whose table cannot be told any more counts as damaged.
// Offset of the first byte from `from` on that a record could begin with, or the end: most of what an earlier life of a file
// left behind is passed over eight bytes at a time.
uint64_t next_mark(BytesView bytes, uint64_t from);
std::optional<FoundRecord> find_record(BytesView bytes, SegmentId segment, uint64_t offset, uint64_t begin);

// Makes of a sound record's bytes what they must be at `offset` of `segment`.
void move_record(const FoundRecord& found, BytesView record, SegmentId segment, uint64_t offset, Bytes& out);

}  // namespace ringlet::log_format
