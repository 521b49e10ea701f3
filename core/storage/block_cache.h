// Block cache of one shard: uncompressed parts of sstables (data, index, filter) by file and offset, within a byte budget.
//
// One thread only: no lock, no atomic count. A block in use is pinned by its handle and may outlast its place in the cache
// (and the cache): what is pinned beyond the budget is bounded by the reads in flight.
// Scan resistant (S3-FIFO, Yang et al., SOSP 2023): a block that is read once leaves soon, whatever else is in the cache; at once, almost,
// while the page cache has what is asked for.
// Files can be pinned: their blocks do not leave, within half of the budget (tables WITH in_memory).
// The budget counts what a block costs, its bookkeeping included. A block larger than the whole budget is not kept.
// A quarter of it, at most, is granted to what readers of files keep for themselves: first come, first served, until they end.
#pragma once

#include <cstdint>
#include <memory>

#include "core/base/bytes.h"
#include "core/base/types.h"
#include "core/storage/sstable_block.h"

namespace ringlet {

struct CacheKey {
  FileId file;
  uint64_t offset;
  friend bool operator==(const CacheKey&, const CacheKey&) = default;
};

class BlockCache {
 public:
  static constexpr size_t kPinnedShare = 2;  // half of the budget
  struct Block;                              // refcounted by BlockHandle
  class Handle {                             // pins one block; empty when there is none
   public:
    Handle() = default;
    explicit Handle(Block* block);  // takes a reference
    Handle(Handle&& other) noexcept;
    Handle& operator=(Handle&& other) noexcept;
    Handle(const Handle& other);
    Handle& operator=(const Handle& other);
    ~Handle();
    explicit operator bool() const { return block_ != nullptr; }
    BytesView bytes() const;
    // Of a fresh block, which nobody else knows: to be filled; and then without so many bytes at either end.
    char* room();
    void trim(size_t front, size_t back);

   private:
    friend class BlockCache;
    Block* block_ = nullptr;
  };
  struct Counts {
    uint64_t hits = 0, misses = 0, bytes = 0, blocks = 0, capacity_bytes = 0;
    uint64_t pinned_bytes = 0, pins_refused = 0;  // of files that stay; blocks of them that their share had no room for
  };

  explicit BlockCache(size_t capacity_bytes);
  ~BlockCache();
  BlockCache(const BlockCache&) = delete;

  static Handle unattached(size_t bytes);  // fresh, for those who read past the cache
  Handle fresh(size_t bytes);              // as that, in memory that the cache keeps for it

  // What the page cache had can be had again for little, what the medium had to give cannot.
  enum class From : uint8_t { page_cache, medium };
  Handle find(const CacheKey& key);  // empty: not here
  Handle insert(const CacheKey& key, Handle fresh,
                From from = From::medium);  // the existing one if somebody else was faster
  Handle insert(const CacheKey& key, BytesView block);
  void erase(const CacheKey& key);
  // The file is dead: lets some of its blocks go, from where the last call ended (first: 0). False: that was all; what came into the
  // cache or moved there meanwhile leaves as other blocks do.
  bool forget(FileId file, size_t& from);
  void resize(size_t capacity_bytes);
  // The file's blocks stay from now on, as far as kPinnedShare goes; what is beyond it is cached like any other. Ends with unpin() or
  // forget().
  void pin(FileId file);
  void unpin(FileId file);
  bool pinned(FileId file) const;
  bool has_room_to_pin() const;
  bool grant(size_t bytes);      // false: more than may be granted
  void give_back(size_t bytes);  // of what was granted
  size_t keep(
      const Handle& block);  // what was granted for it, 0: nothing. The block leaves the cache: its holder keeps it
  Counts counts() const;

  // Between the medium and insert(): used again and again, by whoever is between two suspensions.
  struct Scratch {
    Bytes stored;
    BlockLayout layout;
  };
  Scratch& scratch();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace ringlet
