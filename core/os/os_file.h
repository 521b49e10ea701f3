// OsFile: one open file of an OsDisk.
#pragma once

#include <atomic>
#include <string>

#include "core/env/disk.h"
#include "core/os/io_threads.h"

namespace ringlet {

class OsFile final : public File {
 public:
  OsFile(int fd, std::string path, IoThreads& threads, std::atomic<bool>& cached_reads_work,
         std::atomic<uint64_t>& failed_syncs)
      : fd_(fd),
        path_(std::move(path)),
        threads_(threads),
        cached_reads_work_(cached_reads_work),
        failed_syncs_(failed_syncs) {}
  ~OsFile() override;

  Result<size_t> read_now(uint64_t offset, std::span<char> out) override;
  Status write_now(uint64_t offset, BytesView bytes) override;
  Status sync_now() override;
  Result<uint64_t> size_now() override;
  Status truncate_now(uint64_t size) override;
  Status reserve_now(uint64_t size) override;
  Result<std::optional<size_t>> read_cached(uint64_t offset, std::span<char> out) override;
  Task<Result<size_t>> read(uint64_t offset, std::span<char> out) override;
  Task<Status> write_and_sync(uint64_t offset, BytesView bytes) override;
  Task<Status> write(uint64_t offset, BytesView bytes) override;
  Task<Status> sync() override;

 private:
  Task<Status> carry_out(IoRequest request);
  Status outcome(const IoRequest& request) const;
  Status fill_with_zeros(uint64_t size);

  const int fd_;
  const std::string path_;  // for messages
  IoThreads& threads_;
  std::atomic<bool>& cached_reads_work_;
  std::atomic<uint64_t>& failed_syncs_;
};

}  // namespace ringlet
