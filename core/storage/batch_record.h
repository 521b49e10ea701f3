// Logged batches in the commit log: one record holds every partition's mutation, written before the first of them is applied;
// a second small record says that all were. A start that finds the first without the second applies them again; so the second
// stays in the log as long as the first does. A table truncated after the batch began takes no part in it any more.
//
// Batch record, version 1: u8 0xB1, id 16 bytes, vint n, n x sized mutation.   Done record: u8 0xB2, id 16 bytes.
// Both are logged under kBatchTable, so that nothing takes them for a table's.
#pragma once

#include <variant>
#include <vector>

#include "core/data/mutation.h"
#include "core/storage/commit_log.h"

namespace ringlet {

inline constexpr TableId kBatchTable{};

struct LoggedBatch {  // its record is in the log, and stays there until finish_batch()
  Uuid id;
  LogPosition begun;  // where the record ends
  Bytes record;       // for leave_batch()
  bool left = false;  // leave_batch() had it: it counts as late writes until it is finished
};

struct BatchBegun {
  Uuid id;
  std::vector<Mutation> mutations;
};
struct BatchDone {
  Uuid id;
};

Bytes encode_batch(const Uuid& id, const std::vector<Mutation>& mutations);
Bytes encode_batch_done(const Uuid& id);
Result<std::variant<BatchBegun, BatchDone>> decode_batch(BytesView record);

}  // namespace ringlet
