#include "core/env/read_file.h"

namespace ringlet {

Result<Bytes> read_file_now(Disk& disk, const std::string& path, uint64_t bytes_max) {
  TRY(const auto file, disk.open(path, OpenMode::read));
  TRY(const uint64_t size, file->size_now());
  if (size > bytes_max)
    return fail(Errc::corrupt, path + ": " + std::to_string(size) + " bytes are too many for what it should hold");
  Bytes bytes(static_cast<size_t>(size), '\0');
  TRY(const size_t read, file->read_now(0, bytes));
  bytes.resize(read);
  return bytes;
}

}  // namespace ringlet
