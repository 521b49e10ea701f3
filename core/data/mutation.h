// Mutation: one partition's write, as it is logged, applied and sent. Positions and keys are the storage layer's order.
//
// Where a row stands in its partition is a byte string: the concatenated append_ordered() forms of its clustering values.
// Every bound is a position too: before everything that begins with prefix p is p itself, after everything is p + 0xFF.
// So every range, whatever its kinds of bounds, is half-open [start, end); the whole partition is ["", "\xFF").
#pragma once

#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/base/types.h"
#include "core/base/uuid.h"
#include "core/data/row.h"

namespace ringlet {

inline const Bytes kPositionEnd{"\xFF"};

struct RowWrite {
  Bytes position;  // full clustering, ordered form; empty for a table without clustering
  Bytes row;       // RowBuilder's encoding
};

struct RangeWrite {
  Bytes start, end;  // positions, half-open
  Deletion deletion;
};

struct Mutation {
  TableId table;
  SchemaVersion schema;  // the table's version it was planned with
  Token token;
  Bytes partition_key;  // serialized as Cassandra does (what the token hashes)
  Deletion partition_deletion;
  Bytes static_row;  // empty: none
  std::vector<RangeWrite> ranges;
  std::vector<RowWrite> rows;  // sorted by position, each once

  bool empty() const { return partition_deletion.none() && static_row.empty() && ranges.empty() && rows.empty(); }
  size_t bytes() const;       // about what it costs in the log
  bool only_deletes() const;  // whatever it meets, no value comes of it
};

// Mutation, version 1: u8 version, table 16 bytes, vint schema, partition key (sized), u8 flags (bit 0 partition deletion,
// bit 1 static row), [signed vint at, signed vint local], [static row sized], vint ranges x (start, end sized, at, local),
// vint rows x (position sized, row sized). The token is not stored: it is the key's hash.
void encode_mutation(const Mutation& mutation, ByteWriter& out);
Result<Mutation> decode_mutation(BytesView bytes);  // checks rows and order too: Errc::corrupt

// What an encoded mutation of our own making holds (its body: logged_mutation.h), without a copy; the bytes must outlive
// it. Read in this order: the fields, every range, every row. Bytes that are none are our own bug: MUST.
class MutationReader {
 public:
  explicit MutationReader(BytesView encoded);
  BytesView partition_key, static_row;
  Deletion partition_deletion;
  bool next_range(RangeWrite& out);  // false: now the rows
  bool next_row(BytesView& position, BytesView& row);

 private:
  bool count_down(bool& begun);
  ByteReader in_;
  uint64_t left_ = 0;
  bool ranges_begun_ = false, rows_begun_ = false;
};

// Puts `from` into `into` (same table and partition): one batch makes one mutation for each partition.
void merge_mutation(Mutation& into, Mutation&& from);

}  // namespace ringlet
