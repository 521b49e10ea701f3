// DiskState: everything about a simulated disk that matters when the power goes: what is surely on the medium, and what was
// written, named, renamed or removed since without a sync. A plain value: copying it freezes it.
//
// Files are bytes in sectors of 512. A sector written since the last sync may hold, after a crash, any of its versions. The
// size is versioned alike. Names live in folders; every change of names (a create, link, remove; a rename is one change of
// two names) survives a crash or does not, as a whole, each by itself, until the folder is synced.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace ringlet::sim {

inline constexpr uint64_t kSectorBytes = 512;
inline constexpr uint64_t kBlockBytes = 4096;  // what free space is counted in
using InodeId = uint64_t;                      // 0: no such
inline constexpr InodeId kRootFolder = 1;

struct SectorRange {
  uint64_t first = 0, last = UINT64_MAX;  // both within
};

struct Inode {
  bool folder = false;
  // a file
  std::string cache;   // what reads see
  std::string medium;  // what the last sync made sure of
  struct Sector {
    uint64_t order;
    std::string bytes;
  };
  std::map<uint64_t, std::vector<Sector>> unsynced;  // by sector number, oldest first
  struct Size {
    uint64_t order, bytes;
  };
  std::vector<Size> unsynced_sizes;
  uint64_t reserved_bytes = 0;
  // a folder
  std::map<std::string, InodeId> names;  // as the running system sees them
  struct Name {
    InodeId inode;
    uint64_t order;  // of the change that made it so
  };
  std::map<std::string, Name> medium_names;  // inode 0: surely absent

  void write(uint64_t offset, std::string_view bytes, uint64_t order);
  void resize(uint64_t size, uint64_t order);
  void make_durable(uint64_t through_order, SectorRange sectors = {});
  void remember_sector(uint64_t number, uint64_t order);  // as the cache has it now
};

struct NameChange {
  struct One {
    InodeId folder;
    std::string name;
    InodeId inode;  // 0: removed
  };
  uint64_t order;
  std::vector<One> parts;
};

struct DiskState {
  std::map<InodeId, Inode> inodes;
  std::vector<NameChange> unsynced_names;
  InodeId next_inode = kRootFolder + 1;
  uint64_t next_order = 1;
  struct LastWrite {
    InodeId inode;
    uint64_t first_sector, last_sector;
  };
  std::optional<LastWrite> last_write;  // the one that a crash may tear

  DiskState() { inodes[kRootFolder].folder = true; }
  void change_names(NameChange::One part) { change_names(std::vector<NameChange::One>{std::move(part)}); }
  void change_names(std::vector<NameChange::One> parts);
  void make_durable(const NameChange& change);
};

struct SurvivalOptions {
  bool tear_last_write = true;  // within a sector: its first bytes new, the rest old
  bool flip_a_bit = false;      // in a sector that was being written
};

// One of the many disks a machine may find after this one lost its power. Seed 0: nothing unsynced survived; 1: all of it; any
// other: a subset drawn from the seed.
DiskState survivor_of(const DiskState& frozen, uint64_t seed, SurvivalOptions options = {});

}  // namespace ringlet::sim
