// Row cache of one shard: the beginnings of partitions as they are now, memtables and sstables merged, for tables whose
// `caching` asks for rows. A read that it can answer looks nowhere else.
//
// Always holds
//   - what it keeps of a partition is what a read of now would find: a write to the partition takes it away, and a read that
//     began before such a write leaves nothing behind
//   - its entries live in the shard's block cache: the same budget, the same policy against scans
//   - a partition with range deletions is not kept, nor one whose beginning is larger than kRowCacheEntryBytesMax
// The shard's thread only.
#pragma once

#include <list>
#include <memory>

#include "core/data/schema.h"
#include "core/storage/block_cache.h"
#include "core/storage/fragment.h"

namespace ringlet {

inline constexpr size_t kRowCacheEntryBytesMax = 64u << 10;

// How many rows of a partition the table's `caching` wants kept; 0: none.
uint64_t rows_cached(const TableOptions& options);

// One table's part.
class RowCache : public std::enable_shared_from_this<RowCache> {
 public:
  RowCache(BlockCache& blocks, const TableId& table);

  void configure(uint64_t rows_per_partition, bool has_statics);
  bool on() const { return rows_ != 0; }

  // The rows asked for, from memory alone; null: what is here does not say. The range must outlive the stream.
  std::unique_ptr<FragmentStream> find(const ReadRange& range);
  // A read that begins where its partition begins, on its way to the reader: what passes is kept once enough has.
  std::unique_ptr<FragmentStream> keep_from(std::unique_ptr<FragmentStream> stream, const ReadRange& range);

  void written(BytesView prefix);  // the partition changed
  void clear();                    // all did
  uint64_t hits() const { return hits_; }
  uint64_t misses() const { return misses_; }

 private:
  class Keeper;
  class Reader;
  struct Filling {  // a partition on its way in
    Bytes prefix;
    bool spoilt = false;
  };
  CacheKey key_of(BytesView prefix) const;

  BlockCache& blocks_;
  uint64_t hits_ = 0, misses_ = 0;
  uint64_t rows_ = 0;
  bool has_statics_ = false;
  const TableId id_;
  uint64_t table_ = 0, clears_ = 0;  // in keys, above all file ids: another one after clear()
  std::list<Filling> filling_;
};

}  // namespace ringlet
