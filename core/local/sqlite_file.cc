#include "core/local/sqlite_file.h"

#include <algorithm>

#include "core/base/checksum.h"
#include "core/local/sqlite_log.h"

namespace ringlet {
namespace {

constexpr size_t kPayloadBytes = kSqlitePageBytes - kSqliteReservedBytes;

uint64_t page_checksum(const char* page, uint64_t number) { return hash64({page, kPayloadBytes}, number); }

}  // namespace

Result<size_t> SqliteFile::read(uint64_t offset, std::span<char> out) {
  if (kind_ == SqliteFileKind::database) return read_pages(offset, out);
  const bool frame = kind_ == SqliteFileKind::write_ahead_log && out.size() == kSqlitePageBytes &&
                     offset >= kSqliteLogHeaderBytes + kSqliteFrameHeaderBytes;
  return frame ? read_frame(offset, out) : file_->read_now(offset, out);
}

// Only a whole page can be checked. SQLite asks for less only to look at the file's header before it has looked at its log: a
// power cut in the middle of a checkpoint may have torn that page, and the log has it whole.
Result<size_t> SqliteFile::read_pages(uint64_t offset, std::span<char> out) {
  if (out.size() < kSqlitePageBytes) return file_->read_now(offset, out);
  char page[kSqlitePageBytes];
  size_t done = 0;
  while (done < out.size()) {
    const uint64_t number = (offset + done) / kSqlitePageBytes;
    const size_t skip = (offset + done) % kSqlitePageBytes;
    TRY(const size_t bytes, file_->read_now(number * kSqlitePageBytes, page));
    if (bytes < kSqlitePageBytes) return done;
    if (load_little<uint64_t>(page + kPayloadBytes) != page_checksum(page, number))
      return fail(Errc::corrupt, path_ + ": page " + std::to_string(number + 1) +
                                     " fails its checksum: a start makes it anew from the other files");
    const size_t part = std::min(kSqlitePageBytes - skip, out.size() - done);
    std::copy_n(page + skip, part, out.data() + done);
    done += part;
  }
  return done;
}

Result<size_t> SqliteFile::read_frame(uint64_t offset, std::span<char> out) {
  char log_header[kSqliteLogHeaderBytes], header[kSqliteFrameHeaderBytes], before[8];
  TRY(const size_t bytes, file_->read_now(offset, out));
  TRY(const size_t a, file_->read_now(0, log_header));
  TRY(const size_t b, file_->read_now(offset - kSqliteFrameHeaderBytes, header));
  const bool first = offset == kSqliteLogHeaderBytes + kSqliteFrameHeaderBytes;
  TRY(const size_t c,
      file_->read_now(first ? kSqliteLogHeaderBytes - 8 : offset - kSqliteFrameHeaderBytes - kSqliteFrameBytes + 16,
                      before));
  if (bytes < out.size() || a < sizeof log_header || b < sizeof header || c < sizeof before) return bytes;
  const bool big_endian = load_big<uint32_t>(log_header) & 1;
  SqliteLogChecksum sum = SqliteLogChecksum::stored(before);
  sum.add({header, 8}, big_endian);
  sum.add({out.data(), out.size()}, big_endian);
  if (sum != SqliteLogChecksum::stored(header + 16))
    return fail(Errc::corrupt, path_ + ": the frame at " + std::to_string(offset - kSqliteFrameHeaderBytes) +
                                   " fails its checksum: a start makes metadata.db anew from the other files");
  return bytes;
}

Status SqliteFile::write(uint64_t offset, BytesView bytes) {
  if (kind_ != SqliteFileKind::database) return file_->write_now(offset, bytes);
  MUST(bytes.size() == kSqlitePageBytes && offset % kSqlitePageBytes == 0);
  char page[kSqlitePageBytes];
  std::copy_n(bytes.data(), kPayloadBytes, page);
  store_little(page + kPayloadBytes, page_checksum(page, offset / kSqlitePageBytes));
  return file_->write_now(offset, {page, sizeof page});
}

Status SqliteFile::sync() {
  TRY_STATUS(file_->sync_now());
  if (!new_name_) return {};
  TRY_STATUS(disk_.sync_directory(""));
  new_name_ = false;
  return {};
}

}  // namespace ringlet
