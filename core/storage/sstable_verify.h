// Reads a whole sstable as a reader would, and holds it to what the format promises: every checksum, keys in order, rows
// well-formed, separators and markers consistent, each partition known to its filter, counts as in the properties, no byte of
// the file outside a block.
#pragma once

#include <memory>

#include "core/storage/sstable_source.h"

namespace ringlet {

// Blocking; `file` is open for background access.
std::unique_ptr<SstableCheck> check_sstable(SstableFile file, Properties properties);

}  // namespace ringlet
