#include "core/storage/sstable_verify.h"

#include "core/base/checksum.h"
#include "core/data/keys.h"
#include "core/storage/bloom.h"

namespace ringlet {
namespace {

class Verifier final : public SstableCheck {
 public:
  Verifier(SstableFile file, Properties properties)
      : file_(std::move(file)),
        properties_(std::move(properties)),
        source_(file_),
        filters_(file_),
        index_(source_),
        filter_index_(source_) {}

  Result<bool> step() override {
    switch (stage_) {
      case Stage::begin:
        index_.begin_seek(file_.footer.index, {});
        filter_index_.begin_seek(file_.footer.filter, {});
        stage_ = Stage::data;
        return true;
      case Stage::data: {
        TRY(const bool more, check_next_data());
        if (!more) stage_ = Stage::filters;
        return true;
      }
      case Stage::filters: {
        TRY(const bool more, check_next_filter());
        if (!more) stage_ = Stage::rest;
        return true;
      }
      case Stage::rest:
        TRY_STATUS(check_rest());
        return false;
    }
    return false;
  }
  uint64_t bytes_done() const override { return source_.bytes_got(); }

 private:
  std::unexpected<Error> bad(const BlockPlace& place, std::string_view what) const {
    return source_.corrupt(place, what);
  }

  Result<bool> check_next_data() {
    TRY(const Step step, index_.settle());
    if (step == Step::end) return false;
    TRY_STATUS(check_block(index_.entry()));
    TRY_STATUS(index_.begin_next());
    return true;
  }

  Result<bool> check_next_filter() {
    TRY(const Step step, filter_index_.settle());
    if (step == Step::end) return false;
    BlockCache::Handle filter;
    TRY_STATUS(source_.get(BlockKind::filter, filter_index_.entry().place, filter));
    if (!bloom_valid(filter.bytes())) return bad(filter_index_.entry().place, "a filter makes no sense");
    TRY_STATUS(filter_index_.begin_next());
    return true;
  }

  Status check_rest() {
    for (const auto& [kind, place] : {std::pair{BlockKind::properties, file_.footer.properties},
                                      std::pair{BlockKind::dictionary, file_.footer.dictionary}}) {
      BlockCache::Handle block;
      TRY_STATUS(source_.get(kind, place, block));
    }
    const SstableStatistics& told = properties_.statistics;
    if (rows_ != told.rows || partitions_ != told.partitions || markers_ != told.markers ||
        statics_ != told.static_rows) {
      return bad({}, "its properties count other rows than it holds");
    }
    if (source_.bytes_got() != file_.blocks_end()) return bad({}, "some of its bytes belong to no block");
    return {};
  }

  Status check_block(const IndexEntry& entry) {
    BlockCache::Handle block;
    TRY_STATUS(source_.get(BlockKind::data, entry.place, block));
    BlockCursor cursor;
    if (!cursor.open(block.bytes())) return bad(entry.place, "a data block makes no sense");
    bool first = true;
    for (bool more = cursor.first(); more; more = cursor.next(), first = false) {
      const BytesView key = cursor.key();
      if (!last_key_.empty() && key <= BytesView(last_key_)) return bad(entry.place, "keys are out of order");
      const size_t prefix_bytes = partition_prefix_bytes(key);
      if (prefix_bytes == 0 || prefix_bytes >= key.size()) return bad(entry.place, "a key makes no sense");
      const bool inside = key.substr(0, prefix_bytes) == BytesView(prefix_);
      if (first && (inside != entry.inside_partition || (inside && entry.open != open_))) {
        return bad(entry.place, "the index tells another beginning of a block");
      }
      if (!inside) TRY_STATUS(begin_partition(entry.place, key.substr(0, prefix_bytes)));
      TRY_STATUS(check_entry(entry.place, key.substr(prefix_bytes), cursor.value()));
      last_key_ = key;
    }
    return cursor.bad() || first ? bad(entry.place, "a data block makes no sense") : Status{};
  }

  Status begin_partition(const BlockPlace& place, BytesView prefix) {
    if (!open_.none()) return bad(place, "a range deletion has no end");
    prefix_ = prefix;
    ++partitions_;
    if (file_.footer.filter.place.bytes == 0) return {};
    IndexCursor cursor(filters_);
    cursor.begin_seek(file_.footer.filter, prefix_);
    TRY_STATUS(cursor.settle());
    BlockCache::Handle filter;
    TRY_STATUS(filters_.get(BlockKind::filter, cursor.entry().place, filter));
    if (bloom_valid(filter.bytes()) && bloom_may_contain(filter.bytes(), file_.filter_probes, hash64(prefix_)))
      return {};
    return bad(cursor.entry().place, "a filter does not know a partition of the file");
  }

  Status check_entry(const BlockPlace& place, BytesView rest, BytesView value) {
    switch (static_cast<KeyTag>(rest[0])) {
      case KeyTag::partition_deletion: {
        ByteReader in(value);
        (void)decode_deletion(in);
        return in.bad() || !in.done() || rest.size() != 1 ? bad(place, "a partition deletion makes no sense")
                                                          : Status{};
      }
      case KeyTag::static_row:
        ++statics_;
        return check_row(place, value);
      case KeyTag::rows:
        return check_row_or_marker(place, rest, value);
    }
    return bad(place, "a key makes no sense");
  }

  Status check_row_or_marker(const BlockPlace& place, BytesView rest, BytesView value) {
    if (rest.size() >= 2 && rest.back() == '\x01') {
      ++rows_;
      return check_row(place, value);
    }
    Deletion before, after;
    if (rest.size() < 2 || rest.back() != '\x00' || !decode_marker(value, before, after)) {
      return bad(place, "a range marker makes no sense");
    }
    if (before != open_ || before == after) return bad(place, "range markers contradict each other");
    open_ = after;
    ++markers_;
    return {};
  }

  Status check_row(const BlockPlace& place, BytesView row) const {
    const Status valid = validate_row(row);
    return valid ? valid : bad(place, "a row makes no sense: " + valid.error().detail);
  }

  enum class Stage : uint8_t { begin, data, filters, rest };
  Stage stage_ = Stage::begin;
  SstableFile file_;
  const Properties properties_;
  SstableSource source_, filters_;  // walked once, so that its bytes add up to the file; asked for each partition
  IndexCursor index_, filter_index_;
  Bytes last_key_, prefix_;
  Deletion open_;
  uint64_t partitions_ = 0, statics_ = 0, rows_ = 0, markers_ = 0;
};

}  // namespace

std::unique_ptr<SstableCheck> check_sstable(SstableFile file, Properties properties) {
  return std::make_unique<Verifier>(std::move(file), std::move(properties));
}

}  // namespace ringlet
