// Where one stream's blocks come from. On a shard: the cache, then what the page cache holds, else blocked until load() has
// read the medium. In the background: plain reads with read-ahead, past the cache.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "core/storage/sstable_index.h"

namespace ringlet {

// What every stream over one file shares.
struct SstableFile {
  std::string path;
  std::unique_ptr<File> file;
  Footer footer;
  SstableAccess access = SstableAccess::shard;
  BlockCache* cache = nullptr;
  size_t window_bytes = 256u << 10;                // read at a time by background access
  std::unique_ptr<TreeTop> index_top, filter_top;  // of shard access: built by the first read that finds all in memory
  int filter_probes = 0;
  std::array<size_t, 2> heads_bytes{};  // about what the heads of data and of index blocks take in memory, of late
  uint64_t blocks_end() const { return footer.file_bytes - kFooterBytes; }
};

class SstableSource final : public BlockSource {
 public:
  explicit SstableSource(SstableFile& file, size_t ahead_bytes_most = kAheadBytesMost)
      : file_(file), ahead_bytes_most_(ahead_bytes_most) {}
  Result<bool> get(BlockKind kind, const BlockPlace& place, BlockCache::Handle& block) override;
  std::unexpected<Error> corrupt(const BlockPlace& place, std::string_view what) const override {
    return corrupt_sstable(file_.path, place.offset, what);
  }
  Task<Status> load(const RequestContext& context);  // what get() was blocked on
  void moved_on() { loaded_.clear(); }               // what was loaded has been used
  void scanning(bool backwards);                     // one more block in a row: read ahead, more each time
  void stop_scanning() { ahead_bytes_ = 0; }
  uint64_t bytes_got() const { return bytes_got_; }  // on flash, of all blocks handed out

 private:
  BytesView in_window(const BlockPlace& place) const;
  Result<BlockCache::Handle> unseal(BlockKind kind, const BlockPlace& place, BytesView stored,
                                    BlockLayout& layout) const;
  BlockCache::Handle memory_for(size_t bytes) const;
  Result<bool> get_background(BlockKind kind, const BlockPlace& place, BlockCache::Handle& block);
  void plan_window(const BlockPlace& place);
  Status accept_window(const BlockPlace& place, const Result<size_t>& read);

  SstableFile& file_;
  const size_t ahead_bytes_most_;
  struct Wanted {
    BlockKind kind = BlockKind::data;
    BlockPlace place;
  };
  Wanted wanted_;
  // Loaded since the last fragment: kept, so that a cache that is too small cannot make a read go round for ever.
  std::vector<std::pair<uint64_t, BlockCache::Handle>> loaded_;
  Bytes window_;  // bytes of the file from window_at_
  uint64_t window_at_ = 0;
  size_t ahead_bytes_ = 0;
  bool backwards_ = false;
  uint64_t bytes_got_ = 0;
};

}  // namespace ringlet
