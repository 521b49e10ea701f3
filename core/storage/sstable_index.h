// The trees of an sstable (index over data blocks, index over filter blocks): built bottom up while the file is written, and
// walked down without ever holding more than one block a level.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "core/storage/block_cache.h"
#include "core/storage/fragment.h"
#include "core/storage/sstable_block.h"
#include "core/storage/sstable_format.h"
#include "core/storage/sstable_top.h"

namespace ringlet {

class BlockSink {
 public:
  virtual ~BlockSink() = default;
  virtual Result<BlockPlace> write(BlockKind kind, BytesView block) = 0;
};

class IndexBuilder {
 public:
  explicit IndexBuilder(BlockSink& sink) : sink_(sink) {}
  Status add(BytesView separator, const IndexEntry& entry);  // separators rise
  Result<TreeRoot> finish();                                 // bytes 0 where nothing was added

 private:
  struct Level {
    BlockBuilder block{kIndexRestartInterval};
    Bytes first_key;       // of the block being filled
    uint64_t entries = 0;  // ever
    size_t in_block = 0;
    BlockPlace last_child;
  };
  Status add_to(size_t level, BytesView separator, const IndexEntry& entry);
  Status flush(size_t level);

  BlockSink& sink_;
  std::vector<Level> levels_;
  Bytes encoded_;
};

// Where blocks come from, verified and decompressed. Never waits.
class BlockSource {
 public:
  virtual ~BlockSource() = default;
  virtual Result<bool> get(BlockKind kind, const BlockPlace& place, BlockCache::Handle& block) = 0;  // false: blocked
  virtual std::unexpected<Error> corrupt(const BlockPlace& place, std::string_view what) const = 0;
};

// A place in a tree. A move is begun, then settled: settle() may be blocked, and goes on where it was when called again.
class IndexCursor {
 public:
  explicit IndexCursor(BlockSource& source) : source_(source) {}
  // The child that may hold `target`, which must live until settled. `top`: the tree's, or null.
  void begin_seek(const TreeRoot& root, BytesView target, TreeTop* top = nullptr);
  Status begin_next();
  Status begin_previous();
  Result<Step> settle();  // fragment: entry() is there; end: past either end
  const IndexEntry& entry() const { return entry_; }
  // That entry() names; false: blocked. `block` holds the bytes, or the tree's top does.
  Result<bool> get_filter(BlockCache::Handle& block, BytesView& bytes);

 private:
  enum class Mode : uint8_t { seek, first, last };
  struct Level : Pooled {
    BlockCache::Handle block;
    BlockCursor cursor;
    BlockPlace place;
  };
  Result<bool> get(BlockKind kind, BlockCache::Handle& block, BytesView& bytes);
  Status begin_step(bool forward);
  Status take_entry(BytesView value, const BlockPlace& from);
  bool position(BlockCursor& cursor) const;

  BlockSource& source_;
  TreeTop* top_ = nullptr;  // null: not this time
  size_t at_top_ = 0;
  BlockPlace root_;
  uint32_t height_ = 0;                                         // index blocks below where levels begin
  std::array<std::unique_ptr<Level>, kIndexHeightMax> levels_;  // made as they are needed
  IndexEntry entry_;  // of the deepest level that is in place; the root's own above all
  size_t depth_ = 0;  // levels in place
  Mode mode_ = Mode::seek;
  BytesView target_;
  bool ended_ = true;
};

}  // namespace ringlet
