#include "core/base/must.h"
#include "core/storage/sstable_salvage.h"
#include "core/storage/sstable_stream.h"
#include "core/storage/sstable_verify.h"

namespace ringlet {
namespace {

class Reader final : public SstableReader, public std::enable_shared_from_this<Reader> {
 public:
  Reader(Disk& disk, SstableFile file, Properties properties)
      : disk_(disk), file_(std::move(file)), properties_(std::move(properties)) {}

  FileId id() const override { return file_.footer.id; }
  const SstableStatistics& statistics() const override { return properties_.statistics; }
  const std::vector<FileId>& compacted_from() const override { return properties_.compacted_from; }
  Uuid manifest() const override { return file_.footer.manifest; }
  ShardId shard() const override { return properties_.shard; }
  uint16_t shard_count() const override { return properties_.shard_count; }

  Result<TableRef> dictionary() override {
    TRY(SstableFile file, background());
    BlockCache::Handle block;
    TRY_STATUS(SstableSource(file).get(BlockKind::dictionary, file.footer.dictionary, block));
    ByteReader in(block.bytes());
    return decode_table(in);
  }

  std::unique_ptr<FragmentStream> stream(const ReadRange& range, size_t ahead_bytes) override {
    build_tops();
    return sstable_stream(shared_from_this(), file_, properties_.statistics, range, ahead_bytes);
  }

  FilterLook look(const ReadRange& range, uint64_t hash) override {
    build_tops();
    const FilterLook look = look_at_filter(file_, properties_.statistics, range, hash);
    // As the last partition, so the next one, mostly: then the index is on its way together with the filter's line.
    expected_ = held_last_ && look.answer != FilterLook::Answer::no;
    if (expected_) expect_index(range);
    return look;
  }

  std::unique_ptr<FragmentStream> find(const ReadRange& range, const FilterLook& look, size_t ahead_bytes) override {
    const FilterAnswer answer = ask_filter(file_, range, look);
    held_last_ = answer != FilterAnswer::none;
    if (!held_last_) return nullptr;
    if (!expected_) expect_index(range);
    return sstable_stream(shared_from_this(), file_, properties_.statistics, range, ahead_bytes, answer);
  }

  Task<Status> fill_cache(const RequestContext& context, const bool& stop) override {
    const auto self = shared_from_this();
    CO_TRY_STATUS(co_await fill_cache_with(file_.footer.filter, BlockKind::filter, context, stop));
    co_return co_await fill_cache_with(file_.footer.index, BlockKind::data, context, stop);
  }

  Result<std::unique_ptr<SstableCheck>> check() override {
    TRY(SstableFile file, background());
    return check_sstable(std::move(file), properties_);
  }

  Result<std::unique_ptr<FragmentStream>> salvage(SalvageReport& report) override {
    TRY(SstableFile file, background());
    return salvage_stream(std::move(file), report);
  }

 private:
  void build_tops() {
    if (file_.index_top == nullptr) return;
    if (file_.index_top->settled() && file_.filter_top->settled()) [[likely]]
      return;
    SstableSource source(file_);
    file_.index_top->build(source, file_.footer.index);
    file_.filter_top->build(source, file_.footer.filter);
  }

  void expect_index(const ReadRange& range) const {
    if (file_.index_top != nullptr) file_.index_top->expect(range.first_prefix);
  }

  Task<Status> fill_cache_with(const TreeRoot& tree, BlockKind leaves, const RequestContext& context,
                               const bool& stop) {
    if (tree.place.bytes == 0) co_return Status{};
    SstableSource source(file_);
    IndexCursor cursor(source);
    cursor.begin_seek(tree, {});
    while (!stop && file_.cache->pinned(id()) && file_.cache->has_room_to_pin()) {
      CO_TRY(const Step step, cursor.settle());
      if (step == Step::end) break;
      BlockCache::Handle block;
      const auto got = step == Step::blocked ? false : source.get(leaves, cursor.entry().place, block);
      CO_TRY_STATUS(got);
      if (!*got) {
        source.scanning(false);
        CO_TRY_STATUS(co_await source.load(context));
        continue;
      }
      source.moved_on();
      CO_TRY_STATUS(cursor.begin_next());
      co_await Executor::current()->yield_if_due();
    }
    co_return Status{};
  }

  // The file opened once more, for reading whole parts past the cache.
  Result<SstableFile> background() const {
    TRY(auto file, disk_.open(file_.path, OpenMode::read));
    return SstableFile{.path = file_.path,
                       .file = std::move(file),
                       .footer = file_.footer,
                       .access = SstableAccess::background,
                       .window_bytes = file_.window_bytes,
                       .filter_probes = file_.filter_probes};
  }

  Disk& disk_;
  SstableFile file_;
  const Properties properties_;
  bool held_last_ = false;  // the partition that was asked for last, or may
  bool expected_ = false;   // look() has asked for what find() will need
};

Result<Footer> read_footer(File& file, const std::string& path, FileId id) {
  TRY(const uint64_t size, file.size_now());
  if (size < kFooterBytes) return fail(Errc::corrupt, path + ": not an sstable, or its end is missing");
  char raw[kFooterBytes];
  TRY(const size_t read, file.read_now(size - kFooterBytes, raw));
  TRY(const Footer footer, decode_footer({raw, read}, path));
  if (footer.file_bytes != size) return fail(Errc::corrupt, path + ": cut short or grown since it was written");
  if (footer.id != id) {
    return fail(Errc::corrupt, path + ": the file says that it is number " + std::to_string(footer.id.raw));
  }
  return footer;
}

Result<Properties> read_properties(SstableFile& file) {
  Bytes stored(file.footer.properties.bytes, '\0');
  TRY(const size_t read, file.file->read_now(file.footer.properties.offset, stored));
  TRY(const Bytes block, unseal_block(BlockKind::properties, BytesView(stored).substr(0, read), file.footer.seed,
                                      file.footer.properties.offset, file.path));
  TRY(Properties properties, decode_properties(block, file.path));
  properties.statistics.file_bytes = file.footer.file_bytes;
  return properties;
}

Result<std::shared_ptr<SstableReader>> open_file(Disk& disk, SstableFile file, FileId id) {
  TRY(file.file, disk.open(file.path, OpenMode::read));
  TRY(file.footer, read_footer(*file.file, file.path, id));
  TRY(Properties properties, read_properties(file));
  file.filter_probes = properties.filter_probes;
  return std::make_shared<Reader>(disk, std::move(file), std::move(properties));
}

}  // namespace

Status SstableReader::verify() {
  TRY(const auto whole, check());
  for (bool more = true; more;) {
    TRY(more, whole->step());
  }
  return {};
}

Result<std::shared_ptr<SstableReader>> SstableReader::open(Disk& disk, const TableId& table, FileId id,
                                                           SstableAccess access, BlockCache* cache,
                                                           size_t window_bytes) {
  MUST((cache != nullptr) == (access == SstableAccess::shard));
  SstableFile file{.path = sstable_path(table, id), .access = access, .cache = cache, .window_bytes = window_bytes};
  if (cache != nullptr) {
    file.index_top = std::make_unique<TreeTop>(*cache);
    file.filter_top = std::make_unique<TreeTop>(*cache);
  }
  return open_file(disk, std::move(file), id);
}

Result<std::shared_ptr<SstableReader>> SstableReader::open_at(Disk& disk, std::string path, FileId id) {
  return open_file(disk, SstableFile{.path = std::move(path), .access = SstableAccess::background}, id);
}

}  // namespace ringlet
