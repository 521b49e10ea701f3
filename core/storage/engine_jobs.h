// Jobs over a table's files while they run. Private to engine*.cc; all on the shard's executor, except what a job counts.
#pragma once

#include <algorithm>
#include <optional>
#include <vector>

#include "core/storage/compaction_plan.h"
#include "core/storage/compaction_run.h"
#include "core/storage/engine_state.h"
#include "core/storage/sstable_salvage.h"
#include "core/storage/storage_task.h"

namespace ringlet {

struct JobRequest {
  const char* kind = "compaction";
  std::optional<std::vector<TokenSpan>> keep;
  SalvageReport* salvage = nullptr;
  uint64_t* bytes_written = nullptr;    // added to
  std::set<FileId>* written = nullptr;  // inserted into
};

struct JobEntry {
  StorageTask task;
  CompactionProgress progress;
};

// While it lives: its files are in nobody else's plan, the table is not emptied, and the job can be seen.
class JobHold {
 public:
  JobHold(TableStore& store, std::vector<FileId> files, std::vector<JobEntry*>& jobs, Event& ended)
      : store_(store), files_(std::move(files)), jobs_(jobs), ended_(ended) {
    entry.task.table = store.table->id;
    entry.task.sstables = files_.size();
    store_.busy.insert(files_.begin(), files_.end());
    ++store_.compacting;
    jobs_.push_back(&entry);
  }
  JobHold(const JobHold&) = delete;
  ~JobHold() {
    for (const FileId id : files_) store_.busy.erase(id);
    --store_.compacting;
    std::erase(jobs_, &entry);
    ended_.notify_all();
  }
  JobEntry entry;

 private:
  TableStore& store_;
  const std::vector<FileId> files_;
  std::vector<JobEntry*>& jobs_;
  Event& ended_;
};

}  // namespace ringlet
