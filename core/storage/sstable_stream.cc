#include "core/storage/sstable_stream.h"

#include <algorithm>

#include "core/base/checksum.h"
#include "core/base/must.h"
#include "core/data/keys.h"
#include "core/storage/bloom.h"

namespace ringlet {
namespace {

constexpr char kMarkerKind = '\x00';
constexpr BytesView kRowsTag{"\x02", 1};
constexpr BytesView kPastPartition{"\x03", 1};

bool is_marker_key(BytesView key) {
  const size_t prefix = partition_prefix_bytes(key);
  return prefix > 0 && key.size() >= prefix + 2 && key.substr(prefix, 1) == kRowsTag && key.back() == kMarkerKind;
}

}  // namespace

// --- KeyCursor --------------------------------------------------------------------------------------------------------

Status KeyCursor::seek(bool backwards) {
  backwards_ = backwards;
  if (state_ == State::standing) {
    TRY(const bool found, seek_in_this_block());
    if (found) return {};
  }
  source_.stop_scanning();
  state_ = State::seek_index;
  index_.begin_seek(file_.footer.index, target_.view(), file_.index_top.get());
  return {};
}

// Slices and partitions are often in the block at hand. It has the answer when it reaches from below the target to above.
Result<bool> KeyCursor::seek_in_this_block() {
  BytesView first;
  if (!block_.first_key(first)) return corrupt("a data block makes no sense");
  if (first >= target_.view()) return false;
  const bool within = block_.seek(target_.view()) && (!backwards_ || block_.previous());
  if (block_.bad()) return corrupt("a data block makes no sense");
  if (within) TRY_STATUS(find_open());
  return within;
}

bool KeyCursor::seek_in_block() { return backwards_ ? block_.seek_below(target_.view()) : block_.seek(target_.view()); }

Status KeyCursor::step() {
  if (state_ != State::standing) return {};
  if (backwards_ ? block_.previous() : block_.next()) return {};
  if (block_.bad()) return corrupt("a data block makes no sense");
  source_.scanning(backwards_);
  return begin_index_step();
}

Status KeyCursor::begin_index_step() {
  state_ = State::step_index;
  return backwards_ ? index_.begin_previous() : index_.begin_next();
}

Result<bool> KeyCursor::open_block() {
  TRY(const bool here, source_.get(BlockKind::data, index_.entry().place, bytes_));
  if (here && !block_.open(bytes_.bytes())) return corrupt("a data block makes no sense");
  return here;
}

// The last marker below the target says what is open there; without one in the block, the index entry does.
Status KeyCursor::find_open() {
  open_ = {};
  if (!has_markers_) return {};
  open_ = index_.entry().open;
  if (!block_.has_markers()) return {};
  BlockCursor scan;
  bool more = scan.open(bytes_.bytes()) && scan.first();
  for (Deletion before; more && scan.key() < target_.view(); more = scan.next()) {
    if (is_marker_key(scan.key()) && !decode_marker(scan.value(), before, open_))
      return corrupt("a range marker makes no sense");
  }
  return {};
}

bool KeyCursor::block_begins_with(BytesView prefix) {
  BytesView first;
  return block_.first_key(first) && first.starts_with(prefix);
}

Result<Step> KeyCursor::settle() {
  while (state_ != State::standing) {
    if (state_ == State::ended) return Step::end;
    if (state_ == State::seek_index || state_ == State::step_index) {
      TRY(const Step step, index_.settle());
      if (step == Step::end) state_ = State::ended;
      if (step != Step::fragment) return step;
      state_ = state_ == State::seek_index ? State::seek_block : State::step_block;
    }
    TRY(const bool here, open_block());
    if (!here) return Step::blocked;
    bool found = false;
    if (state_ == State::seek_block) {
      TRY_STATUS(find_open());
      found = seek_in_block();
    } else {
      found = backwards_ ? block_.last() : block_.first();
    }
    if (block_.bad()) return corrupt("a data block makes no sense");
    if (found)
      state_ = State::standing;
    else
      TRY_STATUS(begin_index_step());
  }
  return Step::fragment;
}

// --- the stream -------------------------------------------------------------------------------------------------------

namespace {

// Only where no partition deletion and no static row could be missed by not looking.
bool out_of_statistics(const SstableStatistics& file, const ReadRange& range) {
  const BytesView prefix = range.first_prefix;
  if (file.partitions == 0 || prefix < file.first_prefix || prefix > file.last_prefix) return true;
  if (file.partition_deletions > 0 || (range.static_row && file.static_rows > 0)) return false;
  return std::ranges::none_of(
      range.slices_of_first ? *range.slices_of_first : range.slices,
      [&file](const Slice& slice) { return slice.start <= file.last_position && slice.end > file.first_position; });
}

FilterAnswer told(bool perhaps, const ReadRange& range) {
  if (perhaps) return FilterAnswer::perhaps;
  if (range.counts != nullptr) [[unlikely]]
    ++range.counts->filtered;
  return FilterAnswer::none;
}

// `at` is settled. not_asked: blocked.
Result<FilterAnswer> answer_of(IndexCursor& at, const SstableFile& file, const ReadRange& range) {
  BlockCache::Handle block;
  BytesView filter;
  TRY(const bool here, at.get_filter(block, filter));
  if (!here) return FilterAnswer::not_asked;
  if (!bloom_valid(filter)) return corrupt_sstable(file.path, at.entry().place.offset, "a filter makes no sense");
  return told(bloom_may_contain(filter, file.filter_probes, hash64(range.first_prefix)), range);
}

class SstableStream final : public FragmentStream {
 public:
  SstableStream(std::shared_ptr<const void> owner, SstableFile& file, const SstableStatistics& statistics,
                const ReadRange& range, size_t ahead_bytes, FilterAnswer known)
      : owner_(std::move(owner)),
        file_(file),
        statistics_(statistics),
        range_(range),
        source_(file, ahead_bytes),
        cursor_(source_, file, statistics.markers > 0),
        filter_(source_),
        phase_(known == FilterAnswer::perhaps ? Phase::enter : Phase::start) {}

  Result<Step> next(Fragment& out) override {
    if (step_due_) {
      step_due_ = false;
      source_.moved_on();
      TRY_STATUS(cursor_.step());
    }
    while (true) {
      TRY(const Turn turn, take_turn(out));
      if (turn == Turn::yield) return Step::fragment;
      if (turn == Turn::blocked) return Step::blocked;
      if (phase_ == Phase::done) return Step::end;
    }
  }

  Task<Status> load(const RequestContext& context) override { return source_.load(context); }

  void skip_partition() override {
    if (phase_ < Phase::static_row || phase_ == Phase::done) return;
    step_due_ = false;
    phase_ = Phase::leave;
  }

  Timestamp newest_timestamp() const override { return statistics_.max_timestamp; }

 private:
  // In the order a partition goes through them.
  enum class Phase : uint8_t {
    start,
    filter,
    filter_block,
    enter,
    jump,
    partition,
    static_row,
    next_slice,
    seek_slice,
    open_slice,
    rows,
    close_slice,
    leave,
    done
  };
  enum class Turn : uint8_t { go_on, yield, blocked };

  Result<Turn> take_turn(Fragment& out) {
    switch (phase_) {
      case Phase::start:
        return start();
      case Phase::filter:
        return ask_filter_index();
      case Phase::filter_block:
        return ask_filter();
      case Phase::enter:
        return enter();
      case Phase::jump:
        return jump(out);
      case Phase::partition:
        return begin_partition(out);
      case Phase::static_row:
        return yield_static(out);
      case Phase::next_slice:
        return next_slice();
      case Phase::seek_slice:
        return seek_slice();
      case Phase::open_slice:
        return open_slice(out);
      case Phase::rows:
        return yield_row(out);
      case Phase::close_slice:
        return close_slice(out);
      case Phase::leave:
        return leave();
      case Phase::done:
        return Turn::go_on;
    }
    return Turn::go_on;
  }
  Turn to(Phase phase) {
    phase_ = phase;
    return Turn::go_on;
  }

  // What the statistics rule out needs no block.
  Result<Turn> start() {
    const BytesView first = statistics_.first_prefix, last = statistics_.last_prefix;
    if (range_.one_partition && out_of_statistics(statistics_, range_)) return to(Phase::done);
    if (file_.footer.index.place.bytes == 0 || range_.first_prefix > last) return to(Phase::done);
    if (!range_.one_partition)
      return to(past_range(std::max(first, BytesView(range_.first_prefix))) ? Phase::done : Phase::enter);
    if (file_.footer.filter.place.bytes == 0) return to(Phase::enter);
    filter_.begin_seek(file_.footer.filter, range_.first_prefix, file_.filter_top.get());
    return to(Phase::filter);
  }

  const std::vector<Slice>& slices_of(BytesView prefix) const {
    return range_.slices_of_first && prefix == BytesView(range_.first_prefix) ? *range_.slices_of_first : range_.slices;
  }

  Result<Turn> ask_filter_index() {
    TRY(const Step step, filter_.settle());
    if (step == Step::blocked) return Turn::blocked;
    return to(Phase::filter_block);
  }

  Result<Turn> ask_filter() {
    TRY(const FilterAnswer answer, answer_of(filter_, file_, range_));
    if (answer == FilterAnswer::not_asked) return Turn::blocked;
    return to(answer == FilterAnswer::none ? Phase::done : Phase::enter);
  }

  Result<Turn> enter() {
    const std::vector<Slice>& slices = slices_of(range_.first_prefix);
    const bool prefix_known = range_.one_partition || range_.slices_of_first;
    if (prefix_known && !slices.empty() && (range_.reversed || !slices.front().start.empty())) {
      prefix_.assign(range_.first_prefix, {});
      slices_ = &slices;
      TRY_STATUS(seek_rows(range_.reversed ? slices.back().end : slices.front().start));
      return to(Phase::jump);
    }
    return seek_first();
  }

  Result<Turn> seek_first() {
    cursor_.target().assign(range_.first_prefix, {});
    TRY_STATUS(cursor_.seek(false));
    return to(Phase::partition);
  }

  Status seek_rows(BytesView bound) {
    cursor_.target().assign(prefix_.view(), kRowsTag);
    cursor_.target().append(bound);
    return cursor_.seek(range_.reversed);
  }

  // Straight to the rows wanted, where their block says all that the partition's beginning would have.
  Result<Turn> jump(Fragment& out) {
    TRY(const Step step, cursor_.settle());
    if (step == Step::blocked) return Turn::blocked;
    const bool told = step == Step::fragment && cursor_.block_entry().inside_partition &&
                      cursor_.key().starts_with(prefix_.view()) && cursor_.block_begins_with(prefix_.view()) &&
                      !(range_.static_row && cursor_.block_entry().has_static);
    if (!told) return seek_first();
    out = Fragment{.kind = Fragment::Kind::partition,
                   .prefix = prefix_.view(),
                   .deletion = cursor_.block_entry().partition_deletion};
    slice_ = 0;
    sought_ = true;
    phase_ = Phase::next_slice;
    return Turn::yield;
  }

  Result<Turn> begin_partition(Fragment& out) {
    TRY(const Step step, cursor_.settle());
    if (step == Step::blocked) return Turn::blocked;
    if (step == Step::end || past_range(cursor_.key())) return to(Phase::done);
    const BytesView key = cursor_.key();
    const size_t prefix_bytes = partition_prefix_bytes(key);
    if (prefix_bytes == 0 || prefix_bytes >= key.size()) return cursor_.corrupt("a key makes no sense");
    prefix_.assign(key.substr(0, prefix_bytes), {});
    slices_ = &slices_of(prefix_.view());
    slice_ = 0;
    sought_ = false;
    out = Fragment{.kind = Fragment::Kind::partition, .prefix = prefix_.view()};
    if (tag() == KeyTag::partition_deletion) {
      ByteReader in(cursor_.value());
      out.deletion = decode_deletion(in);
      if (in.bad() || !in.done()) return cursor_.corrupt("a partition deletion makes no sense");
      step_due_ = true;
    }
    phase_ = Phase::static_row;
    return Turn::yield;
  }

  bool past_range(BytesView key) const {
    if (range_.one_partition) return !key.starts_with(range_.first_prefix);
    return !range_.last_prefix.empty() && key >= range_.last_prefix;
  }

  bool in_partition() const {
    return cursor_.key().starts_with(prefix_.view()) && cursor_.key().size() > prefix_.size();
  }
  KeyTag tag() const { return static_cast<KeyTag>(cursor_.key()[prefix_.size()]); }

  Result<Turn> yield_static(Fragment& out) {
    TRY(const Step step, cursor_.settle());
    if (step == Step::blocked) return Turn::blocked;
    phase_ = Phase::next_slice;
    if (step == Step::end || !in_partition() || tag() != KeyTag::static_row) return Turn::go_on;
    if (!range_.static_row) {
      TRY_STATUS(cursor_.step());
      return Turn::go_on;
    }
    out = Fragment{.kind = Fragment::Kind::static_row, .prefix = prefix_.view(), .row = cursor_.value()};
    step_due_ = true;
    return Turn::yield;
  }

  const Slice& slice() const { return (*slices_)[range_.reversed ? slices_->size() - 1 - slice_ : slice_]; }

  Result<Turn> next_slice() {
    open_ = {};
    if (slice_ == slices_->size()) return to(Phase::leave);
    const bool is_here = !range_.reversed && slice_ == 0 && slice().start.empty();
    if (is_here) return to(Phase::rows);
    if (!sought_) TRY_STATUS(seek_rows(range_.reversed ? slice().end : slice().start));
    sought_ = false;
    return to(Phase::seek_slice);
  }

  Result<Turn> seek_slice() {
    TRY(const Step step, cursor_.settle());
    if (step == Step::blocked) return Turn::blocked;
    open_ = cursor_.open_at_target();
    return to(Phase::open_slice);
  }

  Result<Turn> open_slice(Fragment& out) {
    phase_ = Phase::rows;
    if (open_.none() || (!range_.reversed && marker_at_start())) return Turn::go_on;
    out = range_.reversed ? marker(slice().end, open_, {}) : marker(slice().start, {}, open_);
    return Turn::yield;
  }

  bool marker_at_start() const {
    if (!cursor_.settled() || !in_partition() || tag() != KeyTag::rows) return false;
    const BytesView rest = cursor_.key().substr(prefix_.size() + 1);
    return !rest.empty() && rest.back() == kMarkerKind && rest.substr(0, rest.size() - 1) == slice().start;
  }

  Fragment marker(BytesView position, const Deletion& before, const Deletion& after) const {
    return {.kind = Fragment::Kind::marker,
            .prefix = prefix_.view(),
            .position = position,
            .before = before,
            .after = after};
  }

  Result<Turn> yield_row(Fragment& out) {
    TRY(const Step step, cursor_.settle());
    if (step == Step::blocked) return Turn::blocked;
    if (step == Step::end || !in_partition()) return to(Phase::close_slice);
    if (tag() != KeyTag::rows) {
      return range_.reversed ? Result<Turn>(to(Phase::close_slice)) : cursor_.corrupt("a key is out of order");
    }
    const BytesView rest = cursor_.key().substr(prefix_.size() + 1);
    if (rest.empty() || static_cast<uint8_t>(rest.back()) > 1) return cursor_.corrupt("a key makes no sense");
    const BytesView position = rest.substr(0, rest.size() - 1);
    if (range_.reversed ? position < slice().start : position >= slice().end) return to(Phase::close_slice);
    step_due_ = true;
    if (rest.back() == kMarkerKind) return yield_marker(position, out);
    out = Fragment{.kind = Fragment::Kind::row, .prefix = prefix_.view(), .position = position, .row = cursor_.value()};
    return Turn::yield;
  }

  Result<Turn> yield_marker(BytesView position, Fragment& out) {
    Deletion before, after;
    if (!decode_marker(cursor_.value(), before, after)) return cursor_.corrupt("a range marker makes no sense");
    if ((range_.reversed ? after : before) != open_) return cursor_.corrupt("range markers contradict each other");
    open_ = range_.reversed ? before : after;
    // At the slice's very start nothing below is told.
    if (position == slice().start) before = {};
    if (range_.reversed && position == slice().start) open_ = {};
    if (before == after) {
      step_due_ = false;
      TRY_STATUS(cursor_.step());
      return Turn::go_on;
    }
    out = marker(position, before, after);
    return Turn::yield;
  }

  Result<Turn> close_slice(Fragment& out) {
    const Slice& closed = slice();
    ++slice_;
    phase_ = Phase::next_slice;
    if (open_.none()) return Turn::go_on;
    out = range_.reversed ? marker(closed.start, {}, open_) : marker(closed.end, open_, {});
    return Turn::yield;
  }

  Result<Turn> leave() {
    if (range_.one_partition) return to(Phase::done);
    source_.moved_on();
    const bool beyond = !range_.reversed && cursor_.settled() && !cursor_.key().starts_with(prefix_.view());
    if (!beyond) {
      cursor_.target().assign(prefix_.view(), kPastPartition);
      TRY_STATUS(cursor_.seek(false));
    }
    return to(Phase::partition);
  }

  const std::shared_ptr<const void> owner_;
  SstableFile& file_;
  const SstableStatistics& statistics_;
  const ReadRange& range_;
  SstableSource source_;
  KeyCursor cursor_;
  IndexCursor filter_;
  KeyBuffer prefix_;  // of the current partition
  const std::vector<Slice>* slices_ = nullptr;
  size_t slice_ = 0;  // in the order of reading
  Deletion open_;     // the range deletion told last, in the direction of reading
  Phase phase_;
  bool sought_ = false;    // the cursor is on its way to the slice already
  bool step_due_ = false;  // the fragment under the cursor was yielded
};

}  // namespace

FilterLook look_at_filter(const SstableFile& file, const SstableStatistics& statistics, const ReadRange& range,
                          uint64_t hash) {
  using Answer = FilterLook::Answer;
  if (out_of_statistics(statistics, range)) return {Answer::no};
  if (file.footer.filter.place.bytes == 0) return {Answer::perhaps};
  const TreeTop* const top = file.filter_top.get();
  if (top == nullptr || !top->ready()) return {Answer::unknown};
  const BytesView filter = top->kept(top->seek(range.first_prefix));
  if (!bloom_valid(filter)) return {Answer::unknown};
  const char* const line = bloom_line(filter, hash);
  __builtin_prefetch(line);
  return {Answer::in_line, line, hash};
}

FilterAnswer ask_filter(SstableFile& file, const ReadRange& range, const FilterLook& look) {
  using Answer = FilterLook::Answer;
  if (look.answer == Answer::no) return FilterAnswer::none;
  if (look.answer == Answer::perhaps) return FilterAnswer::perhaps;
  if (look.answer == Answer::in_line)
    return told(bloom_line_may_contain(look.line, file.filter_probes, look.hash), range);
  SstableSource source(file);
  IndexCursor filter(source);
  filter.begin_seek(file.footer.filter, range.first_prefix, file.filter_top.get());
  const auto settled = filter.settle();
  if (!settled || *settled != Step::fragment) return FilterAnswer::not_asked;
  const auto answer = answer_of(filter, file, range);
  return answer ? *answer : FilterAnswer::not_asked;  // the stream meets the same error, and tells it
}

std::unique_ptr<FragmentStream> sstable_stream(std::shared_ptr<const void> owner, SstableFile& file,
                                               const SstableStatistics& statistics, const ReadRange& range,
                                               size_t ahead_bytes, FilterAnswer known) {
  return std::make_unique<SstableStream>(std::move(owner), file, statistics, range, ahead_bytes, known);
}

}  // namespace ringlet
