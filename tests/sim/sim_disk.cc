#include "tests/sim/sim_disk.h"

#include <algorithm>

#include "tests/sim/sim_file.h"

namespace ringlet::sim {
namespace {

constexpr const char* kNames[kDiskOps] = {"open",           "read",           "read_cached", "write",  "sync",   "size",
                                          "truncate",       "reserve",        "exists",      "remove", "rename", "link",
                                          "make_directory", "sync_directory", "list",        "space",  "lock"};

std::vector<std::string> parts_of(const std::string& path) {
  std::vector<std::string> parts;
  size_t from = 0;
  while (from < path.size()) {
    const size_t slash = std::min(path.find('/', from), path.size());
    if (slash > from) parts.push_back(path.substr(from, slash - from));
    from = slash + 1;
  }
  return parts;
}

std::unexpected<Error> cannot(Errc code, const std::string& what, const std::string& path, const std::string& why) {
  return fail(code, "cannot " + what + " " + (path.empty() ? "the data directory" : path) + ": " + why);
}

}  // namespace

const char* name_of(DiskOp op) { return kNames[static_cast<size_t>(op)]; }

bool changes_the_medium(DiskOp op) {
  switch (op) {
    case DiskOp::open:  // may create
    case DiskOp::write:
    case DiskOp::sync:
    case DiskOp::truncate:
    case DiskOp::reserve:
    case DiskOp::remove:
    case DiskOp::rename:
    case DiskOp::link:
    case DiskOp::make_directory:
    case DiskOp::sync_directory:
    case DiskOp::lock:
      return true;
    default:
      return false;
  }
}

// A full disk refuses these.
static bool takes_space(DiskOp op) {
  switch (op) {
    case DiskOp::open:
    case DiskOp::write:
    case DiskOp::sync:
    case DiskOp::reserve:
    case DiskOp::rename:
    case DiskOp::link:
    case DiskOp::make_directory:
      return true;
    default:
      return false;
  }
}

SimDisk::SimDisk(SimScheduler& scheduler, RngSource& dice, Options options)
    : scheduler_(scheduler), dice_(dice.stream("disk")), latencies_(dice.stream("disk latency")), options_(options) {}

// --- faults and lives -----------------------------------------------------------------------------------------------

std::unexpected<Error> SimDisk::lost_power(const std::string& path) const {
  return fail(Errc::io, "the machine has lost power (" + path + ")");
}

Result<SimDisk::Plan> SimDisk::begin(DiskOp op, const std::string& path, uint64_t life) {
  if (crash_due_) crash();  // the operation that was to be cut failed by itself before it came to that
  if (dead(life)) return lost_power(path);
  ++counts_[static_cast<size_t>(op)];
  ++total_;
  if (on_operation) on_operation(op);
  Plan plan;
  std::optional<Error> error;
  for (Fault& fault : faults_) {
    if (fault.kind == FaultKind::no_space && !fault.op && !takes_space(op)) continue;
    if (fault.nth == 0 || (fault.op && *fault.op != op) || path.find(fault.path_contains) == std::string::npos)
      continue;
    if (--fault.nth != 0) continue;
    if (fault.for_good) fault.nth = 1;
    ++fired_;
    switch (fault.kind) {
      case FaultKind::crash:
        plan.crash = crash_due_ = true;
        break;
      case FaultKind::lose:
        plan.lose = true;
        break;
      case FaultKind::misdirect:
        plan.misdirect = true;
        break;
      case FaultKind::stall:
        plan.stall = true;
        break;
      case FaultKind::no_space:
        error = cannot(Errc::no_space, name_of(op), path, "the disk is full").error();
        break;
      case FaultKind::io_error:
        if (op == DiskOp::sync || op == DiskOp::sync_directory)
          plan.fail_sync = true, ++failed_syncs_;
        else
          error = cannot(Errc::io, name_of(op), path, "input/output error").error();
        break;
    }
  }
  if (error && !plan.crash) return fail(*error);
  return plan;
}

Status SimDisk::end(const Plan& plan, const std::string& path) {
  if (!plan.crash) return {};
  crash();
  return lost_power(path);
}

void SimDisk::restart(DiskState image) {
  state_ = std::move(image);
  crashed_ = crash_due_ = false;
  ++life_;
  open_files_.clear();
  locked_.clear();
  counts_.fill(0);
  total_ = 0;
}

Task<void> SimDisk::wait(Duration at_most, bool stalled) {
  Executor* executor = Executor::current();
  MUST(executor != nullptr);
  Instant until =
      scheduler_.now() + Duration{1 + static_cast<int64_t>(latencies_->below(static_cast<uint64_t>(at_most.nanos)))};
  if (stalled) until = until + seconds(1);
  co_await executor->sleep_until(until);
}

void SimDisk::fail_sync(Inode& file, uint64_t through_order) {
  // The kernel marked the pages clean: what did not make it is gone, though reads go on seeing it, and no later sync tries.
  for (auto at = file.unsynced.begin(); at != file.unsynced.end();) {
    std::vector<Inode::Sector>& versions = at->second;
    const bool lost = dice_->below(2) == 0;
    if (lost) std::erase_if(versions, [&](const Inode::Sector& version) { return version.order <= through_order; });
    at = versions.empty() ? file.unsynced.erase(at) : std::next(at);
  }
  if (dice_->below(2) == 0)
    std::erase_if(file.unsynced_sizes, [&](const Inode::Size& size) { return size.order <= through_order; });
  file.make_durable(through_order);
}

void SimDisk::flip_bit(const std::string& path, uint64_t byte, unsigned bit) {
  const Result<Place> place = find_existing(path, "damage");
  MUST(place.has_value());
  Inode& file = state_.inodes.at(place->inode);
  const auto mask = static_cast<char>(1u << bit);
  if (byte < file.medium.size()) file.medium[byte] ^= mask;
  if (byte < file.cache.size()) file.cache[byte] ^= mask;
}

// --- space ----------------------------------------------------------------------------------------------------------

void SimDisk::forget_removed() {
  std::set<InodeId> named = {kRootFolder};
  for (const auto& [id, inode] : state_.inodes) {
    for (const auto& [name, target] : inode.names) named.insert(target);
    for (const auto& [name, target] : inode.medium_names) named.insert(target.inode);
  }
  for (const NameChange& change : state_.unsynced_names)
    for (const NameChange::One& part : change.parts) named.insert(part.inode);
  std::erase_if(state_.inodes,
                [&](const auto& entry) { return !named.contains(entry.first) && !open_files_.contains(entry.first); });
}

uint64_t SimDisk::used_bytes() const {
  std::set<InodeId> alive;
  for (const auto& [id, count] : open_files_) alive.insert(id);
  for (const auto& [id, inode] : state_.inodes) {
    for (const auto& [name, target] : inode.names) alive.insert(target);
  }
  uint64_t used = 0;
  for (const InodeId id : alive) {
    const Inode& inode = state_.inodes.at(id);
    if (inode.folder) continue;
    used +=
        (std::max<uint64_t>(inode.cache.size(), inode.reserved_bytes) + kBlockBytes - 1) / kBlockBytes * kBlockBytes;
  }
  return used;
}

uint64_t SimDisk::free_bytes() const {
  const uint64_t used = used_bytes();
  return used < options_.capacity_bytes ? options_.capacity_bytes - used : 0;
}

Result<DiskSpace> SimDisk::space() {
  TRY(const Plan plan, begin(DiskOp::space, ""));
  TRY_STATUS(end(plan, ""));
  return DiskSpace{.total_bytes = options_.capacity_bytes, .free_bytes = free_bytes()};
}

// --- names ----------------------------------------------------------------------------------------------------------

Result<SimDisk::Place> SimDisk::find(const std::string& path, const char* what) {
  const std::vector<std::string> parts = parts_of(path);
  Place place{.folder = 0, .name = "", .inode = kRootFolder};
  for (const std::string& part : parts) {
    if (place.inode == 0) return cannot(Errc::not_found, what, path, "no such folder");
    const Inode& folder = state_.inodes.at(place.inode);
    if (!folder.folder) return cannot(Errc::not_found, what, path, "a file is in the way");
    const auto entry = folder.names.find(part);
    place = {.folder = place.inode, .name = part, .inode = entry == folder.names.end() ? 0 : entry->second};
  }
  return place;
}

Result<SimDisk::Place> SimDisk::find_existing(const std::string& path, const char* what) {
  TRY(Place place, find(path, what));
  if (place.inode == 0) return cannot(Errc::not_found, what, path, "no such file or folder");
  return place;
}

Result<std::unique_ptr<File>> SimDisk::open(const std::string& path, OpenMode mode) {
  TRY(const Plan plan, begin(DiskOp::open, path));
  TRY(Place place, find(path, "open"));
  if (place.inode != 0 && mode == OpenMode::create) return cannot(Errc::exists, "create", path, "it is already there");
  if (place.inode == 0) {
    if (mode == OpenMode::read || mode == OpenMode::write) return cannot(Errc::not_found, "open", path, "no such file");
    if (free_bytes() < kBlockBytes) return cannot(Errc::no_space, "create", path, "the disk is full");
    place.inode = state_.next_inode++;
    state_.inodes[place.inode];
    state_.change_names({place.folder, place.name, place.inode});
  }
  if (state_.inodes.at(place.inode).folder) return cannot(Errc::io, "open", path, "it is a folder");
  TRY_STATUS(end(plan, path));
  return std::make_unique<SimFile>(*this, path, place.inode, life_, mode != OpenMode::read);
}

Result<bool> SimDisk::exists(const std::string& path) {
  TRY(const Plan plan, begin(DiskOp::exists, path));
  TRY_STATUS(end(plan, path));
  const Result<Place> place = find(path, "look for");
  return place.has_value() && place->inode != 0;
}

Status SimDisk::remove(const std::string& path) {
  TRY(const Plan plan, begin(DiskOp::remove, path));
  TRY(const Place place, find_existing(path, "remove"));
  if (!state_.inodes.at(place.inode).names.empty()) return cannot(Errc::io, "remove", path, "the folder is not empty");
  state_.change_names({place.folder, place.name, 0});
  return end(plan, path);
}

Status SimDisk::rename(const std::string& from, const std::string& to) {
  TRY(const Plan plan, begin(DiskOp::rename, from + " to " + to));
  TRY(const Place source, find_existing(from, "rename"));
  TRY(const Place target, find(to, "rename to"));
  if (target.inode != 0 && state_.inodes.at(target.inode).folder)
    return cannot(Errc::io, "rename to", to, "it is a folder");
  if (source.inode != target.inode) {
    state_.change_names({{source.folder, source.name, 0}, {target.folder, target.name, source.inode}});
  }
  return end(plan, from);
}

Status SimDisk::link(const std::string& from, const std::string& to) {
  TRY(const Plan plan, begin(DiskOp::link, from + " to " + to));
  TRY(const Place source, find_existing(from, "link"));
  TRY(const Place target, find(to, "link to"));
  if (target.inode != 0) return cannot(Errc::exists, "link to", to, "it is already there");
  if (state_.inodes.at(source.inode).folder) return cannot(Errc::io, "link", from, "it is a folder");
  state_.change_names({target.folder, target.name, source.inode});
  return end(plan, to);
}

Status SimDisk::make_directory(const std::string& path) {
  TRY(const Plan plan, begin(DiskOp::make_directory, path));
  std::string prefix;
  for (const std::string& part : parts_of(path)) {
    prefix += (prefix.empty() ? "" : "/") + part;
    TRY(Place place, find(prefix, "make the folder"));
    if (place.inode != 0 && !state_.inodes.at(place.inode).folder)
      return cannot(Errc::exists, "make the folder", prefix, "a file is in the way");
    if (place.inode != 0) continue;
    place.inode = state_.next_inode++;
    state_.inodes[place.inode].folder = true;
    state_.change_names({place.folder, place.name, place.inode});
  }
  return end(plan, path);
}

Status SimDisk::sync_directory(const std::string& path) {
  TRY(const Plan plan, begin(DiskOp::sync_directory, path));
  TRY_STATUS(end(plan, path));  // a crash comes before the sync: its survivors include those of any later moment
  TRY(const Place place, find_existing(path, "sync the folder"));
  if (plan.lose) return {};
  const auto touches = [&](const NameChange& change) {
    return std::ranges::any_of(change.parts, [&](const NameChange::One& part) { return part.folder == place.inode; });
  };
  for (const NameChange& change : state_.unsynced_names) {
    if (touches(change) && (!plan.fail_sync || dice_->below(2) == 0)) state_.make_durable(change);
  }
  std::erase_if(state_.unsynced_names, touches);
  if (plan.fail_sync) return cannot(Errc::io, "sync the folder", path, "input/output error");
  return {};
}

Result<std::vector<std::string>> SimDisk::list(const std::string& path) {
  TRY(const Plan plan, begin(DiskOp::list, path));
  TRY_STATUS(end(plan, path));
  TRY(const Place place, find_existing(path, "list"));
  const Inode& folder = state_.inodes.at(place.inode);
  if (!folder.folder) return cannot(Errc::io, "list", path, "it is a file");
  std::vector<std::string> names;
  for (const auto& [name, inode] : folder.names) names.push_back(state_.inodes.at(inode).folder ? name + "/" : name);
  std::ranges::sort(names);
  return names;
}

// --- the lock -------------------------------------------------------------------------------------------------------

class SimLock final : public DirectoryLock {
 public:
  SimLock(SimDisk& disk, std::string path, uint64_t life) : disk_(disk), path_(std::move(path)), life_(life) {}
  ~SimLock() override {
    if (disk_.life_ == life_) disk_.locked_.erase(path_);
  }

 private:
  SimDisk& disk_;
  const std::string path_;
  const uint64_t life_;
};

Result<std::unique_ptr<DirectoryLock>> SimDisk::lock(const std::string& path) {
  TRY(const Plan plan, begin(DiskOp::lock, path));
  TRY(Place place, find(path, "lock"));
  if (place.inode == 0) {
    place.inode = state_.next_inode++;
    state_.inodes[place.inode];
    state_.change_names({place.folder, place.name, place.inode});
  }
  TRY_STATUS(end(plan, path));
  if (!locked_.insert(path).second) return fail(Errc::busy, path + " is held by another process");
  return std::make_unique<SimLock>(*this, path, life_);
}

}  // namespace ringlet::sim
