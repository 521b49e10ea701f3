// Splits an sstable that was written under another number of shards: one file for each shard that owns something of it. On the
// background executor, whose disk calls may block; it yields between partitions, so that a flush waits for milliseconds.
//
// Always holds
//   - the input is only read; outputs are synced, and invisible until the caller commits them in the manifest
//   - on any error, or when cancelled, the outputs written so far are removed
//   - every fragment of the input is in exactly one output: nothing is merged and nothing forgotten
#pragma once

#include <atomic>
#include <optional>
#include <vector>

#include "core/env/task.h"
#include "core/storage/sstable.h"

namespace ringlet {

struct SplitWork {
  TableRef table;
  FileId input;
  SstableOptions output;           // `id`, `shard`, `level` and `compacted_from` are filled in; shard_count is today's
  std::vector<FileId> output_ids;  // one for each shard
  const std::atomic<bool>* cancelled = nullptr;
};

// By shard; nullopt where it owns nothing of the input.
Task<Result<std::vector<std::optional<FileId>>>> run_split(Disk& disk, SplitWork work);

}  // namespace ringlet
