// Logged batches in the commit log: one record holds every partition's mutation, written before the first of them is applied;
// a second small record says that all were. A start that finds the first without the second applies them again.
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

struct LoggedBatch {  // what finish_batch() needs
  Uuid id;
  LogUse use;
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
