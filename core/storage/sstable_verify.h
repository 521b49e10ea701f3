// Reads a whole sstable as a reader would, and holds it to what the format promises.
#pragma once

#include "core/storage/sstable_source.h"

namespace ringlet {

// Every checksum, keys in order, rows well-formed, separators and markers consistent, each partition known to its filter,
// counts as in the properties, no byte of the file outside a block. Blocking; `file` is open for background access.
Status verify_sstable(SstableFile& file, const Properties& properties);

}  // namespace ringlet
