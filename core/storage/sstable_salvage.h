// What can still be read of a damaged sstable, as a stream that any writer takes: scrub.
//
// Always holds
//   - fragments come in order, and range markers form one consistent sequence, whatever is missing between them
//   - a range deletion is told for no place that the file does not vouch for: where a block is lost, it ends, and begins again
//     behind the gap if the index says that it was open there
//   - where the index itself is damaged, nothing behind that place is found
#pragma once

#include <memory>
#include <string>

#include "core/storage/sstable_source.h"

namespace ringlet {

struct SalvageReport {
  uint64_t lost_blocks = 0, lost_bytes = 0;  // on flash
  std::string first_damage;
  bool all_lost = false;  // it could not even be opened
  bool damaged() const { return !first_damage.empty(); }
};

// Blocking; `file` is open for background access, `report` outlives the stream.
std::unique_ptr<FragmentStream> salvage_stream(SstableFile file, SalvageReport& report);

}  // namespace ringlet
