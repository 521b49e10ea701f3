#include "core/local/disk_reserve.h"

#include <algorithm>

namespace ringlet {

constexpr uint64_t kShareOfDisk = 16;  // never more than this part of it

static uint64_t and_to_spare(uint64_t bytes) { return bytes + bytes / 2; }

Error DiskReserve::refusal() const {
  return {Errc::no_space,
          "the disk of " + disk_.place() + " is full: writes are refused until " +
              std::to_string((and_to_spare(bytes_) + (1u << 20) - 1) >> 20) +
              " MiB are free there. Free some space, or DELETE, TRUNCATE or DROP what is not needed, or snapshots and "
              "backups, which keep space taken: that goes on, and writes resume by themselves",
          {}};
}

bool DiskReserve::release() {
  State held = State::held;
  if (!state_.compare_exchange_strong(held, State::full, std::memory_order_acq_rel)) return false;
  return disk_.remove(kFile).has_value();
}

void DiskReserve::find() {
  if (const auto there = disk_.exists(kFile); there && *there) state_ = State::held;
}

void DiskReserve::keep(uint64_t bytes) {
  const auto space = disk_.space();
  if (bytes == 0 || !space) return;
  bytes_ = std::min(bytes, space->total_bytes / kShareOfDisk);
  if (state_ != State::held && space->free_bytes < and_to_spare(bytes_)) {
    state_ = State::full;
    return;
  }
  const Status taken = take();
  state_ = taken ? State::held : taken.error().code == Errc::no_space ? State::full : State::none;
}

void DiskReserve::look() {
  if (!full()) return;
  const auto space = disk_.space();
  if (space && space->free_bytes >= and_to_spare(bytes_) && take()) state_ = State::held;
}

// Not synced: one that a power cut undoes is taken anew.
Status DiskReserve::take() {
  Status reserved;
  {
    TRY(const auto file, disk_.open(kFile, OpenMode::create_or_open));
    reserved = file->reserve_now(bytes_);
  }
  if (!reserved) (void)disk_.remove(kFile);
  return reserved;
}

}  // namespace ringlet
