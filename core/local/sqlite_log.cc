#include "core/local/sqlite_log.h"

#include <bit>
#include <optional>
#include <string>
#include <vector>

namespace ringlet {
namespace {

constexpr uint32_t kMagic = 0x377F0682, kVersion = 3007000;
constexpr size_t kBigEndianAt = 3, kHeaderSalts = 16, kFrameCommit = 4, kFrameSalts = 8, kChecksumBytes = 8;

class LogLook {
 public:
  explicit LogLook(Bytes bytes) : bytes_(std::move(bytes)) {}

  // The bytes that were not right, as they are now.
  std::vector<size_t> run() {
    if (bytes_.size() < kSqliteLogHeaderBytes) return {};
    if (!header_right() && !mend(0, kSqliteLogHeaderBytes, &LogLook::header_right)) {
      if (!header_begun_anew() && built_upon_in_any_way()) damaged_at_ = 0;
      return {};
    }
    salts_ = load_big<uint64_t>(&bytes_[kHeaderSalts]);
    before_ = sum_of_header();
    for (at_ = kSqliteLogHeaderBytes; at_ + kSqliteFrameBytes <= bytes_.size(); at_ += kSqliteFrameBytes) {
      if (!frame_right() && !(looks_written() && mend(at_, kSqliteFrameBytes, &LogLook::frame_right))) {
        if (built_upon(at_, salts_)) damaged_at_ = at_;
        break;
      }
      before_ = sum_of_frame(at_);
    }
    return mended_;
  }
  BytesView byte_at(size_t at) const { return part(at, 1); }
  std::optional<size_t> damaged_at() const { return damaged_at_; }  // not the end, and nobody can put it right

 private:
  bool big_endian() const { return bytes_[kBigEndianAt] & 1; }
  BytesView part(size_t at, size_t size) const { return BytesView(bytes_).substr(at, size); }

  bool header_right() {
    SqliteLogChecksum sum;
    sum.add(part(0, kSqliteLogHeaderBytes - kChecksumBytes), big_endian());
    return sum == sum_of_header();
  }
  // A log that has been checkpointed begins again in the same file: a power cut in that write leaves a header that is half of each,
  // before frames that nobody needs. What all headers have in common is whole then, as it is not where the sector decayed.
  bool header_begun_anew() const {
    const auto magic = load_big<uint32_t>(&bytes_[0]), version = load_big<uint32_t>(&bytes_[4]);
    return (magic & ~1u) == kMagic && version == kVersion && load_big<uint32_t>(&bytes_[8]) == kSqlitePageBytes;
  }
  bool frame_right() { return salts_of(at_) == salts_ && goes_on_from(before_, at_); }

  SqliteLogChecksum sum_of_header() const {
    return SqliteLogChecksum::stored(&bytes_[kSqliteLogHeaderBytes - kChecksumBytes]);
  }
  SqliteLogChecksum sum_of_frame(size_t at) const {
    return SqliteLogChecksum::stored(&bytes_[at + kSqliteFrameHeaderBytes - kChecksumBytes]);
  }
  uint64_t salts_of(size_t at) const { return load_big<uint64_t>(&bytes_[at + kFrameSalts]); }
  bool goes_on_from(SqliteLogChecksum sum, size_t at) const {
    sum.add(part(at, kFrameSalts), big_endian());
    sum.add(part(at + kSqliteFrameHeaderBytes, kSqlitePageBytes), big_endian());
    return sum == sum_of_frame(at);
  }
  // Frames of the log's earlier rounds have other salts: most logs end in front of one.
  bool looks_written() const { return std::popcount(salts_ ^ salts_of(at_)) <= 1; }

  bool mend(size_t from, size_t size, bool (LogLook::*right)()) {
    std::vector<size_t> bits;
    for (size_t bit = 0; bit < size * 8; ++bit) {
      flip(from, bit);
      if ((this->*right)()) bits.push_back(bit);
      flip(from, bit);
    }
    if (bits.size() != 1) return false;
    flip(from, bits.front());
    mended_.push_back(from + bits.front() / 8);
    return true;
  }
  // Whether anything goes on from a commit at or behind `from`: all up to there was synced before that was written. Nothing need be
  // right of what lies between, for each frame tells its own sum. No salts: where the header is lost, they are those of two neighbours.
  bool built_upon(size_t from, std::optional<uint64_t> salts) const {
    for (size_t next = from + kSqliteFrameBytes; next + kSqliteFrameBytes <= bytes_.size(); next += kSqliteFrameBytes) {
      const bool commits = load_big<uint32_t>(&bytes_[from + kFrameCommit]) != 0;
      const uint64_t its = salts_of(from);
      if (commits && its == salts.value_or(its) && its == salts_of(next) && goes_on_from(sum_of_frame(from), next))
        return true;
      from = next;
    }
    return false;
  }
  bool built_upon_in_any_way() {  // the header does not tell any more how sums are made
    bool found = false;
    for (int either = 0; either < 2; ++either) {
      found |= built_upon(kSqliteLogHeaderBytes, {});
      bytes_[kBigEndianAt] ^= 1;
    }
    return found;
  }
  void flip(size_t from, size_t bit) { bytes_[from + bit / 8] ^= static_cast<char>(1u << bit % 8); }

  Bytes bytes_;
  std::vector<size_t> mended_;
  std::optional<size_t> damaged_at_;
  uint64_t salts_ = 0;
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
  if (look.damaged_at())
    return fail(Errc::corrupt, path + " is damaged at offset " + std::to_string(*look.damaged_at()) +
                                   ", and what was committed from there on cannot be read: a start makes "
                                   "metadata.db anew from the other files");
  for (const size_t at : mended) TRY_STATUS(file->write_now(at, look.byte_at(at)));
  return mended.empty() ? Status{} : file->sync_now();
}

}  // namespace ringlet
