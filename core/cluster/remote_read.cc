#include "core/cluster/remote_read.h"

#include <algorithm>

#include "core/storage/merge_stream.h"

namespace ringlet {
namespace {

constexpr size_t kBatchBytes = 128u << 10;  // one hop brings at most about this much

// Fragments packed one after the other, so that a batch is one allocation that travels between threads.
// u8 kind, sized prefix (partition only), deletion | sized row | sized position, sized row | sized position, before, after
void pack_deletion(const Deletion& d, ByteWriter& out) {
  out.signed_vint(d.at.raw);
  out.signed_vint(d.local.raw);
}
Deletion unpack_deletion(ByteReader& in) {
  Deletion d;
  d.at = Timestamp{in.signed_vint()};
  d.local = Seconds{in.signed_vint()};
  return d;
}
void pack(const Fragment& f, ByteWriter& out) {
  out.u8(static_cast<uint8_t>(f.kind));
  switch (f.kind) {
    case Fragment::Kind::partition:
      out.sized_bytes(f.prefix);
      return pack_deletion(f.deletion, out);
    case Fragment::Kind::static_row:
      return out.sized_bytes(f.row);
    case Fragment::Kind::row:
      out.sized_bytes(f.position);
      return out.sized_bytes(f.row);
    case Fragment::Kind::marker:
      out.sized_bytes(f.position);
      pack_deletion(f.before, out);
      return pack_deletion(f.after, out);
  }
}

// One shard's side. Lives on the home executor; its EngineRead lives, and dies, on the owner's.
class RemoteStream final : public FragmentStream {
 public:
  RemoteStream(Shards& shards, ShardId owner, TableId table, const ReadRange& range, uint32_t rows_hint)
      : shards_(shards), owner_(owner), table_(table), range_(range), rows_wanted_(std::clamp(rows_hint, 1u, 1024u)) {}

  Result<Step> next(Fragment& out) override {
    for (;;) {
      if (in_.done()) return at_end_ ? Step::end : Step::blocked;
      out = Fragment{};
      out.kind = static_cast<Fragment::Kind>(in_.u8());
      switch (out.kind) {
        case Fragment::Kind::partition:
          prefix_ = Bytes(in_.sized_bytes());
          out.deletion = unpack_deletion(in_);
          skipping_ = false;
          break;
        case Fragment::Kind::static_row:
          out.row = in_.sized_bytes();
          break;
        case Fragment::Kind::row:
          out.position = in_.sized_bytes();
          out.row = in_.sized_bytes();
          break;
        case Fragment::Kind::marker:
          out.position = in_.sized_bytes();
          out.before = unpack_deletion(in_);
          out.after = unpack_deletion(in_);
          break;
      }
      MUST(!in_.bad());
      out.prefix = prefix_;
      if (!skipping_) return Step::fragment;
    }
  }

  Task<Status> load(const RequestContext& context) override {
    if (!in_.done() || at_end_) co_return Status{};
    auto fetch = [this, &context](Shard& shard) { return fill(shard, context); };
    co_return co_await shards_.run_on(owner_, fetch);
  }

  void skip_partition() override { skipping_ = true; }

  Task<void> close() {
    if (!read_) co_return;
    auto drop = [this](Shard&) -> Task<Status> {
      read_.reset();
      co_return Status{};
    };
    // Pins must go whatever the load: no bound applies to leaving.
    Executor& home = *Executor::current();
    co_await shards_[owner_].executor.hop();
    (void)co_await drop(shards_[owner_]);
    co_await home.hop();
  }

 private:
  Task<Status> fill(Shard& shard, const RequestContext& context) {
    if (!read_) {
      CO_TRY(read_, co_await shard.engine.read_in_turn(table_, range_, context));
    } else if (skipping_) {
      read_->stream().skip_partition();
    }
    batch_.clear();
    ByteWriter out(batch_);
    uint32_t rows = 0;
    for (Fragment fragment; batch_.size() < kBatchBytes && rows < rows_wanted_;) {
      CO_TRY(const Step step, read_->stream().next(fragment));
      if (step == Step::blocked) {
        CO_TRY_STATUS(co_await read_->stream().load(context));
        continue;
      }
      if (step == Step::end) {
        at_end_ = true;
        break;
      }
      pack(fragment, out);
      rows += fragment.kind == Fragment::Kind::row ? 1 : 0;
    }
    rows_wanted_ = std::min(rows_wanted_ * 2, 1024u);
    in_ = ByteReader(batch_);
    co_return Status{};
  }

  Shards& shards_;
  const ShardId owner_;
  const TableId table_;
  const ReadRange& range_;
  uint32_t rows_wanted_;
  std::unique_ptr<EngineRead> read_;
  Bytes batch_, prefix_;
  ByteReader in_{BytesView{}};
  bool at_end_ = false, skipping_ = false;
};

// Lends a stream to a merge without giving it away: close() still needs it.
class Borrowed final : public FragmentStream {
 public:
  explicit Borrowed(FragmentStream& stream) : stream_(stream) {}
  Result<Step> next(Fragment& out) override { return stream_.next(out); }
  Task<Status> load(const RequestContext& context) override { return stream_.load(context); }
  void skip_partition() override { stream_.skip_partition(); }

 private:
  FragmentStream& stream_;
};

class RemoteRead final : public CoordinatedRead {
 public:
  RemoteRead(std::vector<std::unique_ptr<RemoteStream>> parts, bool reversed) : parts_(std::move(parts)) {
    std::vector<std::unique_ptr<FragmentStream>> sources;
    for (const auto& part : parts_) sources.push_back(std::make_unique<Borrowed>(*part));
    merged_ = merge_streams(std::move(sources), reversed);
  }
  FragmentStream& stream() override { return *merged_; }
  Task<void> close() override {
    merged_.reset();
    for (const auto& part : parts_) co_await part->close();
    parts_.clear();
  }

 private:
  std::vector<std::unique_ptr<RemoteStream>> parts_;
  std::unique_ptr<FragmentStream> merged_;
};

}  // namespace

std::unique_ptr<CoordinatedRead> read_from_others(Shards& shards, TableId table, const ReadRange& range,
                                                  std::optional<ShardId> owner, uint32_t rows_hint) {
  std::vector<std::unique_ptr<RemoteStream>> parts;
  for (uint16_t s = 0; s < shards.count(); ++s)
    if (!owner || *owner == ShardId{s})
      parts.push_back(std::make_unique<RemoteStream>(shards, ShardId{s}, table, range, rows_hint));
  return std::make_unique<RemoteRead>(std::move(parts), range.reversed);
}

}  // namespace ringlet
