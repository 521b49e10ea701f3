// Adopts an sstable that another manifest made: a copy that is this manifest's, under a new number. Blocks are copied as they
// are (their checksums go by a seed that the footer keeps); what names origins is written anew: properties without the files
// that it was compacted from, the dictionary of the table it now belongs to, the footer. Blocks its thread: for the background.
//
// Always holds
//   - the source is only read, and has been verified by the caller
//   - the copy is synced, its folder too, and invisible until the caller commits it; unless done it is removed
#pragma once

#include <memory>
#include <string>

#include "core/storage/sstable.h"
#include "core/storage/sstable_format.h"

namespace ringlet {

class SstableAdoption {
 public:
  struct Work {
    std::string from;
    TableRef table;  // whose it becomes
    FileId id;       // that it gets
    Uuid manifest;
  };
  static Result<std::unique_ptr<SstableAdoption>> begin(Disk& disk, Work work);
  ~SstableAdoption();
  SstableAdoption(const SstableAdoption&) = delete;

  Result<bool> step();  // copies a part; false: that was the last, and the copy is on the medium
  uint64_t bytes_done() const { return done_; }

 private:
  SstableAdoption(Disk& disk, Work work) : disk_(disk), work_(std::move(work)) {}
  Status open();
  Status write_tail();
  Status write_block(BlockKind kind, BytesView block, BlockPlace& place);
  Status finish();

  Disk& disk_;
  const Work work_;
  std::unique_ptr<File> from_, to_;
  std::string name_now_;
  Footer footer_;
  Properties properties_;
  uint64_t done_ = 0;
  bool finished_ = false;
};

}  // namespace ringlet
