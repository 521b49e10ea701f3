#include "core/storage/row_cache.h"

#include <algorithm>
#include <charconv>

#include "core/base/checksum.h"
#include "core/base/must.h"

namespace ringlet {
namespace {

// Entry, in memory only: u32 rows, u8 whole, u32 prefix bytes, i64 deletion at, i64 deletion local, u32 static row bytes,
// prefix, static row, u32 end of each row in what follows, then the rows: u32 position bytes, position, row.
struct Entry {
  explicit Entry(BytesView bytes) {
    ByteReader in(bytes);
    rows = in.little<uint32_t>();
    whole = in.u8() != 0;
    const auto prefix_bytes = in.little<uint32_t>();
    deletion.at = Timestamp{in.little<int64_t>()};
    deletion.local = Seconds{in.little<int64_t>()};
    const auto static_bytes = in.little<uint32_t>();
    prefix = in.bytes(prefix_bytes);
    static_row = in.bytes(static_bytes);
    ends = in.bytes(rows * sizeof(uint32_t));
    MUST(!in.bad());
    data = in.rest();
  }
  size_t begin_of(size_t i) const {
    return i == 0 ? 0 : load_little<uint32_t>(ends.data() + (i - 1) * sizeof(uint32_t));
  }
  BytesView position(size_t i) const {
    const char* at = data.data() + begin_of(i);
    return {at + sizeof(uint32_t), load_little<uint32_t>(at)};
  }
  BytesView row(size_t i) const {
    const BytesView before = position(i);
    const char* at = before.data() + before.size();
    return {at, static_cast<size_t>(data.data() + begin_of(i + 1) - at)};
  }
  size_t first_at_or_above(BytesView position_wanted) const {
    size_t low = 0, high = rows;
    while (low < high) {
      const size_t middle = (low + high) / 2;
      if (position(middle) < position_wanted)
        low = middle + 1;
      else
        high = middle;
    }
    return low;
  }

  uint32_t rows = 0;
  bool whole = false;
  BytesView prefix, static_row, ends, data;
  Deletion deletion;
};

// Only the beginning may be here, and another prefix may have the same hash.
bool answers(const Entry& entry, const ReadRange& range) {
  if (entry.prefix != range.first_prefix) return false;
  if (entry.whole) return true;
  const auto& slices = range.slices_of_first ? *range.slices_of_first : range.slices;
  return !slices.empty() && entry.rows != 0 && slices.back().end <= entry.position(entry.rows - 1);
}

}  // namespace

uint64_t rows_cached(const TableOptions& options) {
  const auto found = options.caching.find("rows_per_partition");
  if (found == options.caching.end()) return 0;
  if (found->second == "ALL" || found->second == "all") return UINT64_MAX;
  uint64_t rows = 0;
  const std::string& text = found->second;
  std::from_chars(text.data(), text.data() + text.size(), rows);
  return rows;
}

// --- reading -----------------------------------------------------------------------------------------------------------

class RowCache::Reader final : public FragmentStream {
 public:
  Reader(BlockCache::Handle block, const ReadRange& range)
      : block_(std::move(block)), entry_(block_.bytes()), range_(range) {}

  Result<Step> next(Fragment& out) override {
    if (stage_ == Stage::partition) {
      out = Fragment{};
      out.prefix = entry_.prefix;
      out.deletion = entry_.deletion;
      stage_ = Stage::static_row;
      return Step::fragment;
    }
    if (stage_ == Stage::static_row) {
      stage_ = Stage::rows;
      enter_slice();
      if (range_.static_row && !entry_.static_row.empty()) {
        out.kind = Fragment::Kind::static_row;
        out.prefix = entry_.prefix;
        out.row = entry_.static_row;
        return Step::fragment;
      }
    }
    while (stage_ == Stage::rows && at_ == end_) {
      ++slice_;
      enter_slice();
    }
    if (stage_ == Stage::end) return Step::end;
    const size_t i = range_.reversed ? --end_ : at_++;
    out.kind = Fragment::Kind::row;
    out.prefix = entry_.prefix;
    out.position = entry_.position(i);
    out.row = entry_.row(i);
    return Step::fragment;
  }
  Task<Status> load(const RequestContext&) override { co_return Status{}; }
  void skip_partition() override {
    if (stage_ != Stage::partition) stage_ = Stage::end;
  }

 private:
  enum class Stage : uint8_t { partition, static_row, rows, end };
  void enter_slice() {
    const auto& slices = range_.slices_of_first ? *range_.slices_of_first : range_.slices;
    if (slice_ == slices.size()) {
      stage_ = Stage::end;
      return;
    }
    const Slice& slice = slices[range_.reversed ? slices.size() - 1 - slice_ : slice_];
    at_ = entry_.first_at_or_above(slice.start);
    end_ = std::max(at_, entry_.first_at_or_above(slice.end));
  }

  BlockCache::Handle block_;
  const Entry entry_;
  const ReadRange& range_;
  Stage stage_ = Stage::partition;
  size_t slice_ = 0, at_ = 0, end_ = 0;
};

std::unique_ptr<FragmentStream> RowCache::find(const ReadRange& range) {
  BlockCache::Handle block = blocks_.find(key_of(range.first_prefix));
  if (!block || !answers(Entry(block.bytes()), range)) {
    ++misses_;
    return nullptr;
  }
  ++hits_;
  return std::make_unique<Reader>(std::move(block), range);
}

// --- keeping -----------------------------------------------------------------------------------------------------------

class RowCache::Keeper final : public FragmentStream {
 public:
  Keeper(std::shared_ptr<RowCache> cache, std::unique_ptr<FragmentStream> inner, std::list<Filling>::iterator filling)
      : cache_(std::move(cache)), inner_(std::move(inner)), filling_(filling) {}
  ~Keeper() override { stop(); }

  Result<Step> next(Fragment& out) override {
    auto step = inner_->next(out);
    if (!keeping_) return step;
    if (!step || filling_->spoilt)
      stop();
    else if (*step == Step::end)
      keep(begun_);
    else if (*step == Step::fragment)
      take(out);
    return step;
  }
  Task<Status> load(const RequestContext& context) override { return inner_->load(context); }
  void skip_partition() override {
    stop();
    inner_->skip_partition();
  }

 private:
  void take(const Fragment& fragment) {
    switch (fragment.kind) {
      case Fragment::Kind::partition:
        begun_ = true;
        deletion_ = fragment.deletion;
        return;
      case Fragment::Kind::static_row:
        static_row_ = fragment.row;
        return;
      case Fragment::Kind::marker:
        return stop();
      case Fragment::Kind::row:
        ByteWriter out(data_);
        out.little(static_cast<uint32_t>(fragment.position.size()));
        out.bytes(fragment.position);
        out.bytes(fragment.row);
        ByteWriter(ends_).little(static_cast<uint32_t>(data_.size()));
        if (data_.size() + static_row_.size() > kRowCacheEntryBytesMax) return stop();
        ++rows_;
        if (fragment.position.empty() || rows_ == cache_->rows_) keep(fragment.position.empty());
    }
  }

  // A partition that is not there at all is not kept: nothing tells when it comes but a write, and most never do.
  void keep(bool whole) {
    if (begun_) {
      Bytes entry;
      ByteWriter out(entry);
      out.little(rows_);
      out.u8(whole ? 1 : 0);
      out.little(static_cast<uint32_t>(filling_->prefix.size()));
      out.little(deletion_.at.raw);
      out.little(deletion_.local.raw);
      out.little(static_cast<uint32_t>(static_row_.size()));
      out.bytes(filling_->prefix);
      out.bytes(static_row_);
      out.bytes(ends_);
      out.bytes(data_);
      (void)cache_->blocks_.insert(cache_->key_of(filling_->prefix), entry);
    }
    stop();
  }
  void stop() {
    if (!keeping_) return;
    keeping_ = false;
    cache_->filling_.erase(filling_);
  }

  const std::shared_ptr<RowCache> cache_;
  std::unique_ptr<FragmentStream> inner_;
  const std::list<Filling>::iterator filling_;
  bool keeping_ = true, begun_ = false;
  Deletion deletion_;
  Bytes static_row_, ends_, data_;
  uint32_t rows_ = 0;
};

RowCache::RowCache(BlockCache& blocks, const TableId& table) : blocks_(blocks), id_(table) { clear(); }

void RowCache::configure(uint64_t rows_per_partition, bool has_statics) {
  if (rows_per_partition != rows_ || has_statics != has_statics_) clear();
  rows_ = rows_per_partition;
  has_statics_ = has_statics;
}

std::unique_ptr<FragmentStream> RowCache::keep_from(std::unique_ptr<FragmentStream> stream, const ReadRange& range) {
  const auto& slices = range.slices_of_first ? *range.slices_of_first : range.slices;
  const bool from_the_beginning = !range.reversed && slices.size() == 1 && slices.front().start.empty() &&
                                  slices.front().end == kPositionEnd && (range.static_row || !has_statics_);
  if (!from_the_beginning) return stream;
  filling_.push_back({range.first_prefix, false});
  return std::make_unique<Keeper>(shared_from_this(), std::move(stream), std::prev(filling_.end()));
}

CacheKey RowCache::key_of(BytesView prefix) const { return {FileId{table_}, hash64(prefix, table_)}; }

void RowCache::written(BytesView prefix) {
  blocks_.erase(key_of(prefix));
  for (Filling& filling : filling_) filling.spoilt |= filling.prefix == prefix;
}

// Entries under the old number are never found again, and leave as the cache needs room.
void RowCache::clear() {
  table_ = hash64(id_.bytes(), ++clears_) | uint64_t{1} << 63;
  for (Filling& filling : filling_) filling.spoilt = true;
}

}  // namespace ringlet
