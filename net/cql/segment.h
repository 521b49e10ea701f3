// Segments: protocol v5's outer framing, spoken after READY or AUTHENTICATE. Little-endian, unlike everything inside.
//
//   plain                                              LZ4
//   size  field                                        size  field
//   3     17 bits payload length, 1 bit                5     17 bits length on the wire, 17 bits uncompressed length
//         self-contained, 6 bits zero                        (0: stored as it is), 1 bit self-contained, 5 bits zero
//   3     CRC24 of those 3                             3     CRC24 of those 5
//   n     payload                                      n     payload: one raw LZ4 block, or stored bytes
//   4     CRC32 of the payload                         4     CRC32 of the payload as on the wire
//
// A self-contained segment holds whole envelopes, one or more. An envelope too large for one is cut into slices that
// follow each other with nothing between, none of them marked self-contained, not even the last.
#pragma once

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "net/cql/protocol.h"

namespace ringlet::wire {

inline constexpr size_t kSegmentPayloadMax = (1u << 17) - 1;  // on the wire and uncompressed
inline constexpr size_t kSegmentTrailerBytes = 4;
inline constexpr size_t kSegmentHeaderBytesMax = 8;
inline constexpr size_t segment_header_bytes(Compression compression) {
  return compression == Compression::lz4 ? 8 : 6;
}

struct SegmentHeader {
  uint32_t wire_bytes = 0;
  uint32_t uncompressed_bytes = 0;  // 0: the payload is stored as it is
  bool self_contained = true;
};

void encode_segment_header(const SegmentHeader& header, Compression compression, char* at);
Result<SegmentHeader> decode_segment_header(const char* at, Compression compression);

// Checks the payload's CRC32 and undoes compression. The result views `payload` when it is stored, else `scratch`.
Result<BytesView> open_segment_payload(const SegmentHeader& header, BytesView payload, uint32_t crc, Bytes& scratch);

// Turns the end of `out`, which holds room for a header at `header_at` and then the payload, into one segment, in place.
void seal_segment(Bytes& out, size_t header_at, Compression compression, bool self_contained, Bytes& scratch);
// Cuts one envelope that is larger than a segment into slices appended to `out`.
void append_sliced(Bytes& out, BytesView envelope, Compression compression, Bytes& scratch);

}  // namespace ringlet::wire
