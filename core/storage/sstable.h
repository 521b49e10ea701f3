// SSTable: one immutable file of fragments in key order. Writer and reader here; the bytes in sstable_format.h.
//
// Always holds
//   - a file is visible only once the manifest has committed it; the writer syncs the file and its folder before that
//   - every part carries a checksum; a part that fails it is Errc::corrupt, never "not there"
//   - a reader holds a few hundred bytes, and the tops of its trees as far as the cache grants them (sstable_top.h); filters, index
//     and data blocks are read through the cache, a part at a time
//   - column ids in rows are the table's; the dictionary in the file says what they were called, for the day the schema is lost
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "core/base/uuid.h"
#include "core/env/env.h"
#include "core/storage/fragment.h"

namespace ringlet {

class BlockCache;

struct SstableStatistics {
  uint64_t file_bytes = 0, data_bytes = 0;  // data_bytes: before compression
  uint64_t partitions = 0, static_rows = 0, rows = 0, cells = 0;
  uint64_t tombstones = 0;  // of every kind: partitions', markers, rows', collections', cells
  uint64_t partition_deletions = 0, markers = 0, expiring_cells = 0;
  Bytes first_prefix, last_prefix;      // of the first and last partition
  Bytes first_position, last_position;  // least and greatest of rows and markers, over all partitions
  Timestamp min_timestamp{INT64_MAX}, max_timestamp{INT64_MIN};
  Seconds min_expiry{INT64_MAX}, max_expiry{INT64_MIN};  // over expiring cells and tombstones' local times
  bool all_expire = false;  // nothing in it lives past max_expiry: the whole file dies then
  uint32_t level = 0;
};

struct SstableOptions {
  FileId id;
  Uuid manifest;  // the manifest that will know this file
  std::vector<FileId> compacted_from;
  uint32_t level = 0;
  ShardId shard;  // who wrote it, of how many: under another count it holds partitions of others too
  uint16_t shard_count = 1;
  bool compress = true;
  double filter_fp_chance = 0.01;  // 1.0: no filter
  size_t block_bytes = 4u << 10;   // of data, before compression: all of it is read for one row
};

std::string sstable_path(const TableId& table, FileId id);  // "sstables/<table id>/<file id, 16 digits>.sst"
std::string sstable_folder(const TableId& table);
// A new folder's name must be on the medium before a manifest can name a file in it. That of sstables/ itself the start saw to.
Status make_sstable_folder(Disk& disk, const TableId& table);

// Blocks its thread on the disk: for the background executor.
class SstableWriter {
 public:
  static Result<std::unique_ptr<SstableWriter>> create(Disk& disk, TableRef table, const SstableOptions& options);
  virtual ~SstableWriter() = default;                // unfinished: the file is removed
  virtual Status add(const Fragment& fragment) = 0;  // in stream order; MUST ascend
  virtual uint64_t bytes() const = 0;                // written or waiting so far
  virtual Result<SstableStatistics> finish() = 0;    // everything written, file and folder synced
};

enum class SstableAccess : uint8_t {
  shard,       // through the cache and the page cache, suspending where the medium is needed
  background,  // read_now with read-ahead, past the block cache: compaction, scrub, verify
};

// Every promise of a file's format, checked a block at a time (blocking).
class SstableCheck {
 public:
  virtual ~SstableCheck() = default;
  virtual Result<bool> step() = 0;          // false: that was the last, and all holds
  virtual uint64_t bytes_done() const = 0;  // on flash
};

struct SalvageReport;

// What a scan reads ahead in each of the files that it merges: less where there are many, for it holds all of that at once.
inline constexpr size_t kAheadBytesMost = 128u << 10, kAheadBytesLeast = 8u << 10, kAheadBytesTogether = 1u << 20;
constexpr size_t ahead_bytes_of(size_t files) {
  if (files > kAheadBytesTogether / kAheadBytesLeast) return 0;  // block by block
  return std::clamp(kAheadBytesTogether / std::max<size_t>(files, 1), kAheadBytesLeast, kAheadBytesMost);
}

// What memory says at once of whether a file can hold anything of one partition.
struct FilterLook {
  enum class Answer : uint8_t { no, perhaps, in_line, unknown } answer = Answer::unknown;
  const char* line = nullptr;  // of the filter, on its way to the processor's caches
  uint64_t hash = 0;           // of the partition's prefix
};

class SstableReader {
 public:
  // Reads footer and statistics (blocking: at start-up, or on the background executor before the owner gets it).
  // `cache`: null for background access, which reads `window_bytes` at a time instead.
  static Result<std::shared_ptr<SstableReader>> open(Disk& disk, const TableId& table, FileId id, SstableAccess access,
                                                     BlockCache* cache, size_t window_bytes = 256u << 10);
  // The same for background access to a file that lies elsewhere.
  static Result<std::shared_ptr<SstableReader>> open_at(Disk& disk, std::string path, FileId id);
  virtual ~SstableReader() = default;
  virtual FileId id() const = 0;
  virtual const SstableStatistics& statistics() const = 0;
  virtual const std::vector<FileId>& compacted_from() const = 0;
  virtual Uuid manifest() const = 0;
  virtual ShardId shard() const = 0;
  virtual uint16_t shard_count() const = 0;
  virtual Result<TableRef> dictionary() = 0;  // the table's definition as it was at writing (blocking)
  // The range must outlive the stream. One-partition ranges ask the filter first, inside the stream. A scan reads up to
  // `ahead_bytes` at a time and holds as much.
  virtual std::unique_ptr<FragmentStream> stream(const ReadRange& range, size_t ahead_bytes = kAheadBytesMost) = 0;
  // For shard access to one partition. Who asks many files calls look() of each first, `hash` being hash64 of the range's prefix: their
  // filters come from memory side by side. find() follows before anything else runs; null: nothing of the partition is here.
  virtual FilterLook look(const ReadRange& range, uint64_t hash) = 0;
  virtual std::unique_ptr<FragmentStream> find(const ReadRange& range, const FilterLook& look, size_t ahead_bytes) = 0;
  // Shard access: reads filters, index and data through the cache, in this order, while the file is pinned there and its share has room.
  virtual Task<Status> fill_cache(const RequestContext& context, const bool& stop) = 0;
  virtual Result<std::unique_ptr<SstableCheck>> check() = 0;
  Status verify();  // all of check() at once
  // What can still be read of it (blocking); `report` outlives the stream (sstable_salvage.h).
  virtual Result<std::unique_ptr<FragmentStream>> salvage(SalvageReport& report) = 0;
};

}  // namespace ringlet
