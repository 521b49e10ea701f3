#include "core/storage/sstable_index.h"

#include "core/base/must.h"

namespace ringlet {

// Keys may be 64 KiB long: without a floor a block of one entry would make a tree without end. 16^8 blocks pass any disk.
static constexpr size_t kFanoutMin = 16;

Status IndexBuilder::add(BytesView separator, const IndexEntry& entry) { return add_to(0, separator, entry); }

Status IndexBuilder::add_to(size_t level, BytesView separator, const IndexEntry& entry) {
  MUST(level < kIndexHeightMax);
  if (levels_.size() == level) levels_.emplace_back();
  if (levels_[level].block.bytes() >= kIndexBlockBytes && levels_[level].in_block >= kFanoutMin)
    TRY_STATUS(flush(level));
  Level& into = levels_[level];
  if (into.block.empty()) into.first_key = separator;
  encoded_.clear();
  ByteWriter out(encoded_);
  encode_index_entry(entry, out);
  into.block.add(separator, encoded_);
  into.last_child = entry.place;
  ++into.entries;
  ++into.in_block;
  return {};
}

Status IndexBuilder::flush(size_t level) {
  TRY(const BlockPlace place, sink_.write(BlockKind::index, levels_[level].block.finish()));
  const Bytes first_key = std::move(levels_[level].first_key);
  levels_[level].block.clear();
  levels_[level].in_block = 0;
  return add_to(level + 1, first_key, IndexEntry{.place = place});
}

Result<TreeRoot> IndexBuilder::finish() {
  if (levels_.empty()) return TreeRoot{};
  for (size_t level = 0;; ++level) {
    if (levels_[level].entries == 1) return TreeRoot{levels_[level].last_child, static_cast<uint32_t>(level)};
    TRY_STATUS(flush(level));
  }
}

void IndexCursor::begin_seek(const TreeRoot& root, BytesView target, TreeTop* top) {
  root_ = root.place;
  target_ = target;
  mode_ = Mode::seek;
  depth_ = 0;
  ended_ = root.place.bytes == 0;
  top_ = top != nullptr && top->ready() ? top : nullptr;
  height_ = top_ != nullptr ? top_->height() : root.height;
  entry_ = IndexEntry{.place = root.place};
  if (top_ == nullptr) return;
  at_top_ = top_->seek(target);
  MUST(decode_index_entry(top_->value(at_top_), entry_));
}

Status IndexCursor::begin_next() { return begin_step(true); }
Status IndexCursor::begin_previous() { return begin_step(false); }

// Steps at the deepest level that can; the levels below it start afresh from there.
Status IndexCursor::begin_step(bool forward) {
  mode_ = forward ? Mode::first : Mode::last;
  while (depth_ > 0) {
    Level& level = *levels_[depth_ - 1];
    if (forward ? level.cursor.next() : level.cursor.previous()) return take_entry(level.cursor.value(), level.place);
    if (level.cursor.bad()) return source_.corrupt(level.place, "an index block makes no sense");
    --depth_;
  }
  ended_ = top_ == nullptr || (forward ? at_top_ + 1 == top_->size() : at_top_ == 0);
  if (ended_) return {};
  at_top_ += forward ? 1 : size_t(-1);
  return take_entry(top_->value(at_top_), root_);
}

Status IndexCursor::take_entry(BytesView value, const BlockPlace& from) {
  if (!decode_index_entry(value, entry_)) return source_.corrupt(from, "an index entry makes no sense");
  return {};
}

// What entry_ names, from the tree's top where it is kept there.
Result<bool> IndexCursor::get(BlockKind kind, BlockCache::Handle& block, BytesView& bytes) {
  const bool below_top = top_ != nullptr && depth_ == 0;
  if (below_top && !top_->kept(at_top_).empty()) {
    bytes = top_->kept(at_top_);
    return true;
  }
  TRY(const bool here, source_.get(kind, entry_.place, block));
  if (!here) return false;
  bytes = block.bytes();
  if (below_top) top_->keep(at_top_, block);
  return true;
}

Result<bool> IndexCursor::get_filter(BlockCache::Handle& block, BytesView& bytes) {
  return get(BlockKind::filter, block, bytes);
}

bool IndexCursor::position(BlockCursor& cursor) const {
  switch (mode_) {
    case Mode::seek:
      return cursor.seek_at_most(target_) || (!cursor.bad() && cursor.first());
    case Mode::first:
      return cursor.first();
    case Mode::last:
      return cursor.last();
  }
  return false;
}

Result<Step> IndexCursor::settle() {
  if (ended_) return Step::end;
  while (depth_ < height_) {
    if (!levels_[depth_]) levels_[depth_] = std::make_unique<Level>();
    Level& level = *levels_[depth_];
    level.place = entry_.place;
    BytesView bytes;
    TRY(const bool here, get(BlockKind::index, level.block, bytes));
    if (!here) return Step::blocked;
    if (!level.cursor.open(bytes) || !position(level.cursor)) {
      return source_.corrupt(level.place, "an index block makes no sense");
    }
    TRY_STATUS(take_entry(level.cursor.value(), level.place));
    ++depth_;
  }
  return Step::fragment;
}

}  // namespace ringlet
