// LZ4 of one envelope's body in protocol v3 and v4: the uncompressed length (4 bytes, big-endian), then one raw LZ4 block.
// (In v5 segments are compressed instead, see segment.h; the raw block functions below serve both.)
#pragma once

#include "core/base/bytes.h"
#include "core/base/result.h"

namespace ringlet::wire {

// One raw block to exactly `bytes` bytes of output. The declared size is checked against what LZ4 can at most unfold to
// before anything is allocated.
Status decompress_block(BytesView block, size_t bytes, Bytes& out);
// False, with `out` undefined, when compression would not make it smaller.
bool compress_block(BytesView plain, Bytes& out);

Status decompress_body(BytesView body, size_t bytes_max, Bytes& out);
// Replaces the body that starts at `body_at` and runs to the end of `out`, if that makes it smaller.
bool compress_body(Bytes& out, size_t body_at, Bytes& scratch);

}  // namespace ringlet::wire
