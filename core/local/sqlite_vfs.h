// SQLite's way to the disk: a VFS over Disk, so that metadata.db lives under the same faults, counts and simulation as
// everything else, and never leaves the data directory.
//
// Always holds
//   - every page of the database ends in 8 bytes of checksum, seeded with its number: set when it is written, checked
//     whenever any of it is read. A page read back from the write-ahead log is checked by the frame's own checksum
//   - no shared memory, no temporary files, no locks (the data directory's LOCK keeps other processes out): the connection
//     uses exclusive locking
//   - a name is on the medium once the first sync of its file has returned
// Blocks the thread it runs on. One VFS serves one connection at a time.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "core/env/env.h"
#include "core/local/disk_reserve.h"

struct sqlite3_vfs;

namespace ringlet {

inline constexpr size_t kSqlitePageBytes = 4096;
inline constexpr int kSqliteReservedBytes = 8;

class SqliteVfs {
 public:
  SqliteVfs(Env& env,
            DiskReserve& reserve);  // registers itself, as the default too: SQLite's dice come from the default
  ~SqliteVfs();
  SqliteVfs(const SqliteVfs&) = delete;

  const char* name() const { return name_.c_str(); }
  // What the disk said last; SQLite passes on no more than a number. Taken once.
  std::optional<Error> take_error();
  // A sync failed: nobody knows what is on the medium, and nothing may be built on it before it was written again.
  bool sync_failed() const { return sync_failed_; }
  void forget_sync_failure() { sync_failed_ = false; }

  // For the callbacks.
  Env& env() { return env_; }
  DiskReserve& reserve() { return reserve_; }
  Rng& rng() { return *rng_; }
  void keep_error(Error error) { error_ = std::move(error); }
  void note_sync_failure() { sync_failed_ = true; }
  void count_written(size_t bytes) { written_bytes_.fetch_add(bytes, std::memory_order_relaxed); }
  uint64_t written_bytes() const { return written_bytes_.load(std::memory_order_relaxed); }  // any thread

 private:
  Env& env_;
  DiskReserve& reserve_;
  const std::string name_;
  std::unique_ptr<Rng> rng_;
  std::unique_ptr<sqlite3_vfs> vfs_;
  std::optional<Error> error_;
  bool sync_failed_ = false;
  std::atomic<uint64_t> written_bytes_ = 0;
};

}  // namespace ringlet
