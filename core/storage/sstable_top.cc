#include "core/storage/sstable_top.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "core/base/must.h"
#include "core/storage/sstable_index.h"

namespace ringlet {
namespace {

constexpr size_t kNear = 2;
constexpr size_t kExpectedBytes = 256;  // where a search in a prepared block begins

uint64_t head_of(BytesView key) {
  if (key.size() >= 8) return load_big<uint64_t>(key.data());
  char padded[8] = {};
  key.copy(padded, key.size());  // which may be none, at no address
  return load_big<uint64_t>(padded);
}

}  // namespace

TreeTop::~TreeTop() { cache_.give_back(granted_); }

BytesView TreeTop::bytes_between(uint32_t from, size_t i) const {
  const size_t end = i + 1 < entries_.size() ? entries_[i + 1].key_at : bytes_.size();
  return BytesView(bytes_).substr(from, end - from);
}

BytesView TreeTop::key(size_t i) const {
  return BytesView(bytes_).substr(entries_[i].key_at, entries_[i].value_at - entries_[i].key_at);
}

bool TreeTop::add(BytesView key, BytesView value) {
  IndexEntry entry;
  if (!decode_index_entry(value, entry)) return false;
  const auto at = static_cast<uint32_t>(bytes_.size());
  entries_.push_back({head_of(key), at, at + static_cast<uint32_t>(key.size())});
  bytes_ += key;
  bytes_ += value;
  return true;
}

size_t TreeTop::cost() const { return entries_.capacity() * sizeof(Entry) + bytes_.capacity(); }

void TreeTop::build(BlockSource& source, const TreeRoot& root) {
  // What is not in memory may stay out of it: the 1st call tries, the 2nd, the 4th, the 8th.
  if (settled() || !std::has_single_bit(++asked_)) return;
  refused_ = root.place.bytes == 0;
  if (refused_) return;
  Bytes value;
  ByteWriter out(value);
  encode_index_entry(IndexEntry{.place = root.place}, out);
  if (!add({}, value)) return;
  height_ = root.height;
  Expanded last = Expanded::yes;
  while (height_ > 0 && last == Expanded::yes) last = expand(source);
  if (last == Expanded::not_here) {  // the reads that meet these blocks bring them
    entries_.clear();
    bytes_.clear();
    return;
  }
  entries_.shrink_to_fit();
  bytes_.shrink_to_fit();
  if (!cache_.grant(cost())) {
    refused_ = true;
    entries_ = {};
    bytes_ = {};
    return;
  }
  granted_ = cost();
}

// The entries' children in their place, one level down, or left as it is.
TreeTop::Expanded TreeTop::expand(BlockSource& source) {
  TreeTop below(cache_);
  uint64_t bytes = 0;
  for (size_t i = 0; i < entries_.size(); ++i) {
    IndexEntry entry;
    BlockCache::Handle block;
    MUST(decode_index_entry(value(i), entry));
    if ((bytes += entry.place.bytes) > kTreeTopBytes) return Expanded::no;
    const auto here = source.get(BlockKind::index, entry.place, block);
    if (here && !*here) return Expanded::not_here;
    BlockCursor cursor;
    if (!here || !cursor.open(block.bytes())) return Expanded::no;
    for (bool more = cursor.first(); more; more = cursor.next())
      if (!below.add(cursor.key(), cursor.value())) return Expanded::no;
    if (cursor.bad()) return Expanded::no;
  }
  if (below.entries_.empty()) return Expanded::no;
  std::swap(entries_, below.entries_);
  std::swap(bytes_, below.bytes_);
  --height_;
  return Expanded::yes;
}

// Tokens spread evenly, so an entry's place is nearly known. The first one's separator may be empty: it says nothing.
size_t TreeTop::guess(uint64_t head) const {
  const uint64_t first = entries_[1].head, last = entries_.back().head;
  if (head <= first) return 1;
  if (head >= last) return entries_.size() - 1;
  const double share = static_cast<double>(head - first) / static_cast<double>(last - first);
  return 1 + static_cast<size_t>(share * static_cast<double>(entries_.size() - 2));
}

size_t TreeTop::seek(BytesView target) const {
  const uint64_t head = head_of(target);
  size_t low = 0, high = entries_.size();  // separators below `low` are at or below the target, from `high` on above it
  if (high > 4 * kNear) {
    const size_t at = guess(head);
    const size_t below = at < kNear ? 0 : at - kNear, above = std::min(at + kNear, high - 1);
    if (entries_[below].head < head) low = below + 1;
    if (entries_[above].head > head) high = above;
  }
  while (low < high) {
    const size_t middle = (low + high) / 2;
    const uint64_t there = entries_[middle].head;
    if (there < head || (there == head && key(middle) <= target))
      low = middle + 1;
    else
      high = middle;
  }
  return low == 0 ? 0 : low - 1;
}

void TreeTop::expect(BytesView target) const {
  if (!ready() || kept_.empty()) return;
  const BytesView block = kept_[seek(target)].bytes;
  for (size_t at = 0; at < std::min(block.size(), kExpectedBytes); at += 64) __builtin_prefetch(block.data() + at);
}

void TreeTop::keep(size_t i, const BlockCache::Handle& block) {
  if (kept_.empty()) {
    const size_t bytes = entries_.size() * sizeof(Kept);
    if (!cache_.grant(bytes)) return;
    granted_ += bytes;
    kept_.resize(entries_.size());
  }
  if (const size_t bytes = cache_.keep(block); bytes > 0) {
    granted_ += bytes;
    kept_[i] = {block, block.bytes()};
  }
}

}  // namespace ringlet
