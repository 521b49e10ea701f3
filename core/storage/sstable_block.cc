#include "core/storage/sstable_block.h"

#include <algorithm>

#include "core/base/must.h"

namespace ringlet {
namespace {

constexpr uint8_t kMarkersBit = 1, kWideBit = 2;
constexpr size_t kHeaderBytes = 8;

size_t common_bytes(BytesView a, BytesView b) {
  const size_t most = std::min(a.size(), b.size());
  size_t n = 0;
  while (n + 8 <= most) {
    const uint64_t differ = load_little<uint64_t>(a.data() + n) ^ load_little<uint64_t>(b.data() + n);
    if (differ != 0) return n + static_cast<size_t>(std::countr_zero(differ)) / 8;
    n += 8;
  }
  while (n < most && a[n] == b[n]) ++n;
  return n;
}

uint16_t head_of(BytesView key, size_t common) {
  if (key.size() >= common + 2) return load_big<uint16_t>(key.data() + common);
  const auto at = [key](size_t i) { return i < key.size() ? static_cast<unsigned>(static_cast<uint8_t>(key[i])) : 0u; };
  return static_cast<uint16_t>(at(common) << 8 | at(common + 1));
}

bool read_long_entry(const char* at, const char* end, BlockEntry& entry) {
  ByteReader in({at, static_cast<size_t>(end - at)});
  entry.shared = in.unsigned_vint();
  const uint64_t suffix = in.unsigned_vint(), value = in.unsigned_vint();
  if (in.bad() || suffix > in.left() || value > in.left() - suffix) return false;
  entry.suffix = in.bytes(suffix);
  entry.value = in.bytes(value);
  entry.next = in.position();
  return true;
}

[[gnu::always_inline]] inline bool read_entry(const char* at, const char* end, BlockEntry& entry) {
  if (end - at < 3 || static_cast<uint8_t>(at[0] | at[1] | at[2]) >= 0x80) return read_long_entry(at, end, entry);
  const auto suffix = static_cast<size_t>(at[1]), value = static_cast<size_t>(at[2]);  // nearly always: all below 128
  entry.shared = static_cast<size_t>(at[0]);
  at += 3;
  if (static_cast<size_t>(end - at) < suffix + value) return false;
  entry.suffix = {at, suffix};
  entry.value = {at + suffix, value};
  entry.next = at + suffix + value;
  return true;
}

}  // namespace

bool BlockLayout::take(BytesView stored) {
  restarts_.clear();
  if (stored.empty() || static_cast<uint8_t>(stored.back()) > kMarkersBit) return false;
  entries_ = stored.substr(0, stored.size() - 1);
  flags_ = static_cast<uint8_t>(stored.back()) | (entries_.size() > UINT16_MAX ? kWideBit : 0);
  size_t key_bytes = 0;
  BlockEntry entry;
  const char* const end = entries_.data() + entries_.size();
  for (const char* at = entries_.data(); at != end; at = entry.next) {
    if (!read_entry(at, end, entry) || entry.shared > key_bytes) return false;
    key_bytes = entry.shared + entry.suffix.size();
    if (entry.shared == 0) restarts_.push_back(static_cast<uint32_t>(at - entries_.data()));
  }
  return !restarts_.empty();
}

size_t BlockLayout::head_bytes() const {
  return kHeaderBytes + restarts_.size() * (2 + ((flags_ & kWideBit) != 0 ? 4 : 2));
}

void BlockLayout::write_head(char* to) const {
  const auto key_at = [this](uint32_t at) {
    BlockEntry entry;
    MUST(read_entry(entries_.data() + at, entries_.data() + entries_.size(), entry));
    return entry.suffix;
  };
  const auto common = static_cast<uint16_t>(
      std::min<size_t>(common_bytes(key_at(restarts_.front()), key_at(restarts_.back())), UINT16_MAX));
  store_little(to, static_cast<uint32_t>(restarts_.size()));
  store_little(to + 4, common);
  store_little(to + 6, flags_);
  char* head = to + kHeaderBytes;
  char* offset = head + 2 * restarts_.size();
  for (const uint32_t at : restarts_) {
    store_little(head, head_of(key_at(at), common));
    head += 2;
    if ((flags_ & kWideBit) != 0)
      store_little(offset, at), offset += 4;
    else
      store_little(offset, static_cast<uint16_t>(at)), offset += 2;
  }
}

void BlockBuilder::add(BytesView key, BytesView value) {
  MUST(entries_ == 0 || key > BytesView(last_key_));
  size_t shared = common_bytes(last_key_, key);
  if (shared < kSharedBytesLeast || ++in_group_ == restart_interval_) shared = in_group_ = 0;
  ByteWriter out(bytes_);
  out.unsigned_vint(shared);
  out.unsigned_vint(key.size() - shared);
  out.unsigned_vint(value.size());
  out.bytes(key.substr(shared));
  out.bytes(value);
  last_key_.resize(shared);
  last_key_.append(key.substr(shared));
  ++entries_;
}

BytesView BlockBuilder::finish() {
  bytes_.push_back(static_cast<char>(has_markers_ ? kMarkersBit : 0));
  return bytes_;
}

void BlockBuilder::clear() {
  bytes_.clear();
  last_key_.clear();
  entries_ = in_group_ = 0;
  has_markers_ = false;
}

void KeyBuffer::assign(BytesView start, BytesView end) {
  const size_t size = start.size() + end.size();
  if (size > capacity_) {
    const size_t capacity = std::max(size, capacity_ * 2);
    auto grown = std::make_unique<char[]>(capacity);
    start.copy(grown.get(), start.size());
    end.copy(grown.get() + start.size(), end.size());
    heap_ = std::move(grown);
    data_ = heap_.get();
    capacity_ = capacity;
  } else {
    if (!start.empty() && start.data() != data_) std::memmove(data_, start.data(), start.size());
    end.copy(data_ + start.size(), end.size());
  }
  size_ = size;
}

bool BlockCursor::open(BytesView prepared) {
  key_.clear();
  value_ = {};
  valid_ = bad_ = false;
  if (prepared.size() <= kHeaderBytes) return false;
  restarts_ = load_little<uint32_t>(prepared.data());
  common_ = load_little<uint16_t>(prepared.data() + 4);
  const auto flags = load_little<uint16_t>(prepared.data() + 6);
  has_markers_ = (flags & kMarkersBit) != 0;
  wide_ = (flags & kWideBit) != 0;
  heads_ = prepared.data() + kHeaderBytes;
  offsets_ = heads_ + 2 * restarts_;
  begin_ = offsets_ + (wide_ ? 4 : 2) * restarts_;
  end_ = prepared.data() + prepared.size();
  return true;
}

size_t BlockCursor::restart(size_t i) const {
  return wide_ ? load_little<uint32_t>(offsets_ + i * 4) : load_little<uint16_t>(offsets_ + i * 2);
}

bool BlockCursor::fail_block() {
  bad_ = true;
  return valid_ = false;
}

bool BlockCursor::read(const char* at, Entry& entry) { return read_entry(at, end_, entry) || fail_block(); }

bool BlockCursor::stand_on(const char* at, const Entry& entry) {
  if (entry.shared > key_.size()) return fail_block();
  key_.keep(entry.shared, entry.suffix);
  value_ = entry.value;
  at_ = at;
  next_ = entry.next;
  return valid_ = true;
}

bool BlockCursor::first() {
  key_.clear();
  next_ = begin_;
  valid_ = true;
  return next();
}

bool BlockCursor::next() {
  Entry entry;
  if (!valid_ || next_ == end_) return valid_ = false;
  return read(next_, entry) && stand_on(next_, entry);
}

bool BlockCursor::whole_key(size_t restart_index, BytesView& key) {
  Entry entry;
  if (!read(begin_ + restart(restart_index), entry)) return false;
  key = entry.suffix;
  return true;
}

// The last restart point whose key is at or below `target`; 0 with found = false where there is none. Two bytes of each key,
// side by side, decide nearly always.
size_t BlockCursor::restart_at_or_below(BytesView target, bool& found) {
  BytesView key;
  found = false;
  if (!whole_key(0, key)) return 0;
  const size_t same = common_bytes(key.substr(0, common_), target);
  if (same < common_) {
    found = same < target.size() && static_cast<uint8_t>(target[same]) > static_cast<uint8_t>(key[same]);
    return found ? restarts_ - 1 : 0;
  }
  const uint16_t head = head_of(target, common_);
  size_t low = 0, high = restarts_;  // keys below `low` are at or below the target, from `high` on above it
  while (low < high) {
    const size_t middle = (low + high) / 2;
    const auto there = load_little<uint16_t>(heads_ + middle * 2);
    if (there == head && !whole_key(middle, key)) return 0;
    if (there < head || (there == head && key <= target))
      low = middle + 1;
    else
      high = middle;
  }
  found = low > 0;
  return found ? low - 1 : 0;
}

// Scans without making keys: how many bytes the key before shares with the target decides most entries by one number.
bool BlockCursor::seek(BytesView target) {
  bool found;
  const size_t group = restart_at_or_below(target, found);
  if (bad_) return false;
  const char* at = begin_ + restart(group);
  Entry entry;
  size_t matched = 0;
  for (bool is_first = true; at != end_; at = entry.next, is_first = false) {
    if (!read(at, entry)) return false;
    if (entry.shared > matched) {
      if (is_first) return fail_block();
      continue;
    }
    if (entry.shared == matched) {
      const BytesView rest = target.substr(matched);
      const size_t more = common_bytes(entry.suffix, rest);
      if (more < rest.size() && (more == entry.suffix.size() ||
                                 static_cast<uint8_t>(entry.suffix[more]) < static_cast<uint8_t>(rest[more]))) {
        matched += more;
        continue;
      }
    }
    key_.assign(target.substr(0, entry.shared), {});
    return stand_on(at, entry);
  }
  return valid_ = false;
}

bool BlockCursor::walk_to(size_t restart_index, const char* next_of_last) {
  key_.clear();
  next_ = begin_ + restart(restart_index);
  valid_ = true;
  while (next())
    if (next_ >= next_of_last) return next_ == next_of_last || fail_block();
  return false;
}

bool BlockCursor::last() { return walk_to(restarts_ - 1, end_); }

bool BlockCursor::previous() {
  if (!valid_ || at_ == begin_) return valid_ = false;
  const auto here = static_cast<size_t>(at_ - begin_);
  size_t low = 0, high = restarts_;
  while (low < high) {
    const size_t middle = (low + high) / 2;
    if (restart(middle) < here)
      low = middle + 1;
    else
      high = middle;
  }
  return low == 0 ? fail_block() : walk_to(low - 1, at_);
}

bool BlockCursor::seek_below(BytesView target) {
  if (seek(target)) return previous();
  return !bad_ && last();
}

bool BlockCursor::seek_at_most(BytesView target) {
  bool found;
  const size_t group = restart_at_or_below(target, found);
  if (bad_ || !found) return valid_ = false;
  key_.clear();
  next_ = begin_ + restart(group);
  valid_ = true;
  const char* const group_end = group + 1 < restarts_ ? begin_ + restart(group + 1) : end_;
  const char* last_good = nullptr;
  while (next_ != group_end && next() && key() <= target) last_good = next_;
  if (bad_ || last_good == nullptr) return fail_block();
  return last_good == next_ || walk_to(group, last_good);
}

}  // namespace ringlet
