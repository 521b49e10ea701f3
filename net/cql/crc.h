// The two checksums of protocol v5's segments: CRC24 guards a segment's header, CRC32 its payload.
#pragma once

#include <cstdint>

#include "core/base/bytes.h"

namespace ringlet::wire {

uint32_t crc24(BytesView header);   // initial value and polynomial are the protocol's own; result fits 24 bits
uint32_t crc32(BytesView payload);  // IEEE CRC32 of the four bytes FA 2D 55 CA, then the payload

}  // namespace ringlet::wire
