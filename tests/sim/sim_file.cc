#include "tests/sim/sim_file.h"

#include <algorithm>
#include <cstring>

namespace ringlet::sim {

SimFile::SimFile(SimDisk& disk, std::string path, InodeId inode, uint64_t life, bool writable)
    : disk_(disk), path_(std::move(path)), inode_(inode), life_(life), writable_(writable) {
  ++disk_.open_files_[inode_];
}

SimFile::~SimFile() {
  if (life_ != disk_.life_) return;
  if (--disk_.open_files_[inode_] == 0) disk_.open_files_.erase(inode_);
}

Status SimFile::check_writable() const {
  if (writable_) return {};
  return fail(Errc::io, "cannot change " + path_ + ": it was opened for reading");
}

// --- reads ----------------------------------------------------------------------------------------------------------

size_t SimFile::copy_out(uint64_t offset, std::span<char> out) {
  const std::string& bytes = file().cache;
  if (offset >= bytes.size()) return 0;
  const auto count = static_cast<size_t>(std::min<uint64_t>(out.size(), bytes.size() - offset));
  std::memcpy(out.data(), bytes.data() + offset, count);
  return count;
}

Result<size_t> SimFile::read_now(uint64_t offset, std::span<char> out) {
  TRY(const Plan plan, begin(DiskOp::read));
  TRY_STATUS(disk_.end(plan, path_));
  return copy_out(offset, out);
}

Result<std::optional<size_t>> SimFile::read_cached(uint64_t offset, std::span<char> out) {
  TRY(const Plan plan, begin(DiskOp::read_cached));
  TRY_STATUS(disk_.end(plan, path_));
  if (disk_.dice_->below(100) >= disk_.options_.cached_percent) return std::nullopt;
  return copy_out(offset, out);
}

Task<Result<size_t>> SimFile::read(uint64_t offset, std::span<char> out) {
  CO_TRY(const Plan plan, begin(DiskOp::read));
  CO_TRY_STATUS(disk_.end(plan, path_));
  co_await disk_.wait(disk_.options_.write_max, plan.stall);
  if (disk_.dead(life_)) co_return disk_.lost_power(path_);
  co_return copy_out(offset, out);
}

Result<uint64_t> SimFile::size_now() {
  TRY(const Plan plan, begin(DiskOp::size));
  TRY_STATUS(disk_.end(plan, path_));
  return file().cache.size();
}

// --- writes ---------------------------------------------------------------------------------------------------------

size_t SimFile::bytes_that_fit(uint64_t offset, size_t size) {
  const uint64_t has = std::max<uint64_t>(file().cache.size(), file().reserved_bytes);
  const uint64_t room_end = (has + kBlockBytes - 1) / kBlockBytes * kBlockBytes;
  if (offset + size <= room_end) return size;
  const uint64_t end = room_end + disk_.free_bytes() / kBlockBytes * kBlockBytes;
  return end <= offset ? 0 : static_cast<size_t>(std::min<uint64_t>(size, end - offset));
}

Status SimFile::apply_write(uint64_t offset, BytesView bytes, const Plan& plan) {
  const size_t fits = bytes_that_fit(offset, bytes.size());
  DiskState& state = disk_.state_;
  const uint64_t order = state.next_order++;
  if (fits > 0) {
    file().write(offset, bytes.substr(0, fits), order);
    state.last_write = DiskState::LastWrite{inode_, offset / kSectorBytes, (offset + fits - 1) / kSectorBytes};
  }
  if (plan.lose || plan.misdirect) {  // the cache stays right until the machine restarts; the medium does not
    std::map<uint64_t, std::vector<Inode::Sector>> elsewhere;
    for (auto& [sector, versions] : file().unsynced) {
      if (versions.back().order != order) continue;
      if (plan.misdirect) elsewhere[sector + 1].push_back(versions.back());
      versions.pop_back();
    }
    std::erase_if(file().unsynced, [](const auto& entry) { return entry.second.empty(); });
    for (auto& [sector, versions] : elsewhere) file().unsynced[sector].push_back(versions.back());
  }
  if (fits < bytes.size()) return fail(Errc::no_space, "cannot write " + path_ + ": the disk is full");
  return disk_.end(plan, path_);
}

Status SimFile::write_now(uint64_t offset, BytesView bytes) {
  TRY_STATUS(check_writable());
  TRY(const Plan plan, begin(DiskOp::write));
  return apply_write(offset, bytes, plan);
}

Task<Status> SimFile::write(uint64_t offset, BytesView bytes) {
  CO_TRY_STATUS(check_writable());
  CO_TRY(const Plan plan, begin(DiskOp::write));
  Status written = apply_write(offset, bytes, plan);
  co_await disk_.wait(disk_.options_.write_max, plan.stall);
  if (disk_.dead(life_)) co_return disk_.lost_power(path_);
  co_return written;
}

Status SimFile::truncate_now(uint64_t size) {
  TRY_STATUS(check_writable());
  TRY(const Plan plan, begin(DiskOp::truncate));
  file().reserved_bytes = std::min(file().reserved_bytes, size);
  file().resize(size, disk_.state_.next_order++);
  return disk_.end(plan, path_);
}

Status SimFile::reserve_now(uint64_t size) {
  TRY_STATUS(check_writable());
  TRY(const Plan plan, begin(DiskOp::reserve));
  const uint64_t has = file().cache.size();
  if (size > has) {
    if (bytes_that_fit(has, size - has) < size - has)
      return fail(Errc::no_space,
                  "cannot reserve " + std::to_string(size) + " bytes for " + path_ + ": the disk is full");
    file().reserved_bytes = std::max(file().reserved_bytes, size);
    file().resize(size, disk_.state_.next_order++);
  }
  return disk_.end(plan, path_);
}

// --- syncs ----------------------------------------------------------------------------------------------------------

Status SimFile::apply_sync(uint64_t through_order, SectorRange sectors, const Plan& plan) {
  if (plan.lose) return {};
  if (!plan.fail_sync) {
    file().make_durable(through_order, sectors);
    return {};
  }
  disk_.fail_sync(file(), through_order);
  return fail(Errc::io, "cannot sync " + path_ + ": input/output error");
}

Status SimFile::sync_now() {
  TRY(const Plan plan, begin(DiskOp::sync));
  TRY_STATUS(disk_.end(plan, path_));  // a crash comes before the sync: its survivors include those of any later moment
  return apply_sync(disk_.state_.next_order, {}, plan);
}

Task<Status> SimFile::sync() { return sync(SectorRange{}); }

Task<Status> SimFile::sync(SectorRange sectors) {
  CO_TRY(const Plan plan, begin(DiskOp::sync));
  CO_TRY_STATUS(disk_.end(plan, path_));
  const uint64_t through_order = disk_.state_.next_order - 1;  // what is written while it runs is not its business
  co_await disk_.wait(disk_.options_.sync_max, plan.stall);
  if (disk_.dead(life_)) co_return disk_.lost_power(path_);
  co_return apply_sync(through_order, sectors, plan);
}

Task<Status> SimFile::write_and_sync(uint64_t offset, BytesView bytes) {
  CO_TRY_STATUS(co_await write(offset, bytes));
  const uint64_t last = offset + std::max<uint64_t>(bytes.size(), 1) - 1;
  const SectorRange written{offset / kSectorBytes, last / kSectorBytes};
  co_return co_await sync(written);
}

}  // namespace ringlet::sim
