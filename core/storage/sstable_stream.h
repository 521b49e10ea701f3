// The fragments of one sstable over a range: partitions forward, rows in either direction, slice by slice.
#pragma once

#include <memory>

#include "core/storage/sstable_source.h"

namespace ringlet {

// A place among a file's keys. Moves are begun, then settled, as in IndexCursor.
class KeyCursor {
 public:
  KeyCursor(SstableSource& source, const SstableFile& file, bool has_markers)
      : source_(source), file_(file), has_markers_(has_markers), index_(source) {}

  KeyBuffer& target() { return target_; }  // fill it, then
  Status seek(bool backwards);             // the first key at or above it, or the last one below it
  Status step();                           // one further in the direction of the last seek
  Result<Step> settle();
  bool settled() const { return state_ == State::standing; }

  BytesView key() const { return block_.key(); }
  BytesView value() const { return block_.value(); }
  const IndexEntry& block_entry() const { return index_.entry(); }  // of the block stood in
  bool block_begins_with(BytesView prefix);                         // its first key does
  const Deletion& open_at_target() const { return open_; }          // the range deletion open just below the sought key
  std::unexpected<Error> corrupt(std::string_view what) const { return source_.corrupt(index_.entry().place, what); }

 private:
  enum class State : uint8_t { standing, ended, seek_index, seek_block, step_index, step_block };
  Result<bool> open_block();
  Status find_open();
  bool seek_in_block();
  Result<bool> seek_in_this_block();
  Status begin_index_step();

  SstableSource& source_;
  const SstableFile& file_;
  const bool has_markers_;
  IndexCursor index_;
  BlockCache::Handle bytes_;
  BlockCursor block_;
  KeyBuffer target_;
  Deletion open_;
  State state_ = State::ended;
  bool backwards_ = false;
};

enum class FilterAnswer : uint8_t { none, perhaps, not_asked };
// Whether the file can hold anything of a one-partition range, as far as its statistics and what memory has of its filter tell:
// where to look, and then the answer.
FilterLook look_at_filter(const SstableFile& file, const SstableStatistics& statistics, const ReadRange& range,
                          uint64_t hash);
FilterAnswer ask_filter(SstableFile& file, const ReadRange& range, const FilterLook& look);

// `owner` keeps the file open; `statistics` and `range` outlive the stream. `known`: what the filter said already.
std::unique_ptr<FragmentStream> sstable_stream(std::shared_ptr<const void> owner, SstableFile& file,
                                               const SstableStatistics& statistics, const ReadRange& range,
                                               size_t ahead_bytes, FilterAnswer known = FilterAnswer::not_asked);

}  // namespace ringlet
