// Disk: the only way to the medium. Paths are relative to the data directory ("sstables/<id>/00000007.sst"), '/'-separated.
//
// What holds after a crash
//   - bytes written but not synced may be there, partly there (by sector, in any subset), or not there
//   - a new name, a rename and a removal may be undone until sync_directory() of the folder that holds the name
//   - after a failed sync nobody knows what is on the medium, and a later sync that succeeds proves nothing
// Calls named ..._now block their thread: for background executors, SQLite's thread, and start-up. The others suspend, and
// resume on the executor they were called from. Every error names the path.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/env/task.h"

namespace ringlet {

class File {
 public:
  virtual ~File() = default;  // closes; what was not synced stays unsynced

  // Fills `out` from `offset`; fewer bytes only where the file ends.
  virtual Result<size_t> read_now(uint64_t offset, std::span<char> out) = 0;
  virtual Status write_now(uint64_t offset, BytesView bytes) = 0;  // all of them, or an error
  virtual Status sync_now() = 0;                                   // data and size
  virtual Result<uint64_t> size_now() = 0;
  virtual Status truncate_now(uint64_t size) = 0;
  // Grows the file to at least `size` bytes, zeros past its old end, with room for all of them: later writes below `size`
  // find no ENOSPC. Like any change of size it needs a sync.
  virtual Status reserve_now(uint64_t size) = 0;

  // What the page cache holds, without waiting: nullopt where the medium would be needed (or the system cannot tell).
  virtual Result<std::optional<size_t>> read_cached(uint64_t offset, std::span<char> out) = 0;
  virtual Task<Result<size_t>> read(uint64_t offset, std::span<char> out) = 0;
  // The log's call: writes, and waits until this is on the medium; what earlier calls wrote has no part in it. `bytes` stays
  // valid until it returns.
  virtual Task<Status> write_and_sync(uint64_t offset, BytesView bytes) = 0;
  virtual Task<Status> write(uint64_t offset, BytesView bytes) = 0;
  virtual Task<Status> sync() = 0;
};

enum class OpenMode : uint8_t {
  read,    // must exist
  write,   // must exist
  create,  // must not exist
  create_or_open,
};

struct DiskSpace {
  uint64_t total_bytes = 0, free_bytes = 0;  // free to this process
};

class DirectoryLock {
 public:
  virtual ~DirectoryLock() = default;  // releases; a crash releases too
};

class Disk {
 public:
  virtual ~Disk() = default;
  virtual Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) = 0;
  virtual Result<bool> exists(const std::string& path) = 0;
  virtual Status remove(const std::string& path) = 0;                         // a file, or an empty folder
  virtual Status rename(const std::string& from, const std::string& to) = 0;  // replaces `to`
  virtual Status link(const std::string& from, const std::string& to) = 0;    // a second name
  virtual Status make_directory(const std::string& path) = 0;                 // with its parents; fine when it is there
  virtual Status sync_directory(const std::string& path) = 0;                 // "" is the data directory itself
  virtual Result<std::vector<std::string>> list(const std::string& path) = 0;  // names, sorted; folders end in '/'
  virtual Result<DiskSpace> space() = 0;
  virtual std::string place() const { return "the data directory"; }  // for people
  virtual uint64_t failed_syncs() const { return 0; }  // of files and folders, since it was opened; from any thread
  virtual Result<std::unique_ptr<DirectoryLock>> lock(
      const std::string& path) = 0;  // Errc::busy when another process has it
};

}  // namespace ringlet
