// SQLite's write-ahead log, as far as we look into it ourselves: the checksums of its frames.
//
//   header   32 bytes: u32 magic (odd: checksums of big-endian words), version, page size, checkpoint, salt 1, salt 2, checksum (8)
//   frame    24 bytes: u32 page, pages of the database after a commit, salt 1, salt 2, checksum (8); then the page
// All big-endian. A frame's checksum covers its first 8 bytes and the page, and goes on from that of the frame before, the first one's
// from the header's.
// SQLite takes the first frame that is not right for the end of the log, as after a power cut in the middle of a write. Where the medium
// damaged it since, that would silently undo every commit from there on, and files and log segments that they told of would be taken
// for nobody's: who opens the database calls mend_sqlite_log() first.
#pragma once

#include "core/env/disk.h"
#include "core/local/sqlite_vfs.h"

namespace ringlet {

inline constexpr size_t kSqliteLogHeaderBytes = 32, kSqliteFrameHeaderBytes = 24;
inline constexpr size_t kSqliteFrameBytes = kSqliteFrameHeaderBytes + kSqlitePageBytes;

struct SqliteLogChecksum {
  uint32_t first = 0, second = 0;
  friend bool operator==(const SqliteLogChecksum&, const SqliteLogChecksum&) = default;

  void add(BytesView bytes, bool big_endian);
  static SqliteLogChecksum stored(const char* at);
};

// Puts right what one bit alone makes right: a header, and any frame. That is then what was written there once, so that the log is one
// that a power cut, too, might have left. (The sums are weak in the words' high bits: bit 31 of a word counts as that of the third next.
// Where several bits, each by itself, would make a frame right, nobody knows which has flipped.) Anything else stays as it is:
// Errc::corrupt where a later transaction shows that what is not right had been synced, the log's end where none does, as a torn write is.
Status mend_sqlite_log(Disk& disk, const std::string& path);

}  // namespace ringlet
