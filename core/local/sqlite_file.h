// One file of SQLite's over a File: the part of the VFS that moves bytes, free of SQLite's types.
#pragma once

#include <memory>
#include <string>

#include "core/env/disk.h"

namespace ringlet {

enum class SqliteFileKind : uint8_t { database, write_ahead_log, journal };

class SqliteFile {
 public:
  SqliteFile(Disk& disk, std::string path, SqliteFileKind kind, std::unique_ptr<File> file, bool new_name)
      : disk_(disk), path_(std::move(path)), kind_(kind), file_(std::move(file)), new_name_(new_name) {}

  // Fewer bytes than asked only where the file ends. Errc::corrupt: what was read fails its checksum.
  Result<size_t> read(uint64_t offset, std::span<char> out);
  Status write(uint64_t offset, BytesView bytes);
  Status sync();
  Status truncate(uint64_t size) { return file_->truncate_now(size); }
  Result<uint64_t> size() { return file_->size_now(); }

 private:
  Result<size_t> read_pages(uint64_t offset, std::span<char> out);
  Result<size_t> read_frame(uint64_t offset, std::span<char> out);

  Disk& disk_;
  const std::string path_;
  const SqliteFileKind kind_;
  const std::unique_ptr<File> file_;
  bool new_name_;  // made by us and not yet synced in its folder
};

}  // namespace ringlet
