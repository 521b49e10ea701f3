// A disk in memory for tests of file formats: no crashes (the simulator has those), but counted calls, a page cache that
// holds only part of what is asked, and writes or syncs that fail on demand.
#pragma once

#include <functional>
#include <map>
#include <random>

#include "core/env/disk.h"

namespace ringlet::testing {

class MemoryDisk final : public Disk {
 public:
  struct Content {
    Bytes bytes;
    uint64_t synced_bytes = 0;
  };
  std::map<std::string, std::shared_ptr<Content>> files;
  std::map<std::string, int> synced_folders;
  std::vector<std::string> folders;
  std::mt19937_64* page_cache_dice = nullptr;  // set: half of what is asked is not in the page cache
  bool nothing_cached = false;
  uint64_t reads = 0, waits = 0;                    // all reads; those that waited for the medium
  std::vector<std::pair<uint64_t, size_t>> writes;  // offset and bytes, of all files
  int calls_until_failure = -1;  // writes, syncs and opens for writing; counts down to 0, then fails for good
  Error failure{Errc::io, "the medium failed", {}};

  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override;
  Result<bool> exists(const std::string& path) override;
  Status remove(const std::string& path) override;
  Status rename(const std::string& from, const std::string& to) override;
  Status link(const std::string& from, const std::string& to) override;
  Status make_directory(const std::string& path) override;
  Status sync_directory(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& path) override;
  Result<DiskSpace> space() override { return DiskSpace{1ull << 40, 1ull << 39}; }
  Result<std::unique_ptr<DirectoryLock>> lock(const std::string&) override { return std::make_unique<DirectoryLock>(); }

  Status change();  // one more changing call: may fail
};

}  // namespace ringlet::testing
