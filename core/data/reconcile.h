// Which cell wins. Cassandra's rules, not ours to improve: replicas that disagree must converge without talking, so ties need
// an arbitrary but total order. One pure function each, used by reads, compaction, repair and hints alike.
//
// Order of two cells of the same column and path (cql-grammar 7.1):
//   1 the higher timestamp  2 a tombstone or expiring cell over a plain live one  3 a tombstone over an expiring one
//   4 the later expiry or deletion time  5 the larger value bytes. Counters: each shard's larger clock; their tombstone wins
//   over them whatever its timestamp, so that a late shard does not bring a deleted counter back.
// Deletions (row, range, partition, collection) shadow what was written at their timestamp or before it.
//
// Rows given here are well-formed (MUST): validate_row saw them where they came in, a checksum vouches for them at rest.
#pragma once

#include <span>

#include "core/base/bytes.h"
#include "core/base/types.h"
#include "core/data/row.h"

namespace ringlet {

struct Table;

bool first_wins(const CellView& a, const CellView& b);  // true where they are equal
const Liveness& winner(const Liveness& a, const Liveness& b);

// Merges encoded rows of one position (newest knowledge of each cell) into `out`, dropping what a row or collection deletion
// among them shadows. Appends nothing when all is empty. One input is copied through.
void merge_rows(std::span<const BytesView> rows, Bytes& out);

// What is kept of a row when `covering` (the partition's and ranges' newest deletion over it) is applied.
void apply_deletion(BytesView row, const Deletion& covering, Bytes& out);

// Rules of purging, given by the one who knows tombstone_gc and which other files overlap.
struct PurgeRule {
  Seconds now;            // expired at or before this counts as dead
  Seconds gc_before;      // tombstones made before this may go ...
  Timestamp purge_below;  // ... when nothing older than this can be elsewhere: timestamps below it only
};
// Drops purgeable tombstones, expired cells whose making lies as far back, and cells of dropped columns. What has expired and must
// stay stays as it is: as a tombstone it would win over one that was written at the same time and lives longer, which it lost to
// before. Appends nothing when none is left.
void purge_row(BytesView row, const Table& table, const PurgeRule& rule, Bytes& out);
bool purgeable(const Deletion& deletion, const PurgeRule& rule);

// Does a reader at `now` see this row? Live marker, or any live cell of a column (deletions already applied).
bool row_is_live(BytesView row, Seconds now);

}  // namespace ringlet
