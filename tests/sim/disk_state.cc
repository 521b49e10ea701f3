#include "tests/sim/disk_state.h"

#include <algorithm>

#include "core/env/seeded_rng.h"

namespace ringlet::sim {
namespace {

// Enough versions of one sector to choose from; dropping one in the middle only narrows what a crash may leave.
constexpr size_t kVersionsKept = 6;

void put(std::string& into, uint64_t sector, std::string_view bytes) {
  const uint64_t at = sector * kSectorBytes;
  if (at >= into.size()) return;
  const auto count = std::min<uint64_t>(bytes.size(), into.size() - at);
  into.replace(at, count, bytes.substr(0, count));
}

// A later change of the same name may be durable already: then an earlier one has nothing to say.
void apply(Inode::Name& name, const NameChange::One& part, uint64_t order) {
  if (name.order < order) name = {part.inode, order};
}

class Survival {
 public:
  Survival(const DiskState& frozen, uint64_t seed, SurvivalOptions options)
      : frozen_(frozen), seed_(seed), options_(options), rng_(seed), keep_percent_(10 + 40 * rng_.below(3)) {}

  DiskState run() {
    survivor_.next_inode = frozen_.next_inode;
    survivor_.next_order = frozen_.next_order;
    for (const auto& [id, inode] : frozen_.inodes) {
      if (inode.folder) names_[id] = inode.medium_names;
    }
    for (const NameChange& change : frozen_.unsynced_names) {
      if (!kept()) continue;
      for (const NameChange::One& part : change.parts) apply(names_[part.folder][part.name], part, change.order);
    }
    survivor_.inodes.clear();
    visit(kRootFolder);
    return std::move(survivor_);
  }

 private:
  bool kept() { return seed_ != 0 && (seed_ == 1 || rng_.below(100) < keep_percent_); }
  // Which of n versions, the newest one under seed 1.
  size_t which(size_t n) { return seed_ == 1 ? n - 1 : rng_.below(n); }

  void visit(InodeId id) {
    if (survivor_.inodes.contains(id)) return;  // a second name of one file
    const Inode& before = frozen_.inodes.at(id);
    Inode& after = survivor_.inodes[id];
    after.folder = before.folder;
    if (!before.folder) {
      after.medium = survive(id, before);
      after.cache = after.medium;
      after.reserved_bytes = std::min<uint64_t>(before.reserved_bytes, after.medium.size());
      return;
    }
    for (const auto& [name, entry] : names_[id]) {
      if (entry.inode == 0) continue;
      after.names[name] = entry.inode;
      after.medium_names[name] = entry;
      visit(entry.inode);
    }
  }

  std::string survive(InodeId id, const Inode& file) {
    std::string bytes = file.medium;
    if (!file.unsynced_sizes.empty() && kept())
      bytes.resize(file.unsynced_sizes[which(file.unsynced_sizes.size())].bytes, '\0');
    for (const auto& [sector, versions] : file.unsynced) {
      if (!kept()) continue;
      std::string chosen = versions[which(versions.size())].bytes;
      damage(id, sector, bytes, chosen);
      put(bytes, sector, chosen);
    }
    return bytes;
  }

  void damage(InodeId id, uint64_t sector, const std::string& old, std::string& chosen) {
    const auto& last = frozen_.last_write;
    if (seed_ <= 1 || !last || last->inode != id || sector < last->first_sector || sector > last->last_sector) return;
    if (options_.tear_last_write && !torn_ && rng_.below(4) == 0) {
      torn_ = true;
      const uint64_t cut = rng_.below(kSectorBytes);
      for (uint64_t n = cut; n < kSectorBytes; ++n) {
        const uint64_t at = sector * kSectorBytes + n;
        chosen[n] = at < old.size() ? old[at] : '\0';
      }
    }
    if (options_.flip_a_bit && !flipped_ && rng_.below(4) == 0) {
      flipped_ = true;
      chosen[rng_.below(kSectorBytes)] ^= static_cast<char>(1 << rng_.below(8));
    }
  }

  const DiskState& frozen_;
  const uint64_t seed_;
  const SurvivalOptions options_;
  SeededRng rng_;
  const uint64_t keep_percent_;
  bool torn_ = false, flipped_ = false;
  std::map<InodeId, std::map<std::string, Inode::Name>> names_;  // as the medium will have them
  DiskState survivor_;
};

}  // namespace

void Inode::remember_sector(uint64_t number, uint64_t order) {
  std::string bytes(kSectorBytes, '\0');
  const uint64_t at = number * kSectorBytes;
  if (at < cache.size()) bytes.replace(0, std::min(kSectorBytes, cache.size() - at), cache, at, kSectorBytes);
  bytes.resize(kSectorBytes, '\0');
  std::vector<Sector>& versions = unsynced[number];
  if (versions.size() >= kVersionsKept) versions.erase(versions.begin() + 1);
  versions.push_back({order, std::move(bytes)});
}

void Inode::write(uint64_t offset, std::string_view bytes, uint64_t order) {
  if (bytes.empty()) return;
  if (offset + bytes.size() > cache.size()) cache.resize(offset + bytes.size(), '\0');
  // Also where a failed sync lost the file's growth: what is written beyond the medium's end takes the size along.
  const uint64_t grown_to = unsynced_sizes.empty() ? medium.size() : unsynced_sizes.back().bytes;
  if (offset + bytes.size() > grown_to) unsynced_sizes.push_back({order, cache.size()});
  cache.replace(offset, bytes.size(), bytes);
  for (uint64_t s = offset / kSectorBytes; s <= (offset + bytes.size() - 1) / kSectorBytes; ++s)
    remember_sector(s, order);
}

void Inode::resize(uint64_t size, uint64_t order) {
  const uint64_t before = cache.size();
  if (size == before) return;
  cache.resize(size, '\0');
  unsynced_sizes.push_back({order, size});
  // What a truncation cut off must read as zeros if the file grows again.
  if (size >= before) return;
  for (uint64_t s = size / kSectorBytes; s * kSectorBytes < before; ++s) remember_sector(s, order);
}

void Inode::make_durable(uint64_t through_order, SectorRange sectors) {
  for (const Size& size : unsynced_sizes) {
    if (size.order <= through_order) medium.resize(size.bytes, '\0');
  }
  std::erase_if(unsynced_sizes, [&](const Size& size) { return size.order <= through_order; });
  for (auto at = unsynced.lower_bound(sectors.first); at != unsynced.end() && at->first <= sectors.last;) {
    std::vector<Sector>& versions = at->second;
    for (const Sector& version : versions) {
      if (version.order <= through_order) put(medium, at->first, version.bytes);
    }
    std::erase_if(versions, [&](const Sector& version) { return version.order <= through_order; });
    at = versions.empty() ? unsynced.erase(at) : std::next(at);
  }
}

void DiskState::change_names(std::vector<NameChange::One> parts) {
  for (const NameChange::One& part : parts) {
    auto& names = inodes.at(part.folder).names;
    if (part.inode == 0) {
      names.erase(part.name);
    } else {
      names[part.name] = part.inode;
    }
  }
  unsynced_names.push_back({next_order++, std::move(parts)});
}

void DiskState::make_durable(const NameChange& change) {
  for (const NameChange::One& part : change.parts) {
    apply(inodes.at(part.folder).medium_names[part.name], part, change.order);
  }
}

DiskState survivor_of(const DiskState& frozen, uint64_t seed, SurvivalOptions options) {
  return Survival(frozen, seed, options).run();
}

}  // namespace ringlet::sim
