#include "core/storage/memtable.h"

#include <algorithm>

#include "core/base/must.h"
#include "core/data/reconcile.h"
#include "core/storage/range_list.h"

namespace ringlet {
namespace {

size_t bytes_of(const RangeWrite& range) {
  return sizeof(Memtable::NumberedRange) + range.start.size() + range.end.size();
}

}  // namespace

Memtable::Memtable(TableRef table) : table_(std::move(table)), partitions_(arena_) {}

Memtable::Version* Memtable::make_version(BytesView row, Sequence at, Version* older) {
  char* memory = arena_.allocate(sizeof(Version) + row.size());
  const size_t capacity = (row.size() + 7) & ~size_t{7};
  auto* version = new (memory) Version{at, older, static_cast<uint32_t>(row.size()), static_cast<uint32_t>(capacity)};
  std::memcpy(memory + sizeof(Version), row.data(), row.size());
  return version;
}

void Memtable::write_version(Version*& newest, BytesView row, Sequence at, Sequence newest_pin) {
  note_timestamps(row);
  if (newest == nullptr || newest->at <= newest_pin) {  // first, or somebody may be reading what is there
    newest = make_version(row, at, newest);
    return;
  }
  merged_.clear();
  const BytesView both[] = {newest->view(), row};
  merge_rows(both, merged_);
  if (merged_.size() <= newest->capacity) {
    std::memcpy(reinterpret_cast<char*>(newest + 1), merged_.data(), merged_.size());
    newest->bytes = static_cast<uint32_t>(merged_.size());
    newest->at = at;
  } else {
    newest = make_version(merged_, at, newest->older);
  }
}

void Memtable::note_timestamps(BytesView row) {
  RowReader reader(row);
  const auto note = [this](Timestamp t) {
    if (t != kNoTimestamp && t < min_timestamp_) min_timestamp_ = t;
  };
  note(reader.liveness().at);
  note(reader.deletion().at);
  for (const ComplexDeletion& c : reader.complex_deletions()) note(c.deletion.at);
  for (CellView cell; reader.next(cell);) note(cell.at);
}

void Memtable::apply(const Mutation& mutation, BytesView prefix, Sequence at, Sequence newest_pin) {
  ++mutations_;
  Partition& partition = partition_of(prefix);
  if (!mutation.partition_deletion.none()) delete_partition(partition, mutation.partition_deletion, at, newest_pin);
  for (const RangeWrite& range : mutation.ranges) delete_range(partition, range, at, newest_pin);
  if (!mutation.static_row.empty()) write_version(partition.static_row, mutation.static_row, at, newest_pin);
  for (const RowWrite& write : mutation.rows) write_row(partition, write.position, write.row, at, newest_pin);
}

void Memtable::apply(MutationReader& mutation, BytesView prefix, Sequence at, Sequence newest_pin) {
  ++mutations_;
  Partition& partition = partition_of(prefix);
  if (!mutation.partition_deletion.none()) delete_partition(partition, mutation.partition_deletion, at, newest_pin);
  for (RangeWrite range; mutation.next_range(range);) delete_range(partition, range, at, newest_pin);
  if (!mutation.static_row.empty()) write_version(partition.static_row, mutation.static_row, at, newest_pin);
  for (BytesView position, row; mutation.next_row(position, row);) write_row(partition, position, row, at, newest_pin);
}

Memtable::Partition& Memtable::partition_of(BytesView prefix) {
  Partitions::Node* node = index_.find(prefix);
  if (node == nullptr) {
    bool made = false;
    node = partitions_.insert(prefix, made, directory_.below(load_big<uint64_t>(prefix.data())));
    index_.add(node);
    directory_.add(node);
  }
  return node->payload;
}

// As with rows: what no reader has seen yet needs no version of its own.
void Memtable::delete_partition(Partition& partition, const Deletion& deletion, Sequence at, Sequence newest_pin) {
  if (partition.deletions == nullptr)
    partition.deletions = deletions_.emplace_back(std::make_unique<std::vector<NumberedDeletion>>()).get();
  min_timestamp_ = std::min(min_timestamp_, deletion.at);
  std::vector<NumberedDeletion>& known = *partition.deletions;
  if (!known.empty() && known.back().at > newest_pin) {
    known.back() = {at, newer(known.back().deletion, deletion)};
    return;
  }
  known.push_back({at, deletion});
  range_bytes_ += sizeof(NumberedDeletion) + sizeof(std::vector<NumberedDeletion>);
}

void Memtable::delete_range(Partition& partition, const RangeWrite& range, Sequence at, Sequence newest_pin) {
  if (partition.ranges == nullptr)
    partition.ranges = ranges_.emplace_back(std::make_unique<std::vector<NumberedRange>>()).get();
  min_timestamp_ = std::min(min_timestamp_, range.deletion.at);
  std::vector<NumberedRange>& known = *partition.ranges;
  const auto covered = [&range](const RangeWrite& by_it) {
    return range.start <= by_it.start && by_it.end <= range.end &&
           newer(by_it.deletion, range.deletion) == range.deletion;
  };
  // Where all before a time is deleted again and again, one range stays.
  for (; !known.empty() && known.back().at > newest_pin && covered(known.back().range); known.pop_back())
    range_bytes_ -= bytes_of(known.back().range);
  known.push_back({at, range});
  range_bytes_ += bytes_of(range);
}

void Memtable::write_row(Partition& partition, BytesView position, BytesView row, Sequence at, Sequence newest_pin) {
  if (position.empty()) return write_version(partition.bare_row, row, at, newest_pin);
  bool made = false;
  if (partition.rows == nullptr) partition.rows = new (arena_.allocate(sizeof(Rows))) Rows(arena_);
  write_version(partition.rows->insert(position, made)->payload.newest, row, at, newest_pin);
}

void Memtable::use_log(LogPosition end, uint64_t bytes) {
  through_ = std::max(through_, end);
  for (LogUse& use : uses_) {
    if (use.segment != end.segment) continue;
    use.bytes += bytes;
    return;
  }
  uses_.push_back({end.segment, bytes});
}

namespace {

// Walks partitions forwards and, in each, the slices in the asked direction, rows and range boundaries side by side.
class MemtableStream final : public FragmentStream {
 public:
  MemtableStream(const Memtable::Partitions::Node* first, const ReadRange& range, Sequence at)
      : range_(range), at_(at), node_(first) {
    if (!range_.one_partition && node_ != nullptr && past_end()) node_ = nullptr;
  }

  Result<Step> next(Fragment& out) override {
    for (;;) {
      switch (state_) {
        case State::partition:
          if (node_ == nullptr) return Step::end;
          begin_partition(out);
          return Step::fragment;
        case State::static_row:
          state_ = State::slice;
          if (range_.static_row && visible(node_->payload.static_row, out)) {
            out.kind = Fragment::Kind::static_row;
            return Step::fragment;
          }
          break;
        case State::slice:
          if (!begin_slice()) next_partition();
          break;
        case State::rows:
          if (next_in_slice(out)) return Step::fragment;
          state_ = State::slice;
          break;
      }
    }
  }
  Task<Status> load(const RequestContext&) override { co_return Status{}; }
  void skip_partition() override {
    if (node_ != nullptr && state_ != State::partition) next_partition();
  }

 private:
  enum class State : uint8_t { partition, static_row, slice, rows };

  bool past_end() const { return !range_.last_prefix.empty() && node_->key() >= range_.last_prefix; }

  void next_partition() {
    node_ = range_.one_partition ? nullptr : node_->next[0];
    if (node_ != nullptr && past_end()) node_ = nullptr;
    state_ = State::partition;
  }

  void begin_partition(Fragment& out) {
    const Memtable::Partition& partition = node_->payload;
    out = Fragment{};
    out.prefix = node_->key();
    if (partition.deletions != nullptr)
      for (const auto& d : *partition.deletions)
        if (d.at <= at_) out.deletion = newer(out.deletion, d.deletion);
    const bool first = range_.slices_of_first && node_->key() == range_.first_prefix;
    slices_ = first ? &*range_.slices_of_first : &range_.slices;
    slice_ = 0;
    boundaries_.clear();
    if (partition.ranges != nullptr) {
      std::vector<RangeWrite> seen;
      for (const auto& r : *partition.ranges)
        if (r.at <= at_) seen.push_back(r.range);
      boundaries_ = boundaries_of(std::move(seen));
    }
    state_ = State::static_row;
  }

  bool begin_slice() {
    if (slice_ == slices_->size()) return false;
    const Slice& slice = (*slices_)[range_.reversed ? slices_->size() - 1 - slice_ : slice_];
    ++slice_;
    markers_.clear();
    if (!boundaries_.empty()) {
      markers_ = clip(boundaries_, slice);
      if (range_.reversed) std::ranges::reverse(markers_);
    }
    marker_ = 0;
    bare_ = node_->payload.bare_row != nullptr && slice.start.empty();
    row_ = nullptr;
    if (node_->payload.rows != nullptr)
      row_ = range_.reversed ? node_->payload.rows->seek_before(slice.end) : node_->payload.rows->seek(slice.start);
    in_slice_ = &slice;
    bound_row();
    state_ = State::rows;
    return true;
  }

  void bound_row() {
    if (row_ == nullptr) return;
    if (range_.reversed ? row_->key() < in_slice_->start : row_->key() >= in_slice_->end) row_ = nullptr;
  }
  void advance_row() {
    row_ = range_.reversed ? node_->payload.rows->seek_before(row_->key()) : row_->next[0];
    bound_row();
  }

  bool next_in_slice(Fragment& out) {
    if (bare_) {
      bare_ = false;
      if (visible(node_->payload.bare_row, out)) {
        out.kind = Fragment::Kind::row;
        out.position = {};
        return true;
      }
    }
    for (;;) {
      if (marker_ < markers_.size() && marker_is_first()) {
        const Boundary& boundary = markers_[marker_++];
        out.kind = Fragment::Kind::marker;
        out.prefix = node_->key();
        out.position = boundary.position;
        out.before = boundary.before;
        out.after = boundary.after;
        return true;
      }
      if (row_ == nullptr) return false;
      const Memtable::Rows::Node* row = row_;
      advance_row();
      if (!visible(row->payload.newest, out)) continue;
      out.kind = Fragment::Kind::row;
      out.position = row->key();
      return true;
    }
  }
  // At one position a marker stands before the row; so backwards it comes after it.
  bool marker_is_first() const {
    if (row_ == nullptr) return true;
    const BytesView marker = markers_[marker_].position;
    return range_.reversed ? marker > row_->key() : marker <= row_->key();
  }

  // The row as of at_, into out.row; false when it was written later.
  bool visible(const Memtable::Version* version, Fragment& out) {
    while (version != nullptr && version->at > at_) version = version->older;
    if (version == nullptr) return false;
    out.prefix = node_->key();
    if (version->older == nullptr) {
      out.row = version->view();
      return true;
    }
    parts_.clear();
    for (; version != nullptr; version = version->older) parts_.push_back(version->view());
    merged_.clear();
    merge_rows(parts_, merged_);
    out.row = merged_;
    return true;
  }

  const ReadRange& range_;
  const Sequence at_;
  const Memtable::Partitions::Node* node_;
  State state_ = State::partition;
  const std::vector<Slice>* slices_ = nullptr;
  size_t slice_ = 0;
  const Slice* in_slice_ = nullptr;
  bool bare_ = false;
  const Memtable::Rows::Node* row_ = nullptr;
  std::vector<Boundary> boundaries_, markers_;
  size_t marker_ = 0;
  std::vector<BytesView> parts_;
  Bytes merged_;
};

}  // namespace

std::unique_ptr<FragmentStream> Memtable::stream(const ReadRange& range, Sequence at) const {
  if (!range.one_partition) return std::make_unique<MemtableStream>(partitions_.seek(range.first_prefix), range, at);
  const Partitions::Node* node = index_.find(range.first_prefix);
  return node == nullptr ? nullptr : std::make_unique<MemtableStream>(node, range, at);
}

}  // namespace ringlet
