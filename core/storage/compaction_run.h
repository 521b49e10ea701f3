// Runs one planned merge: reads its files past the cache, forgets what may be forgotten, writes new files. On an executor whose
// disk calls may block: the one for merges, or the background's (compaction_pause.h). It yields between steps, so that others
// wait for milliseconds, not for a merge.
//
// Always holds
//   - inputs are only read; outputs are synced, and invisible until the caller commits them in the manifest
//   - on any error, or when cancelled, the outputs written so far are removed
//   - a deletion is dropped only when it is older than gc_before and nothing outside the inputs may be as old as what it hides
//   - memory does not grow with the files or with a partition: a block of each file over one token, and what the writer buffers
//   - partitions outside `keep` are left out
#pragma once

#include <atomic>
#include <optional>
#include <span>
#include <vector>

#include "core/env/clock.h"
#include "core/env/task.h"
#include "core/storage/compaction_budget.h"
#include "core/storage/sstable.h"
#include "core/storage/storage_task.h"

namespace ringlet {

// What is not part of the merge, and could hold older data for the partitions in [first_prefix, last_prefix].
struct Elsewhere {
  Bytes first_prefix, last_prefix;
  Timestamp min_timestamp;
};

// Read from any thread while the merge runs.
struct CompactionProgress {
  std::atomic<uint64_t> bytes_total = 0, bytes_done = 0;  // of data, before compression
  std::atomic<uint64_t> bytes_written = 0;                // on flash
};

struct SalvageReport;  // sstable_salvage.h
class DiskReserve;
class Executor;

struct CompactionWork {
  TableRef table;  // its current definition: cells of dropped columns go
  std::vector<FileId> inputs;
  SstableOptions output;           // `id` and `compacted_from` are filled in
  std::vector<FileId> output_ids;  // one for each part that the inputs reach into; each is used once or never
  uint32_t parts = 1;              // outputs are cut where so many equal parts of the ring meet
  bool small = false;              // goes before large ones
  std::optional<std::vector<TokenSpan>> keep;  // nothing else is kept; nullopt: everything
  SalvageReport* salvage = nullptr;            // the only input may be damaged: what can be read of it is enough
  Seconds now, gc_before;
  Timestamp purge_below{INT64_MAX};  // the oldest write in memtables
  std::vector<Elsewhere> elsewhere;  // live files that are not inputs
  CompactionBudget* budget = nullptr;
  const std::atomic<bool>* cancelled = nullptr;
  Executor* background = nullptr;        // to hurry on; null: the merge stays on the executor it began on
  const DiskReserve* reserve = nullptr;  // the merge ends where the disk is full: what is kept back is not for it
  CompactionProgress* progress = nullptr;
  std::vector<FileId>* damaged = nullptr;  // gets the input that could not be read, where the merge fails for that
};

struct CompactionOutput {
  FileId id;
  SstableStatistics statistics;
};
struct CompactionResult {
  std::vector<CompactionOutput> outputs;       // none where nothing was left
  uint64_t bytes_read = 0, bytes_written = 0;  // on flash
};

Task<Result<CompactionResult>> run_compaction(Disk& disk, const Clock& clock, CompactionWork work);

// Checks each file as a whole; says what is wrong with those that fail. The same manners as a merge's.
struct VerifyWork {
  TableId table;
  std::vector<FileId> files;
  CompactionBudget* budget = nullptr;
  const std::atomic<bool>* cancelled = nullptr;
  Executor* background = nullptr;
  CompactionProgress* progress = nullptr;  // of bytes on flash
};
Task<Result<std::vector<std::pair<FileId, std::string>>>> run_verify(Disk& disk, const Clock& clock, VerifyWork work);

}  // namespace ringlet
