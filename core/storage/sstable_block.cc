#include "core/storage/sstable_block.h"

#include <algorithm>

#include "core/base/must.h"

namespace ringlet {
namespace {

constexpr uint32_t kMarkersBit = 1u << 31;

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

}  // namespace

void BlockBuilder::add(BytesView key, BytesView value) {
  MUST(entries_ == 0 || key > BytesView(last_key_));
  size_t shared = 0;
  if (entries_ % restart_interval_ == 0)
    restarts_.push_back(static_cast<uint32_t>(bytes_.size()));
  else
    shared = common_bytes(last_key_, key);
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
  ByteWriter out(bytes_);
  for (const uint32_t restart : restarts_) out.little(restart);
  out.little(static_cast<uint32_t>(restarts_.size()) | (has_markers_ ? kMarkersBit : 0));
  return bytes_;
}

void BlockBuilder::clear() {
  bytes_.clear();
  restarts_.clear();
  last_key_.clear();
  entries_ = 0;
  has_markers_ = false;
}

void KeyBuffer::assign(BytesView start, BytesView end) {
  const size_t size = start.size() + end.size();
  if (size > capacity_) {
    const size_t capacity = std::max(size, capacity_ * 2);
    auto grown = std::make_unique<char[]>(capacity);
    std::memcpy(grown.get(), start.data(), start.size());
    std::memcpy(grown.get() + start.size(), end.data(), end.size());
    heap_ = std::move(grown);
    data_ = heap_.get();
    capacity_ = capacity;
  } else {
    if (!start.empty() && start.data() != data_) std::memmove(data_, start.data(), start.size());
    if (!end.empty()) std::memcpy(data_ + start.size(), end.data(), end.size());
  }
  size_ = size;
}

bool BlockCursor::open(BytesView block) {
  key_.clear();
  value_ = {};
  valid_ = bad_ = false;
  if (block.size() < 8) return false;
  const auto tail = load_little<uint32_t>(block.data() + block.size() - 4);
  has_markers_ = (tail & kMarkersBit) != 0;
  restarts_ = tail & ~kMarkersBit;
  if (restarts_ == 0 || restarts_ > (block.size() - 4) / 4) return false;
  begin_ = block.data();
  end_ = block.data() + block.size() - 4 - restarts_ * 4;
  return restart(0) == 0;
}

uint32_t BlockCursor::restart(size_t i) const { return load_little<uint32_t>(end_ + i * 4); }

bool BlockCursor::fail_block() {
  bad_ = true;
  return valid_ = false;
}

bool BlockCursor::read(const char* at, Entry& entry) {
  if (end_ - at >= 3 && static_cast<uint8_t>(at[0] | at[1] | at[2]) < 0x80) {  // nearly always: three lengths below 128
    const auto suffix = static_cast<size_t>(at[1]), value = static_cast<size_t>(at[2]);
    entry.shared = static_cast<size_t>(at[0]);
    at += 3;
    if (static_cast<size_t>(end_ - at) < suffix + value) return fail_block();
    entry.suffix = {at, suffix};
    entry.value = {at + suffix, value};
    entry.next = at + suffix + value;
    return true;
  }
  ByteReader in({at, static_cast<size_t>(end_ - at)});
  entry.shared = in.unsigned_vint();
  const uint64_t suffix = in.unsigned_vint(), value = in.unsigned_vint();
  if (in.bad() || suffix > in.left() || value > in.left() - suffix) return fail_block();
  entry.suffix = in.bytes(suffix);
  entry.value = in.bytes(value);
  entry.next = in.position();
  return true;
}

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
  const uint32_t offset = restart(restart_index);
  if (offset >= static_cast<size_t>(end_ - begin_)) return fail_block();
  if (!read(begin_ + offset, entry)) return false;
  if (entry.shared != 0) return fail_block();
  key = entry.suffix;
  return true;
}

// The last restart point whose key is at or below `target`; 0 with found = false where there is none.
size_t BlockCursor::restart_at_or_below(BytesView target, bool& found) {
  size_t low = 0, high = restarts_;  // keys below `low` are at or below the target, from `high` on above it
  BytesView key;
  while (low < high) {
    const size_t middle = (low + high) / 2;
    if (!whole_key(middle, key)) return found = false, 0;
    if (key <= target)
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
  const uint32_t offset = restart(restart_index);
  if (offset >= static_cast<size_t>(end_ - begin_)) return fail_block();
  key_.clear();
  next_ = begin_ + offset;
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
  const char* last_good = nullptr;
  while (next() && key() <= target) last_good = next_;
  if (bad_ || last_good == nullptr) return fail_block();
  return walk_to(group, last_good);
}

}  // namespace ringlet
