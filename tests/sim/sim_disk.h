// SimDisk: a Disk whose every weakness shows when asked: crashes at any operation, failed syncs that later "succeed", I/O errors
// once or for good, a full disk, writes that get lost or land elsewhere, stalls. What survives a crash is in disk_state.h.
//
// A crash freezes the disk as it is. Every call of that life then fails with Errc::io ("the machine has lost power"), so the
// node unwinds by its own error paths; restart() gives the next life one of the disks that the frozen one may leave behind.
// Files and locks of an earlier life stay dead.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <set>

#include "core/env/disk.h"
#include "core/env/seeded_rng.h"
#include "tests/sim/disk_state.h"
#include "tests/sim/sim_scheduler.h"

namespace ringlet::sim {

enum class DiskOp : uint8_t {
  open,
  read,
  read_cached,
  write,
  sync,
  size,
  truncate,
  reserve,
  exists,
  remove,
  rename,
  link,
  make_directory,
  sync_directory,
  list,
  space,
  lock,
};
inline constexpr size_t kDiskOps = static_cast<size_t>(DiskOp::lock) + 1;
const char* name_of(DiskOp op);
bool changes_the_medium(DiskOp op);  // a cut elsewhere leaves the same disk as one at the change before

enum class FaultKind : uint8_t {
  crash,      // in the middle of the operation: it may have happened, in part or not at all; its caller sees an error
  io_error,   // Errc::io; of a sync: what it should have saved may be lost, and the next sync succeeds all the same
  no_space,   // Errc::no_space, of operations that may need space unless one is named
  lose,       // a write reports success and never reaches the medium; a sync, and saves nothing
  misdirect,  // a write reports success and reaches the medium one sector too far
  stall,      // a suspending call takes a second longer
};

struct Fault {
  FaultKind kind = FaultKind::crash;
  std::optional<DiskOp> op;        // any operation when absent
  uint64_t nth = 1;                // of those that match, counted from when the fault is planned
  bool for_good = false;           // from then on, every one that matches
  std::string path_contains = "";  // "" is every path
};

class SimDisk final : public Disk {
 public:
  struct Options {
    uint64_t capacity_bytes = uint64_t{1} << 40;
    Duration write_max = micros(200), sync_max = millis(2);  // latencies are drawn up to these
    unsigned cached_percent = 50;                            // of read_cached calls that find the bytes in memory
  };
  SimDisk(SimScheduler& scheduler, RngSource& dice, Options options);

  void plan(Fault fault) { faults_.push_back(std::move(fault)); }
  void clear_faults() { faults_.clear(); }
  void set_capacity(uint64_t bytes) { options_.capacity_bytes = bytes; }
  void flip_bit(const std::string& path, uint64_t byte, unsigned bit);  // decay: of the medium, seen by reads at once

  void crash() { crashed_ = true; }
  bool crashed() const { return crashed_; }
  const DiskState& state() const { return state_; }  // after a crash: the frozen point, from which survivors are drawn
  void restart(uint64_t survivor_seed, SurvivalOptions options = {}) {
    restart(survivor_of(state_, survivor_seed, options));
  }
  void restart(DiskState image);

  uint64_t operations() const { return total_; }
  uint64_t operations(DiskOp op) const { return counts_[static_cast<size_t>(op)]; }
  uint64_t faults_fired() const { return fired_; }
  std::function<void(DiskOp)> on_operation;  // each, before it is done: whose thread makes it, say
  uint64_t used_bytes() const;
  void forget_removed();  // files that no survivor can have a name for: a long run's memory

  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override;
  Result<bool> exists(const std::string& path) override;
  Status remove(const std::string& path) override;
  Status rename(const std::string& from, const std::string& to) override;
  Status link(const std::string& from, const std::string& to) override;
  Status make_directory(const std::string& path) override;
  Status sync_directory(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& path) override;
  Result<DiskSpace> space() override;
  uint64_t failed_syncs() const override { return failed_syncs_; }
  Result<std::unique_ptr<DirectoryLock>> lock(const std::string& path) override;

 private:
  friend class SimFile;
  friend class SimLock;
  struct Plan {  // what the faults have in store for one operation
    bool crash = false, fail_sync = false, lose = false, misdirect = false, stall = false;
  };
  struct Place {  // where a path leads
    InodeId folder = 0;
    std::string name;
    InodeId inode = 0;  // 0: nothing there
  };
  Result<Plan> begin(DiskOp op, const std::string& path, uint64_t life);
  Result<Plan> begin(DiskOp op, const std::string& path) { return begin(op, path, life_); }
  Status end(const Plan& plan, const std::string& path);  // carries out the crash
  bool dead(uint64_t life) const { return crashed_ || life != life_; }
  std::unexpected<Error> lost_power(const std::string& path) const;
  Result<Place> find(const std::string& path, const char* what);
  Result<Place> find_existing(const std::string& path, const char* what);
  uint64_t free_bytes() const;
  void fail_sync(Inode& file, uint64_t through_order);
  Task<void> wait(Duration at_most, bool stalled);

  SimScheduler& scheduler_;
  std::unique_ptr<Rng> dice_, latencies_;
  Options options_;
  DiskState state_;
  std::vector<Fault> faults_;
  std::map<InodeId, size_t> open_files_;  // keeps removed files' space taken
  std::set<std::string> locked_;
  std::array<uint64_t, kDiskOps> counts_{};
  uint64_t total_ = 0, fired_ = 0, life_ = 1;
  uint64_t failed_syncs_ = 0;
  bool crashed_ = false, crash_due_ = false;
};

}  // namespace ringlet::sim
