#include "core/local/sqlite_log.h"

#include <bit>
#include <optional>
#include <string>
#include <vector>

namespace ringlet {
namespace {

constexpr size_t kHeaderSalts = 16, kFrameSalts = 8, kChecksumBytes = 8;

class LogLook {
 public:
  explicit LogLook(Bytes bytes) : bytes_(std::move(bytes)) {}

  // The bytes that were not right, as they are now.
  std::vector<size_t> run() {
    if (bytes_.size() < kSqliteLogHeaderBytes) return {};
    if (!header_right() && !mend(0, kSqliteLogHeaderBytes, &LogLook::header_right)) return mended_;
    before_ = SqliteLogChecksum::stored(&bytes_[kSqliteLogHeaderBytes - kChecksumBytes]);
    for (at_ = kSqliteLogHeaderBytes; at_ + kSqliteFrameBytes <= bytes_.size(); at_ += kSqliteFrameBytes) {
      if (!frame_right() && !(looks_written() && mend(at_, kSqliteFrameBytes, &LogLook::frame_right))) break;
      before_ = SqliteLogChecksum::stored(&bytes_[at_ + kSqliteFrameHeaderBytes - kChecksumBytes]);
    }
    return mended_;
  }
  BytesView byte_at(size_t at) const { return part(at, 1); }
  std::optional<size_t> unclear_at() const { return unclear_at_; }  // where one of several bits has flipped

 private:
  bool big_endian() const { return bytes_[3] & 1; }
  BytesView part(size_t at, size_t size) const { return BytesView(bytes_).substr(at, size); }

  bool header_right() {
    SqliteLogChecksum sum;
    sum.add(part(0, kSqliteLogHeaderBytes - kChecksumBytes), big_endian());
    return sum == SqliteLogChecksum::stored(&bytes_[kSqliteLogHeaderBytes - kChecksumBytes]);
  }

  bool frame_right() {
    if (salt_bits_off() != 0) return false;
    SqliteLogChecksum sum = before_;
    sum.add(part(at_, kFrameSalts), big_endian());
    sum.add(part(at_ + kSqliteFrameHeaderBytes, kSqlitePageBytes), big_endian());
    return sum == SqliteLogChecksum::stored(&bytes_[at_ + kSqliteFrameHeaderBytes - kChecksumBytes]);
  }

  // Frames of the log's earlier rounds have other salts: most logs end in front of one.
  bool looks_written() const { return salt_bits_off() <= 1; }
  int salt_bits_off() const {
    return std::popcount(load_big<uint64_t>(&bytes_[kHeaderSalts]) ^ load_big<uint64_t>(&bytes_[at_ + kFrameSalts]));
  }

  bool mend(size_t from, size_t size, bool (LogLook::*right)()) {
    std::vector<size_t> bits;
    for (size_t bit = 0; bit < size * 8; ++bit) {
      flip(from, bit);
      if ((this->*right)()) bits.push_back(bit);
      flip(from, bit);
    }
    if (bits.size() > 1 && from != 0 && built_upon()) unclear_at_ = from;
    if (bits.size() != 1) return false;
    flip(from, bits.front());
    mended_.push_back(from + bits.front() / 8);
    return true;
  }
  // Whether a later transaction goes on from the frame at at_: then what it belongs to had been synced.
  bool built_upon() {
    const SqliteLogChecksum before = before_;
    const size_t at = at_;
    bool committed = false, found = false;
    while (!found && at_ + 2 * kSqliteFrameBytes <= bytes_.size()) {
      committed |= load_big<uint32_t>(&bytes_[at_ + 4]) != 0;
      before_ = SqliteLogChecksum::stored(&bytes_[at_ + kSqliteFrameHeaderBytes - kChecksumBytes]);
      at_ += kSqliteFrameBytes;
      if (!frame_right()) break;
      found = committed;
    }
    before_ = before;
    at_ = at;
    return found;
  }
  void flip(size_t from, size_t bit) { bytes_[from + bit / 8] ^= static_cast<char>(1u << bit % 8); }

  Bytes bytes_;
  std::vector<size_t> mended_;
  std::optional<size_t> unclear_at_;
  SqliteLogChecksum before_;
  size_t at_ = 0;
};

}  // namespace

void SqliteLogChecksum::add(BytesView bytes, bool big_endian) {
  for (size_t at = 0; at + 8 <= bytes.size(); at += 8) {
    const char* word = bytes.data() + at;
    first += (big_endian ? load_big<uint32_t>(word) : load_little<uint32_t>(word)) + second;
    second += (big_endian ? load_big<uint32_t>(word + 4) : load_little<uint32_t>(word + 4)) + first;
  }
}

SqliteLogChecksum SqliteLogChecksum::stored(const char* at) {
  return {load_big<uint32_t>(at), load_big<uint32_t>(at + 4)};
}

Status mend_sqlite_log(Disk& disk, const std::string& path) {
  TRY(const bool there, disk.exists(path));
  if (!there) return {};
  TRY(const auto file, disk.open(path, OpenMode::write));
  TRY(const uint64_t size, file->size_now());
  Bytes bytes(size, '\0');
  TRY(const size_t read, file->read_now(0, bytes));
  bytes.resize(read);
  LogLook look(std::move(bytes));
  const std::vector<size_t> mended = look.run();
  if (look.unclear_at())
    return fail(Errc::corrupt, path + ": a bit has flipped at " + std::to_string(*look.unclear_at()) +
                                   " or behind it, and the checksum does not tell which: restore metadata.db from a "
                                   "snapshot, or rebuild it from the sstables");
  for (const size_t at : mended) TRY_STATUS(file->write_now(at, look.byte_at(at)));
  return mended.empty() ? Status{} : file->sync_now();
}

}  // namespace ringlet
