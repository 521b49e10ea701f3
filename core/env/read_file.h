// A small file, whole.
#pragma once

#include "core/env/disk.h"

namespace ringlet {

// A file of more than `bytes_max` is Errc::corrupt, and none of it is read. Blocks its thread.
Result<Bytes> read_file_now(Disk& disk, const std::string& path, uint64_t bytes_max = UINT64_MAX);

}  // namespace ringlet
