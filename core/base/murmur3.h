// The Murmur3 partitioner's hash: MurmurHash3 x64 128 with seed 0, first word, and Cassandra's sign extension of the tail
// bytes (a bug there, a frozen format everywhere since).
#pragma once

#include "core/base/bytes.h"
#include "core/base/types.h"

namespace ringlet {

Token token_of(BytesView partition_key);  // never INT64_MIN, except for the empty key, which is never stored

}  // namespace ringlet
