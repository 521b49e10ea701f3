// One block of sorted entries: what data and index are made of. Keys are stored as what differs from the key before;
// every so often a key is whole (a restart point), so that a search halves its way to the right group.
//
// Block           integers are the vints of core/base/bytes.h, unless a width is given (then little-endian)
//   entries       each: vint shared bytes with the key before (0 at a restart point), vint suffix bytes, vint value bytes,
//                 suffix, value. Keys rise strictly.
//   restarts      n x u32 offset of an entry; the first is 0
//   tail          u32: n, and bit 31 set where the block holds a range marker
// Frozen: part of the sstable format.
#pragma once

#include <memory>
#include <vector>

#include "core/base/bytes.h"

namespace ringlet {

inline constexpr size_t kDataRestartInterval = 16;
inline constexpr size_t kIndexRestartInterval = 4;

class BlockBuilder {
 public:
  explicit BlockBuilder(size_t restart_interval) : restart_interval_(restart_interval) {}
  void add(BytesView key, BytesView value);  // MUST be above the last key
  void note_marker() { has_markers_ = true; }
  bool empty() const { return entries_ == 0; }
  size_t bytes() const { return bytes_.size() + (restarts_.size() + 1) * 4; }
  BytesView last_key() const { return last_key_; }
  BytesView finish();  // whole block; valid until clear()
  void clear();

 private:
  const size_t restart_interval_;
  Bytes bytes_, last_key_;
  std::vector<uint32_t> restarts_;
  size_t entries_ = 0;
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

// Walks one block in either direction. The block's bytes must outlive it. Every move says whether it stands on an entry;
// false at the ends, and where the bytes make no sense (then bad() is true).
class BlockCursor {
 public:
  bool open(BytesView block);  // false: malformed
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
  struct Entry {
    size_t shared;
    BytesView suffix, value;
    const char* next;
  };
  bool read(const char* at, Entry& entry);
  uint32_t restart(size_t i) const;
  bool fail_block();
  bool whole_key(size_t restart_index, BytesView& key);
  size_t restart_at_or_below(BytesView target, bool& found);
  bool walk_to(size_t restart_index, const char* next_of_last);  // the entry that ends at next_of_last
  bool stand_on(const char* at, const Entry& entry);

  const char* begin_ = nullptr;
  const char* end_ = nullptr;   // of the entries
  const char* at_ = nullptr;    // the current entry
  const char* next_ = nullptr;  // the one after it
  size_t restarts_ = 0;
  KeyBuffer key_;
  BytesView value_;
  bool valid_ = false, bad_ = false, has_markers_ = false;
};

}  // namespace ringlet
