// The inputs of a merge as few streams: files side by side become one run, which has one of them open at a time. Memory is
// bounded by how many files lie over one token, not by how many there are.
#pragma once

#include <memory>
#include <vector>

#include "core/storage/sstable.h"

namespace ringlet {

struct CompactionInputs {
  std::vector<std::unique_ptr<FragmentStream>> runs;
  uint64_t file_bytes = 0, data_bytes = 0;
};

// Opens every file once, to learn where it lies. `disk` and `range` outlive the runs, as does `damaged` (null: nobody asks), which gets
// the file that an error of Errc::corrupt, now or of a run, is about. Blocks: for the background executor.
Result<CompactionInputs> open_inputs(Disk& disk, const TableId& table, const std::vector<FileId>& ids,
                                     const ReadRange& range, std::vector<FileId>* damaged = nullptr);

}  // namespace ringlet
