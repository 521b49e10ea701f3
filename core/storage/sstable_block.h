// One block of sorted entries: what data and index are made of. Keys are stored as what differs from the key before; where that
// saves little, and every so often, a key is whole (a restart point), so that a search halves its way to the right group.
//
// Block on flash  integers are the vints of core/base/bytes.h
//   entries       each: vint shared bytes with the key before (0: a restart point; the first is one), vint suffix bytes, vint
//                 value bytes, suffix, value. Keys rise strictly.
//   tail          u8: bit 0 set where the block holds a range marker
// Frozen: part of the sstable format.
//
// In memory       BlockLayout: what a search looks at stands side by side, before the entries (integers little-endian)
//   u32 n         restart points
//   u16 common    bytes that the keys of all of them begin with
//   u16 flags     bit 0: markers; bit 1: offsets are u32
//   n x u16       the two bytes of each key after those, big-endian, filled up with zeros
//   n x u16, u32  offset of the entry
//   entries
#pragma once

#include <memory>
#include <vector>

#include "core/base/bytes.h"

namespace ringlet {

inline constexpr size_t kDataRestartInterval = 16;
inline constexpr size_t kIndexRestartInterval = 4;
inline constexpr size_t kSharedBytesLeast = 8;  // what shares less with the key before is whole

// Makes the one of the other. Used again and again: its list of restart points keeps its memory.
class BlockLayout {
 public:
  bool take(BytesView stored);  // which must outlive the rest; false: malformed
  size_t head_bytes() const;    // of what stands before the entries
  BytesView entries() const { return entries_; }
  void write_head(char* to) const;  // as many

 private:
  BytesView entries_;
  std::vector<uint32_t> restarts_;  // offsets of their entries
  uint16_t flags_ = 0;
};

class BlockBuilder {
 public:
  explicit BlockBuilder(size_t restart_interval) : restart_interval_(restart_interval) {}
  void add(BytesView key, BytesView value);  // MUST be above the last key
  void note_marker() { has_markers_ = true; }
  bool empty() const { return entries_ == 0; }
  size_t bytes() const { return bytes_.size() + 1; }
  BytesView last_key() const { return last_key_; }
  BytesView finish();  // whole block; valid until clear()
  void clear();

 private:
  const size_t restart_interval_;
  Bytes bytes_, last_key_;
  size_t entries_ = 0, in_group_ = 0;
  bool has_markers_ = false;
};

// A key of any length; short ones need no allocation.
class KeyBuffer {
 public:
  BytesView view() const { return {data_, size_}; }
  size_t size() const { return size_; }
  void assign(BytesView start, BytesView end);  // start + end; `start` may lie in this buffer
  void keep(size_t shared, BytesView suffix) { assign({data_, shared}, suffix); }
  void append(BytesView more) { keep(size_, more); }
  void clear() { size_ = 0; }
  KeyBuffer() = default;
  KeyBuffer(const KeyBuffer&) = delete;

 private:
  char inline_[104];
  std::unique_ptr<char[]> heap_;
  char* data_ = inline_;
  size_t size_ = 0, capacity_ = sizeof inline_;
};

struct BlockEntry {
  size_t shared;
  BytesView suffix, value;
  const char* next;
};

// Walks one prepared block in either direction. The block's bytes must outlive it. Every move says whether it stands on an entry;
// false at the ends, and where the bytes make no sense (then bad() is true).
class BlockCursor {
 public:
  bool open(BytesView prepared);  // false: there is nothing in it
  bool has_markers() const { return has_markers_; }
  bool first();
  bool last();
  bool next();
  bool previous();
  bool seek(BytesView target);                                  // first entry at or above
  bool seek_below(BytesView target);                            // last entry below
  bool seek_at_most(BytesView target);                          // last entry at or below
  bool first_key(BytesView& key) { return whole_key(0, key); }  // without moving
  bool valid() const { return valid_; }
  bool bad() const { return bad_; }
  BytesView key() const { return key_.view(); }
  BytesView value() const { return value_; }

 private:
  using Entry = BlockEntry;
  bool read(const char* at, Entry& entry);
  size_t restart(size_t i) const;
  bool fail_block();
  bool whole_key(size_t restart_index, BytesView& key);
  size_t restart_at_or_below(BytesView target, bool& found);
  bool walk_to(size_t restart_index, const char* next_of_last);  // the entry that ends at next_of_last
  bool stand_on(const char* at, const Entry& entry);

  const char* heads_ = nullptr;
  const char* offsets_ = nullptr;
  const char* begin_ = nullptr;  // of the entries
  const char* end_ = nullptr;
  const char* at_ = nullptr;    // the current entry
  const char* next_ = nullptr;  // the one after it
  size_t restarts_ = 0, common_ = 0;
  KeyBuffer key_;
  BytesView value_;
  bool valid_ = false, bad_ = false, has_markers_ = false, wide_ = false;
};

}  // namespace ringlet
