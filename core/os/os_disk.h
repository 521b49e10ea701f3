// OsDisk: the data directory on the kernel's file systems. Everything goes through one descriptor of the directory, so that
// renaming it while the node runs, or a change of the working directory, cannot lead a path elsewhere.
//
// Suspending calls use the thread's io_uring where one is attached (IoRing), else the disk's own I/O threads.
#pragma once

#include <atomic>

#include "core/env/disk.h"
#include "core/os/io_ring.h"
#include "core/os/io_threads.h"

namespace ringlet {

class OsDisk final : public Disk {
 public:
  struct Options {
    size_t io_threads = 2;
  };
  static Result<std::unique_ptr<OsDisk>> open(const std::string& root, Options options);  // makes the directory
  static Result<std::unique_ptr<OsDisk>> open(const std::string& root) { return open(root, Options{}); }
  ~OsDisk() override;

  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override;
  Result<bool> exists(const std::string& path) override;
  Status remove(const std::string& path) override;
  Status rename(const std::string& from, const std::string& to) override;
  Status link(const std::string& from, const std::string& to) override;
  Status make_directory(const std::string& path) override;
  Status sync_directory(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& path) override;
  Result<DiskSpace> space() override;
  std::string place() const override { return root_; }
  uint64_t failed_syncs() const override { return failed_syncs_.load(std::memory_order_relaxed); }
  Result<std::unique_ptr<DirectoryLock>> lock(const std::string& path) override;

  std::unique_ptr<IoRing> open_ring(unsigned entries = 256) {
    return IoRing::open(entries, threads_);
  }  // null: none here
  std::string full_path(const std::string& path) const { return path.empty() ? root_ : root_ + "/" + path; }

 private:
  OsDisk(std::string root, int root_fd, Options options);
  Status make_one_directory(const std::string& path);
  Result<int> open_directory(const std::string& path, const char* what);

  const std::string root_;
  const int root_fd_;
  IoThreads threads_;
  std::atomic<uint64_t> failed_syncs_{0};
  std::atomic<bool> cached_reads_work_{true};  // cleared where the file system or the kernel has no RWF_NOWAIT
};

}  // namespace ringlet
