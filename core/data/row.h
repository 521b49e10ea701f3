// A row as it rests and travels: one compact encoding, read by a cursor and made by a builder, without a struct per cell.
// The same bytes are in the log, the memtable, the sstable and between shards.
//
// Row, version 1                      integers are the vints of core/base/bytes.h; times are deltas from nothing
//   flags        u8     bit 0 liveness, 1 liveness expires, 2 deletion, 3 complex deletions, 4 clustering as written,
//                       5 .. 7 zero (a reader refuses others as corrupt)
//   [liveness]   signed vint timestamp; if it expires: vint ttl seconds, signed vint expiry seconds, vint boot
//   [deletion]   signed vint timestamp, signed vint local seconds
//   [clustering] sized bytes: the components' original bytes where their ordered form does not give them back
//   [complex]    vint n, n x (vint column, signed vint timestamp, signed vint local seconds), by column
//   cells        until the end: vint column, u8 header, ...
// Cell header    bits 0-1 kind (0 live, 1 tombstone, 2 expiring, 3 counter), bit 2 has path, bit 3 timestamp is the
//                liveness's (nothing stored), bit 4 has value, bit 5 path as written follows (its ordered form does not give it
//                back), bits 6-7 zero, reserved
//   [timestamp]  signed vint, unless bit 3
//   tombstone:   signed vint local deletion seconds
//   expiring:    vint ttl seconds, signed vint expiry seconds, vint boot number (0: the clock was trusted)
//   [path]       sized bytes, ordered form of the element's key; [as written] sized bytes
//   [value]      sized bytes; absent means the empty value (a tombstone has none)
// Cells are sorted by (column, path), no path before any; a (column, path) occurs once.
#pragma once

#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/base/types.h"

namespace ringlet {

struct Deletion {
  Timestamp at = kNoTimestamp;
  Seconds local{0};  // when the deletion was made, for gc_grace
  bool none() const { return at == kNoTimestamp; }
  bool covers(Timestamp written) const { return written <= at; }  // a tie deletes
  friend bool operator==(const Deletion&, const Deletion&) = default;
};
inline const Deletion& newer(const Deletion& a, const Deletion& b) {
  return b.at > a.at || (b.at == a.at && b.local > a.local) ? b : a;
}

// The row's own existence, made by INSERT.
struct Liveness {
  Timestamp at = kNoTimestamp;
  uint32_t ttl = 0;  // seconds; 0: for ever
  Seconds expires = kNoExpiry;
  uint32_t boot = 0;  // not 0: stamped before the clock was trusted, in that boot
  bool none() const { return at == kNoTimestamp; }
  bool expiring() const { return expires != kNoExpiry; }
  bool live_at(Seconds now) const { return !none() && (expires > now || boot != 0); }
  friend bool operator==(const Liveness&, const Liveness&) = default;
};

enum class CellKind : uint8_t { live = 0, tombstone = 1, expiring = 2, counter = 3 };

struct CellView {
  ColumnId column;
  CellKind kind = CellKind::live;
  Timestamp at;
  uint32_t ttl = 0;
  Seconds local = kNoExpiry;  // expiring: when; tombstone: when it was made
  uint32_t boot = 0;
  bool has_path = false;
  BytesView path;             // ordered form
  BytesView path_as_written;  // empty where the ordered form gives it back
  BytesView value;

  // At `now`, is there a value to show?
  bool live_at(Seconds now) const {
    return kind == CellKind::live || kind == CellKind::counter ||
           (kind == CellKind::expiring && (local > now || boot != 0));
  }
};

struct ComplexDeletion {
  ColumnId column;
  Deletion deletion;
};

// Reads an encoded row front to back, without allocating unless it has complex deletions. The bytes must outlive it. A
// malformed row makes next() return false and bad() true, never a read outside; that cells are in order is validate_row's
// to check, once, where bytes come from outside.
class RowReader {
 public:
  explicit RowReader(BytesView encoded);
  const Liveness& liveness() const { return liveness_; }
  const Deletion& deletion() const { return deletion_; }
  BytesView clustering_as_written() const { return clustering_; }
  const std::vector<ComplexDeletion>& complex_deletions() const { return complex_; }
  Deletion complex_deletion(ColumnId column) const;
  bool next(CellView& cell);  // false at the end
  bool bad() const { return bad_ || in_.bad(); }

 private:
  void read_complex();
  ByteReader in_;
  Liveness liveness_;
  Deletion deletion_;
  BytesView clustering_;
  std::vector<ComplexDeletion> complex_;
  bool bad_ = false;
};

// Writes one row into `out`. Order: liveness, deletion, clustering, complex deletions (by column), then cells by
// (column, path); MUST otherwise. What is none (a Deletion, a Liveness, empty clustering) is left out. The views given must
// not point into `out`. finish() is what makes it valid; a row to which nothing was added leaves `out` as it was.
class RowBuilder {
 public:
  explicit RowBuilder(Bytes& out);
  void liveness(const Liveness& liveness);
  void deletion(const Deletion& deletion);
  void clustering_as_written(BytesView bytes);
  void complex_deletion(ColumnId column, const Deletion& deletion);
  void cell(const CellView& cell);
  bool empty() const { return !any_; }  // nothing was added (clustering alone is nothing): do not store it
  void finish();

 private:
  enum class Stage : uint8_t { start, liveness, deletion, clustering, complex, cells, finished };
  void enter(Stage stage);
  void write_complex();
  void check_order(const CellView& cell);

  Bytes& out_;
  size_t start_;
  Stage stage_ = Stage::start;
  bool any_ = false;
  uint8_t flags_ = 0;
  Timestamp liveness_at_ = kNoTimestamp;
  std::vector<ComplexDeletion> complex_;
  bool has_last_ = false, last_has_path_ = false;
  ColumnId last_column_{};
  size_t last_path_at_ = 0, last_path_bytes_ = 0;  // in out_: the previous cell's path, to check the order
};

// For checks of bytes that no checksum vouches for (a client's, a peer's).
Status validate_row(BytesView encoded);  // Errc::corrupt

}  // namespace ringlet
