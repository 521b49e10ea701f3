#include "core/storage/sstable_salvage.h"

#include <deque>

#include "core/data/keys.h"

namespace ringlet {
namespace {

// A fragment that owns its bytes: what a block held, with the markers that a gap before it makes necessary.
struct Piece {
  Fragment fragment;
  Bytes prefix, position, row;

  Piece(Fragment::Kind kind, BytesView prefix_, BytesView position_ = {}, BytesView row_ = {})
      : prefix(prefix_), position(position_), row(row_) {
    fragment.kind = kind;
  }
  const Fragment& view() {
    fragment.prefix = prefix;
    fragment.position = position;
    fragment.row = row;
    return fragment;
  }
};

class SalvageStream final : public FragmentStream {
 public:
  SalvageStream(SstableFile file, SalvageReport& report)
      : file_(std::move(file)), report_(report), source_(file_), index_(source_) {
    if (file_.footer.index.place.bytes == 0)
      ended_ = true;
    else
      index_.begin_seek(file_.footer.index, {});
  }

  Result<Step> next(Fragment& out) override {
    if (!pieces_.empty()) pieces_.pop_front();
    while (pieces_.empty()) {
      if (ended_) return Step::end;
      read_block();
    }
    out = pieces_.front().view();
    return Step::fragment;
  }
  Task<Status> load(const RequestContext&) override { co_return Status{}; }
  void skip_partition() override {
    skipped_ = pieces_.front().prefix;
    while (pieces_.size() > 1 && pieces_[1].prefix == skipped_) pieces_.erase(pieces_.begin() + 1);
  }

 private:
  void lose(const BlockPlace& place, const Error& error) {
    ++report_.lost_blocks;
    report_.lost_bytes += place.bytes;
    if (report_.first_damage.empty()) report_.first_damage = error.detail;
  }

  void read_block() {
    const auto step = index_.settle();
    if (!step) lose(file_.footer.index.place, step.error());
    if (!step || *step == Step::end) return end();
    const IndexEntry entry = index_.entry();
    if (const Status taken = take_block(entry); !taken) lose(entry.place, taken.error());
    if (const Status moved = index_.begin_next(); !moved) {
      lose(file_.footer.index.place, moved.error());
      end();
    }
  }

  void end() {
    end_partition();
    ended_ = true;
  }

  Status take_block(const IndexEntry& entry) {
    BlockCache::Handle block;
    TRY_STATUS(source_.get(BlockKind::data, entry.place, block));
    BlockCursor cursor;
    const auto bad = [&] { return source_.corrupt(entry.place, "a data block makes no sense"); };
    if (!cursor.open(block.bytes())) return bad();
    bool first = true;
    for (bool more = cursor.first(); more; more = cursor.next(), first = false) {
      const BytesView key = cursor.key();
      const size_t prefix_bytes = partition_prefix_bytes(key);
      if (prefix_bytes == 0 || prefix_bytes >= key.size() || key <= BytesView(last_key_)) return bad();
      const BytesView prefix = key.substr(0, prefix_bytes), rest = key.substr(prefix_bytes);
      const bool inside = first && entry.inside_partition;
      if (prefix != BytesView(prefix_)) begin_partition(prefix, inside ? entry.partition_deletion : Deletion{});
      if (inside && rest.size() >= 2) meet(rest, entry.open);
      if (!take_entry(rest, cursor.value())) return bad();
      last_key_ = key;
      last_rest_ = rest;
    }
    if (cursor.bad()) return bad();
    return {};
  }

  void begin_partition(BytesView prefix, const Deletion& deletion) {
    end_partition();
    prefix_ = prefix;
    push(Piece(Fragment::Kind::partition, prefix_)).fragment.deletion = deletion;
  }

  void end_partition() {
    if (!open_.none()) mark(behind_last(), {});
  }

  // Behind a gap: what was open before it ends there; what is open behind it begins at the first key, which `rest` is of.
  void meet(BytesView rest, const Deletion& open) {
    if (open_ == open) return;
    const BytesView position = rest.substr(1, rest.size() - 2);
    const Bytes end = behind_last();
    if (!open_.none() && BytesView(end) < position) mark(end, {});
    if (rest.back() == kRow && open_ != open) mark(position, open);  // a marker there says it itself
  }

  // The least position above the last entry.
  Bytes behind_last() const {
    if (last_rest_.size() < 2) return {};
    Bytes position = last_rest_.substr(1, last_rest_.size() - 2);
    position.push_back(last_rest_.back() == kRow ? '\xFF' : '\0');
    return position;
  }

  void mark(BytesView position, const Deletion& after) {
    Piece& piece = push(Piece(Fragment::Kind::marker, prefix_, position));
    piece.fragment.before = std::exchange(open_, after);
    piece.fragment.after = after;
  }

  bool take_entry(BytesView rest, BytesView value) {
    switch (static_cast<KeyTag>(rest[0])) {
      case KeyTag::partition_deletion: {
        ByteReader in(value);
        const Deletion deletion = decode_deletion(in);
        if (rest.size() != 1 || in.bad() || !in.done()) return false;
        if (!pieces_.empty() && pieces_.back().fragment.kind == Fragment::Kind::partition)
          pieces_.back().fragment.deletion = deletion;
        return true;
      }
      case KeyTag::static_row:
        if (!validate_row(value)) return false;
        push(Piece(Fragment::Kind::static_row, prefix_, {}, value));
        return true;
      case KeyTag::rows:
        return rest.size() >= 2 && take_row_or_marker(rest, value);
    }
    return false;
  }

  bool take_row_or_marker(BytesView rest, BytesView value) {
    const BytesView position = rest.substr(1, rest.size() - 2);
    if (rest.back() == kRow) {
      if (!validate_row(value)) return false;
      push(Piece(Fragment::Kind::row, prefix_, position, value));
      return true;
    }
    Deletion before, after;
    if (rest.back() != kMarker || !decode_marker(value, before, after)) return false;
    if (open_ != after) mark(position, after);
    return true;
  }

  // Of a partition that was skipped, pieces are made but not kept.
  Piece& push(Piece piece) {
    if (BytesView(skipped_) == prefix_) {
      unwanted_ = std::move(piece);
      return unwanted_;
    }
    return pieces_.emplace_back(std::move(piece));
  }

  static constexpr char kRow = '\x01', kMarker = '\x00';
  SstableFile file_;
  SalvageReport& report_;
  SstableSource source_;
  IndexCursor index_;
  std::deque<Piece> pieces_;
  Piece unwanted_{Fragment::Kind::partition, {}};
  Bytes last_key_, last_rest_, prefix_, skipped_;
  Deletion open_;
  bool ended_ = false;
};

}  // namespace

std::unique_ptr<FragmentStream> salvage_stream(SstableFile file, SalvageReport& report) {
  return std::make_unique<SalvageStream>(std::move(file), report);
}

}  // namespace ringlet
