// SimFile: one open file of a SimDisk.
#pragma once

#include "tests/sim/sim_disk.h"

namespace ringlet::sim {

class SimFile final : public File {
 public:
  SimFile(SimDisk& disk, std::string path, InodeId inode, uint64_t life, bool writable);
  ~SimFile() override;

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
  using Plan = SimDisk::Plan;
  Result<Plan> begin(DiskOp op) { return disk_.begin(op, path_, life_); }
  Inode& file() { return disk_.state_.inodes.at(inode_); }
  Status check_writable() const;
  size_t copy_out(uint64_t offset, std::span<char> out);
  Status apply_write(uint64_t offset, BytesView bytes, const Plan& plan);
  Status apply_sync(uint64_t through_order, SectorRange sectors, const Plan& plan);
  Task<Status> sync(SectorRange sectors);
  size_t bytes_that_fit(uint64_t offset, size_t size);

  SimDisk& disk_;
  const std::string path_;
  const InodeId inode_;
  const uint64_t life_;
  const bool writable_;
};

}  // namespace ringlet::sim
