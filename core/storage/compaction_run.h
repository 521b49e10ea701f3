// Runs one planned merge: reads its files past the cache, forgets what may be forgotten, writes new files. On the background
// executor, whose disk calls may block; it yields between steps, so that a flush waits for milliseconds, not for a merge.
//
// Always holds
//   - inputs are only read; outputs are synced, and invisible until the caller commits them in the manifest
//   - on any error, or when cancelled, the outputs written so far are removed
//   - a deletion is dropped only when it is older than gc_before and nothing outside the inputs may be as old as what it hides
//   - memory does not grow with the files or with a partition: a block of each input and what the writer buffers
#pragma once

#include <atomic>
#include <span>
#include <vector>

#include "core/env/clock.h"
#include "core/env/task.h"
#include "core/storage/sstable.h"

namespace ringlet {

// What is not part of the merge, and could hold older data for the partitions in [first_prefix, last_prefix].
struct Elsewhere {
  Bytes first_prefix, last_prefix;
  Timestamp min_timestamp;
};

// Bytes a second that all merges together may read and write. Belongs to the background executor's thread.
class CompactionBudget {
 public:
  explicit CompactionBudget(uint64_t bytes_per_second = 0) : bytes_per_second_(bytes_per_second) {}
  void set(uint64_t bytes_per_second) { bytes_per_second_ = bytes_per_second; }  // 0: no bound
  Instant take(uint64_t bytes, Instant now);                                     // when to go on

 private:
  uint64_t bytes_per_second_;
  Instant free_at_{};
};

// Read from any thread while the merge runs.
struct CompactionProgress {
  std::atomic<uint64_t> bytes_total = 0, bytes_done = 0;  // of data, before compression
  std::atomic<uint64_t> bytes_written = 0;                // on flash
};

struct CompactionWork {
  TableRef table;  // its current definition: cells of dropped columns go
  std::vector<FileId> inputs;
  SstableOptions output;           // `id` and `compacted_from` are filled in
  std::vector<FileId> output_ids;  // as many as output_files_max() says; each is used once or never
  uint64_t target_file_bytes = 0;  // 0: one output
  Seconds now, gc_before;
  Timestamp purge_below{INT64_MAX};  // the oldest write in memtables
  std::vector<Elsewhere> elsewhere;  // live files that are not inputs
  CompactionBudget* budget = nullptr;
  const std::atomic<bool>* cancelled = nullptr;
  CompactionProgress* progress = nullptr;
};
size_t output_files_max(uint64_t input_bytes, uint64_t target_file_bytes);

struct CompactionOutput {
  FileId id;
  SstableStatistics statistics;
};
struct CompactionResult {
  std::vector<CompactionOutput> outputs;       // none where nothing was left
  uint64_t bytes_read = 0, bytes_written = 0;  // on flash
};

Task<Result<CompactionResult>> run_compaction(Disk& disk, const Clock& clock, CompactionWork work);

}  // namespace ringlet
