#include <algorithm>

#include "core/base/checksum.h"
#include "core/base/must.h"
#include "core/data/keys.h"
#include "core/storage/bloom.h"
#include "core/storage/sstable_index.h"
#include "core/storage/sstable_statistics.h"
#include "core/storage/stray_files.h"

namespace ringlet {
namespace {

// One write to the disk: large for flash, small beside a memtable. Each begins at a multiple of it, and so the page cache keeps the
// file in few large pieces, in which a read finds its way with less of the kernel's memory to look at.
constexpr size_t kWriteBytes = 256u << 10;

// A crash while writing leaves a name that says so, and a start removes it (stray_files.h).
std::string unfinished(const std::string& path) { return path + std::string(kUnfinishedSuffix); }

class Writer final : public SstableWriter, BlockSink {
 public:
  // `file` is open under the unfinished name.
  Writer(Disk& disk, std::string path, std::unique_ptr<File> file, TableRef table, const SstableOptions& options)
      : disk_(disk),
        path_(std::move(path)),
        name_now_(unfinished(path_)),
        file_(std::move(file)),
        table_(std::move(table)),
        options_(options) {
    if (options_.filter_fp_chance < 1.0) bloom_.emplace(bloom_shape(options_.filter_fp_chance));
  }

  ~Writer() override {
    if (finished_) return;
    file_.reset();
    (void)disk_.remove(name_now_);  // what a failed removal leaves is known by name or manifest id at the next start
  }

  Status add(const Fragment& fragment) override {
    if (fragment.kind == Fragment::Kind::partition) return begin_partition(fragment);
    MUST(!prefix_.empty() && fragment.prefix == BytesView(prefix_));
    switch (fragment.kind) {
      case Fragment::Kind::static_row:
        counts_.static_row(fragment.row);
        key_with(KeyTag::static_row);
        has_static_ = true;  // also what its own block tells, where it is the first in it
        return put(fragment.row, false);
      case Fragment::Kind::row:
        counts_.row(fragment.position, fragment.row);
        key_with(KeyTag::rows, fragment.position, '\x01');
        return put(fragment.row, false);
      default:
        return add_marker(fragment);
    }
  }

  uint64_t bytes() const override { return written_ + buffer_.size() + data_.bytes(); }

  Result<SstableStatistics> finish() override {
    MUST(open_.none());
    TRY_STATUS(flush_data());
    TRY_STATUS(flush_filter());
    Footer footer{.id = options_.id, .manifest = options_.manifest, .seed = seed_};
    TRY(footer.index, index_.finish());
    TRY(footer.filter, filter_index_.finish());
    TRY(footer.properties, write_properties());
    TRY(footer.dictionary, write_dictionary());
    footer.file_bytes = written_ + buffer_.size() + kFooterBytes;
    ByteWriter out(buffer_);
    encode_footer(footer, out);
    TRY_STATUS(flush_buffer(buffer_.size()));
    TRY_STATUS(file_->sync_now());
    TRY_STATUS(disk_.rename(name_now_, path_));
    name_now_ = path_;
    TRY_STATUS(disk_.sync_directory(sstable_folder(table_->id)));
    finished_ = true;
    SstableStatistics statistics = counts_.result();
    statistics.file_bytes = footer.file_bytes;
    return statistics;
  }

 private:
  Status begin_partition(const Fragment& fragment) {
    MUST(fragment.prefix > BytesView(prefix_) && open_.none());
    prefix_ = fragment.prefix;
    deletion_ = fragment.deletion;
    begun_ = has_static_ = false;
    if (deletion_.none()) return {};
    counts_.partition_deletion(deletion_);
    key_with(KeyTag::partition_deletion);
    value_.clear();
    ByteWriter out(value_);
    encode_deletion(deletion_, out);
    return put(value_, false);
  }

  Status add_marker(const Fragment& fragment) {
    MUST(fragment.before == open_ && fragment.before != fragment.after);
    counts_.marker(fragment.position, fragment.before, fragment.after);
    key_with(KeyTag::rows, fragment.position, '\x00');
    value_.clear();
    ByteWriter out(value_);
    encode_marker(fragment.before, fragment.after, out);
    TRY_STATUS(put(value_, true));
    open_ = fragment.after;
    return {};
  }

  void key_with(KeyTag tag) {
    key_ = prefix_;
    key_.push_back(static_cast<char>(tag));
  }
  void key_with(KeyTag tag, BytesView position, char kind) {
    key_with(tag);
    key_.append(position);
    key_.push_back(kind);
  }

  Status put(BytesView value, bool is_marker) {
    if (data_.empty()) begin_block();
    if (!begun_) TRY_STATUS(begin_stored_partition());
    data_.add(key_, value);
    if (is_marker) data_.note_marker();
    if (data_.bytes() < options_.block_bytes) return {};
    // What is open after this entry belongs to the next block; flush_data() only closes this one.
    return flush_data();
  }

  // The index entry says what a reader that starts here must know of what came before.
  void begin_block() {
    MUST(last_key_.empty() || BytesView(key_) > BytesView(last_key_));
    separator_ = last_key_.empty() ? Bytes{} : shortest_separator(last_key_, key_);
    block_entry_ = IndexEntry{.inside_partition = begun_};
    if (!begun_) return;
    block_entry_.has_static = has_static_;
    block_entry_.partition_deletion = deletion_;
    block_entry_.open = open_;
  }

  Status begin_stored_partition() {
    begun_ = true;
    counts_.partition(prefix_);
    if (!bloom_) return {};
    if (bloom_->bytes() >= kFilterBlockBytes) TRY_STATUS(flush_filter());
    if (bloom_->empty()) {
      filter_separator_ = last_filtered_.empty() ? Bytes{} : shortest_separator(last_filtered_, prefix_);
    }
    bloom_->add(hash64(prefix_));
    last_filtered_ = prefix_;
    return {};
  }

  Status flush_data() {
    if (data_.empty()) return {};
    last_key_ = data_.last_key();
    const BytesView block = data_.finish();
    counts_.data_block(block.size());
    TRY(block_entry_.place, write(BlockKind::data, block));
    data_.clear();
    return index_.add(separator_, block_entry_);
  }

  Status flush_filter() {
    if (!bloom_ || bloom_->empty()) return {};
    Bytes block;
    bloom_->finish(block);
    TRY(const BlockPlace place, write(BlockKind::filter, block));
    return filter_index_.add(filter_separator_, IndexEntry{.place = place});
  }

  Result<BlockPlace> write_properties() {
    Bytes block;
    ByteWriter out(block);
    SstableStatistics statistics = counts_.result();
    statistics.level = options_.level;
    encode_properties(
        {statistics, options_.compacted_from, options_.shard, options_.shard_count, bloom_ ? bloom_->probes() : 0},
        out);
    return write(BlockKind::properties, block);
  }

  Result<BlockPlace> write_dictionary() {
    Bytes block;
    ByteWriter out(block);
    encode_table(*table_, out);
    return write(BlockKind::dictionary, block);
  }

  Result<BlockPlace> write(BlockKind kind, BytesView block) override {
    const size_t start = buffer_.size();
    const BlockPlace place{.offset = written_ + start};
    const bool compress = options_.compress && (kind == BlockKind::data || kind == BlockKind::dictionary);
    seal_block(kind, block, compress, seed_, place.offset, buffer_);
    const BlockPlace done{place.offset, static_cast<uint32_t>(buffer_.size() - start)};
    if (buffer_.size() >= kWriteBytes) TRY_STATUS(flush_buffer(buffer_.size() / kWriteBytes * kWriteBytes));
    return done;
  }

  Status flush_buffer(size_t bytes) {
    TRY_STATUS(file_->write_now(written_, BytesView(buffer_).substr(0, bytes)));
    written_ += bytes;
    buffer_.erase(0, bytes);
    return {};
  }

  Disk& disk_;
  const std::string path_;
  std::string name_now_;  // the unfinished one until everything is on the medium
  std::unique_ptr<File> file_;
  const TableRef table_;
  const SstableOptions options_;
  const uint64_t seed_ = block_seed(options_.id, options_.manifest);
  Bytes buffer_;  // sealed blocks that follow `written_`
  uint64_t written_ = 0;
  bool finished_ = false;

  BlockBuilder data_{kDataRestartInterval};
  Bytes key_, value_, last_key_;  // last_key_: of the block before
  Bytes separator_;               // of the block being filled
  IndexEntry block_entry_;
  IndexBuilder index_{*this};

  Bytes prefix_;  // of the current partition
  Deletion deletion_, open_;
  bool begun_ = false;  // something of the partition was stored
  bool has_static_ = false;

  std::optional<BloomBuilder> bloom_;
  Bytes filter_separator_, last_filtered_;
  IndexBuilder filter_index_{*this};
  StatisticsBuilder counts_;
};

}  // namespace

std::string sstable_folder(const TableId& table) { return "sstables/" + to_string(table); }

Status make_sstable_folder(Disk& disk, const TableId& table) {
  const std::string folder = sstable_folder(table);
  TRY(const bool there, disk.exists(folder));
  if (there) {
    // Where no file was made yet, the sync of its name may have failed, and then no later one saves that name: a new one.
    TRY(const auto names, disk.list(folder));
    if (!names.empty()) return {};
    TRY_STATUS(disk.remove(folder));
  }
  TRY_STATUS(disk.make_directory(folder));
  return disk.sync_directory("sstables");
}

std::string sstable_path(const TableId& table, FileId id) {
  std::string digits = std::to_string(id.raw);
  if (digits.size() < 16) digits.insert(0, 16 - digits.size(), '0');
  return sstable_folder(table) + "/" + digits + ".sst";
}

Result<std::unique_ptr<SstableWriter>> SstableWriter::create(Disk& disk, TableRef table,
                                                             const SstableOptions& options) {
  TRY_STATUS(make_sstable_folder(disk, table->id));
  std::string path = sstable_path(table->id, options.id);
  TRY(auto file, disk.open(unfinished(path), OpenMode::create));
  return std::make_unique<Writer>(disk, std::move(path), std::move(file), std::move(table), options);
}

}  // namespace ringlet
