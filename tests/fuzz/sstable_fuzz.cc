// Any bytes as an sstable: opening, verifying and reading answer with fragments or with `corrupt`, whatever the bytes say.
//
// First byte 0: the rest is the file as it is, so checksums stop nearly everything. Else the rest is parts (u16 size, bytes):
// one data block, one index block (none: the data block is the root), one filter block, properties; they are sealed with true
// checksums and given a true footer, so that the decoders behind the checksums are reached.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>

#include "core/base/must.h"
#include "core/storage/block_cache.h"
#include "core/storage/sstable.h"
#include "core/storage/sstable_format.h"

using namespace ringlet;

namespace {

class OneFile final : public File {
 public:
  explicit OneFile(const Bytes& bytes) : bytes_(bytes) {}
  Result<size_t> read_now(uint64_t offset, std::span<char> out) override {
    if (offset >= bytes_.size()) return 0;
    return BytesView(bytes_).substr(offset).copy(out.data(), out.size());
  }
  Result<uint64_t> size_now() override { return bytes_.size(); }
  Result<std::optional<size_t>> read_cached(uint64_t offset, std::span<char> out) override {
    return read_now(offset, out);
  }
  Task<Result<size_t>> read(uint64_t offset, std::span<char> out) override { co_return read_now(offset, out); }
  Status write_now(uint64_t, BytesView) override { return refused(); }
  Status sync_now() override { return refused(); }
  Status truncate_now(uint64_t) override { return refused(); }
  Status reserve_now(uint64_t) override { return refused(); }
  Task<Status> write_and_sync(uint64_t, BytesView) override { co_return refused(); }
  Task<Status> write(uint64_t, BytesView) override { co_return refused(); }
  Task<Status> sync() override { co_return refused(); }

 private:
  static Status refused() { return fail(Errc::io, "read only"); }
  const Bytes& bytes_;
};

class OneFileDisk final : public Disk {
 public:
  explicit OneFileDisk(const Bytes& bytes) : bytes_(bytes) {}
  Result<std::unique_ptr<File>> open(const std::string&, OpenMode) override {
    return std::make_unique<OneFile>(bytes_);
  }
  Result<bool> exists(const std::string&) override { return true; }
  Status remove(const std::string&) override { return refused(); }
  Status rename(const std::string&, const std::string&) override { return refused(); }
  Status link(const std::string&, const std::string&) override { return refused(); }
  Status make_directory(const std::string&) override { return refused(); }
  Status sync_directory(const std::string&) override { return refused(); }
  Result<std::vector<std::string>> list(const std::string&) override { return std::vector<std::string>{}; }
  Result<DiskSpace> space() override { return DiskSpace{}; }
  Result<std::unique_ptr<DirectoryLock>> lock(const std::string&) override { return fail(Errc::busy, "read only"); }

 private:
  static Status refused() { return fail(Errc::io, "read only"); }
  const Bytes& bytes_;
};

constexpr FileId kId{7};
constexpr int kFragmentsMost = 2000;

// Forged parts may disagree with each other, but what is read stays inside of them.
void read_all(SstableReader& reader, const ReadRange& range) {
  const auto stream = reader.stream(range);
  Fragment fragment;
  for (int i = 0; i < kFragmentsMost; ++i) {
    const auto step = stream->next(fragment);
    if (!step) {
      MUST(step.error().code == Errc::corrupt);
      return;
    }
    if (*step == Step::end) return;
    MUST(*step == Step::fragment);
    (void)validate_row(fragment.row);
    if (i % 7 == 6) stream->skip_partition();
  }
}

void read_every_way(SstableReader& reader) {
  ReadRange range;
  for (const bool reversed : {false, true}) {
    range = {};
    range.reversed = reversed;
    read_all(reader, range);
    range.slices = {Slice{Bytes("\x02", 1), Bytes("\x02\x80", 2)}, Slice{Bytes("\x02\x80\x01", 3), kPositionEnd}};
    read_all(reader, range);
    range.first_prefix = reader.statistics().first_prefix;
    range.one_partition = true;
    read_all(reader, range);
  }
}

void open_and_read(const Bytes& file) {
  OneFileDisk disk(file);
  BlockCache cache(64u << 10);
  for (const SstableAccess access : {SstableAccess::shard, SstableAccess::background}) {
    auto reader = SstableReader::open(disk, TableId{}, kId, access, access == SstableAccess::shard ? &cache : nullptr);
    if (!reader) {
      MUST(reader.error().code == Errc::corrupt || reader.error().code == Errc::invalid);
      return;
    }
    (void)(*reader)->dictionary();
    (void)(*reader)->verify();
    read_every_way(**reader);
  }
}

Bytes file_of_parts(ByteReader in) {
  Bytes file;
  Footer footer{.id = kId, .seed = 5};
  const auto seal_next = [&](BlockKind kind) {
    const BytesView part = in.bytes(std::min<size_t>(in.little<uint16_t>(), in.left()));
    if (part.empty() && (kind == BlockKind::index || kind == BlockKind::filter)) return BlockPlace{};
    const BlockPlace place{file.size(), static_cast<uint32_t>(part.size() + kTrailerBytes)};
    Bytes block(part);
    if (block.empty()) block.push_back('\0');
    const size_t start = file.size();
    seal_block(kind, block, false, footer.seed, place.offset, file);
    return BlockPlace{place.offset, static_cast<uint32_t>(file.size() - start)};
  };
  footer.index = {seal_next(BlockKind::data), 0};
  if (const BlockPlace index = seal_next(BlockKind::index); index.bytes > 0) footer.index = {index, 1};
  footer.filter = {seal_next(BlockKind::filter), 0};
  footer.properties = seal_next(BlockKind::properties);
  footer.dictionary = seal_next(BlockKind::dictionary);
  footer.file_bytes = file.size() + kFooterBytes;
  ByteWriter out(file);
  encode_footer(footer, out);
  return file;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const BytesView rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  open_and_read(data[0] == 0 ? Bytes(rest) : file_of_parts(ByteReader(rest)));
  return 0;
}
