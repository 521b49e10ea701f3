// Paging state: where a SELECT goes on. Opaque to clients; good on any connection, after a restart, and under another number
// of shards, because it names positions in the order of keys and nothing of this process.
//
// Version 1: u8 version, table id 16 bytes, u32 checksum of what follows (seeded with the table id), then
//   sized prefix     the partition that the last page ended in
//   sized position   of its last row that was used up; empty with `begun` clear: the partition is done
//   u8 flags         bit 0 begun: rows after `position` are still to come; bit 1 a row of this partition was live
//   vint remaining, vint remaining in the partition      of LIMIT and PER PARTITION LIMIT; 0 is "no limit"
#pragma once

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/base/uuid.h"

namespace ringlet {

struct PagingState {
  TableId table;
  Bytes prefix;
  Bytes position;
  bool begun = false;
  bool had_live_row = false;
  uint64_t remaining = UINT64_MAX;
  uint64_t remaining_in_partition = UINT64_MAX;
};

Bytes encode_paging_state(const PagingState& state);
// Errc::protocol "Invalid value for the paging state" for anything that is not one of this table's.
Result<PagingState> decode_paging_state(BytesView bytes, const TableId& table);

}  // namespace ringlet
