// The upper levels of one tree of an sstable (index over data blocks, index over filter blocks) as one sorted array, kept by the
// file's reader, so that a point read does not look up each level in the cache. The blocks right below may be kept too.
//
// Always holds
//   - what is kept is granted by the block cache out of its budget (BlockCache::grant), and given back at the end; where
//     nothing is granted, reads walk the tree through the cache
//   - an array is at most kTreeTopBytes of the file's index blocks, whatever the size of the file
// One thread only, like the cache, which must outlive it.
#pragma once

#include <vector>

#include "core/storage/block_cache.h"
#include "core/storage/sstable_format.h"

namespace ringlet {

class BlockSource;

inline constexpr uint64_t kTreeTopBytes = 64u << 10;

class TreeTop {
 public:
  explicit TreeTop(BlockCache& cache) : cache_(cache) {}
  ~TreeTop();
  TreeTop(const TreeTop&) = delete;

  // What is damaged or too large is left for those who walk the tree; where not all is in memory yet, all is left to a later call.
  void build(BlockSource& source, const TreeRoot& root);
  bool ready() const { return !entries_.empty(); }
  bool settled() const { return ready() || refused_; }  // build() does nothing any more

  size_t size() const { return entries_.size(); }
  uint32_t height() const { return height_; }  // index blocks between an entry and a leaf
  size_t seek(BytesView target) const;         // the last entry whose separator is at or below; else the first
  BytesView value(size_t i) const { return bytes_between(entries_[i].value_at, i); }  // an encoded IndexEntry
  // Of the block below, until the end; empty: not kept.
  BytesView kept(size_t i) const { return kept_.empty() ? BytesView{} : kept_[i].bytes; }
  void expect(
      BytesView target) const;  // a seek follows that goes on below: the block there comes from memory meanwhile
  void keep(size_t i, const BlockCache::Handle& block);  // if the cache grants it

 private:
  struct Entry {
    uint64_t head;  // of the separator, big-endian, filled up with zeros
    uint32_t key_at, value_at;
  };
  struct Kept {
    BlockCache::Handle block;
    BytesView bytes;  // of it: who only looks into them need not touch the block's own memory first
  };
  BytesView key(size_t i) const;
  size_t guess(uint64_t head) const;
  BytesView bytes_between(uint32_t from, size_t i) const;
  bool add(BytesView key, BytesView value);  // false: not an index entry
  enum class Expanded : uint8_t { yes, no, not_here };
  Expanded expand(BlockSource& source);
  size_t cost() const;

  BlockCache& cache_;
  std::vector<Entry> entries_;
  Bytes bytes_;  // separators and values
  std::vector<Kept> kept_;
  uint32_t height_ = 0;
  size_t granted_ = 0;
  bool refused_ = false;
  uint32_t asked_ = 0;  // to build
};

}  // namespace ringlet
