// Checksums and hashes of bytes we own (XXH3). The wire's CRCs live with the wire (net/cql).
#pragma once

#include <cstdint>

#include "core/base/bytes.h"

namespace ringlet {

// Seeded: a record copied whole from an older life of the same segment or file must not verify.
uint32_t checksum32(BytesView bytes, uint64_t seed);
uint64_t hash64(BytesView bytes, uint64_t seed = 0);

}  // namespace ringlet
