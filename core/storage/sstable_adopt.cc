#include "core/storage/sstable_adopt.h"

#include <algorithm>

#include "core/storage/stray_files.h"

namespace ringlet {
namespace {

constexpr uint64_t kCopyBytes = 256u << 10;

Result<Bytes> read_at(File& file, uint64_t offset, uint64_t size, const std::string& path) {
  Bytes bytes;
  resize_for_overwrite(bytes, size);
  TRY(const size_t read, file.read_now(offset, bytes));
  if (read != size) return corrupt_sstable(path, offset, "cut short");
  return bytes;
}

}  // namespace

Result<std::unique_ptr<SstableAdoption>> SstableAdoption::begin(Disk& disk, Work work) {
  std::unique_ptr<SstableAdoption> adoption(new SstableAdoption(disk, std::move(work)));
  TRY_STATUS(adoption->open());
  return adoption;
}

SstableAdoption::~SstableAdoption() {
  to_.reset();
  if (!finished_ && !name_now_.empty()) (void)disk_.remove(name_now_);  // else the next start does it
}

Status SstableAdoption::open() {
  TRY(from_, disk_.open(work_.from, OpenMode::read));
  TRY(const uint64_t size, from_->size_now());
  if (size < kFooterBytes) return corrupt_sstable(work_.from, 0, "cut short");
  TRY(const Bytes footer, read_at(*from_, size - kFooterBytes, kFooterBytes, work_.from));
  TRY(footer_, decode_footer(footer, work_.from));
  const BlockPlace &properties = footer_.properties, &dictionary = footer_.dictionary;
  if (properties.offset + properties.bytes != dictionary.offset ||
      dictionary.offset + dictionary.bytes + kFooterBytes != size)
    return corrupt_sstable(work_.from, properties.offset, "its last parts are not where they belong");
  TRY(const Bytes stored, read_at(*from_, properties.offset, properties.bytes, work_.from));
  TRY(const Bytes block, unseal_block(BlockKind::properties, stored, footer_.seed, properties.offset, work_.from));
  TRY(properties_, decode_properties(block, work_.from));
  TRY_STATUS(make_sstable_folder(disk_, work_.table->id));
  const std::string name = sstable_path(work_.table->id, work_.id) + std::string(kUnfinishedSuffix);
  TRY(to_, disk_.open(name, OpenMode::create));
  name_now_ = name;
  return {};
}

Result<bool> SstableAdoption::step() {
  if (done_ < footer_.properties.offset) {
    const uint64_t size = std::min(kCopyBytes, footer_.properties.offset - done_);
    TRY(const Bytes part, read_at(*from_, done_, size, work_.from));
    TRY_STATUS(to_->write_now(done_, part));
    done_ += size;
    return true;
  }
  TRY_STATUS(write_tail());
  TRY_STATUS(finish());
  return false;
}

Status SstableAdoption::write_block(BlockKind kind, BytesView block, BlockPlace& place) {
  Bytes sealed;
  seal_block(kind, block, false, footer_.seed, done_, sealed);
  place = {done_, static_cast<uint32_t>(sealed.size())};
  TRY_STATUS(to_->write_now(done_, sealed));
  done_ += sealed.size();
  return {};
}

Status SstableAdoption::write_tail() {
  properties_.compacted_from.clear();
  Bytes properties, dictionary, footer;
  ByteWriter properties_out(properties), dictionary_out(dictionary), footer_out(footer);
  encode_properties(properties_, properties_out);
  encode_table(*work_.table, dictionary_out);
  TRY_STATUS(write_block(BlockKind::properties, properties, footer_.properties));
  TRY_STATUS(write_block(BlockKind::dictionary, dictionary, footer_.dictionary));
  footer_.id = work_.id;
  footer_.manifest = work_.manifest;
  footer_.file_bytes = done_ + kFooterBytes;
  encode_footer(footer_, footer_out);
  TRY_STATUS(to_->write_now(done_, footer));
  done_ += footer.size();
  return {};
}

Status SstableAdoption::finish() {
  TRY_STATUS(to_->sync_now());
  const std::string path = sstable_path(work_.table->id, work_.id);
  TRY_STATUS(disk_.rename(name_now_, path));
  name_now_ = path;
  TRY_STATUS(disk_.sync_directory(sstable_folder(work_.table->id)));
  finished_ = true;
  return {};
}

}  // namespace ringlet
