// The ids and units that every layer shares.
#pragma once

#include <cstdint>

#include "core/base/strong.h"

namespace ringlet {

using Token = Strong<int64_t, struct TokenTag>;           // ring position: Murmur3 of the partition key
using Timestamp = Strong<int64_t, struct TimestampTag>;   // microseconds since 1970, chosen by client or hybrid clock
using Seconds = Strong<int64_t, struct SecondsTag>;       // seconds since 1970, 64 bits: expiry and deletion times
using ShardId = Strong<uint16_t, struct ShardIdTag>;      // 0 .. shards-1, never leaves this machine
using ColumnId = Strong<uint32_t, struct ColumnIdTag>;    // within one table, never used again after a DROP
using Sequence = Strong<uint64_t, struct SequenceTag>;    // number of a mutation within one shard of one run
using SegmentId = Strong<uint64_t, struct SegmentIdTag>;  // commit log segment: a durable counter, never a clock
using FileId = Strong<uint64_t, struct FileIdTag>;        // sstable: a durable counter
using SchemaVersion = Strong<uint64_t, struct SchemaVersionTag>;  // index of the catalog command that made it

inline constexpr Timestamp kNoTimestamp{INT64_MIN};  // "no deletion", "no liveness"; no cell carries it
inline constexpr Seconds kNoExpiry{INT64_MAX};

}  // namespace ringlet
