// A file of records that are only ever appended, each on the medium before its writer goes on: schema.log, and the logs of backups.
// What a record means is its user's; here is how one stands in the file, and how the end of an append that nobody waited for is told
// from damage.
//
// File, little-endian: magic (8 bytes), u32 version, u32 checksum of these 12 bytes; then records that touch:
//   offset  size  field             meaning
//   0       4     header checksum   of bytes 4 .. 24, seeded with the record's offset
//   4       4     payload checksum  of the payload, seeded alike
//   8       4     length            payload bytes
//   12      4     kind              } the user's
//   16      8     number            }
//   24      n     payload
// Behind a torn append nothing can stand: where no whole record lies, and one does anywhere behind it, the file is damaged.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/env/disk.h"

namespace ringlet {

struct RecordLogFormat {
  BytesView magic;  // 8 bytes
  uint32_t version;
};

struct LoggedRecord {
  uint32_t kind = 0;
  uint64_t number = 0;
  BytesView payload;
};

inline constexpr size_t kRecordLogHeaderBytes = 16, kLoggedRecordHeaderBytes = 24;

Bytes encode_record_log_header(const RecordLogFormat& format);
// `offset`: where in the file it will stand.
void encode_logged_record(const LoggedRecord& record, uint64_t offset, Bytes& out);

// From the first record to the last whole one. Errors name `path`; another version is Errc::invalid, damage Errc::corrupt.
class RecordLogReader {
 public:
  static Result<RecordLogReader> open(const RecordLogFormat& format, BytesView bytes, std::string path);
  Result<std::optional<LoggedRecord>> next();  // nullopt: the end
  std::unexpected<Error> damaged() const;      // what next() gave last makes no sense
  uint64_t torn_bytes() const {
    return bytes_.size() - end_;
  }  // behind the last whole record; once next() gave the end

 private:
  RecordLogReader(BytesView bytes, std::string path) : bytes_(bytes), path_(std::move(path)) {}
  BytesView bytes_;
  std::string path_;
  uint64_t at_ = kRecordLogHeaderBytes, end_ = kRecordLogHeaderBytes;
};

// The file, being written. After any error it is given up: every later append fails. Blocks its thread.
class RecordLogWriter {
 public:
  // Replaces what is called `path`: `whole` and its name are on the medium when this returns; a crash before leaves what was there.
  static Result<std::unique_ptr<RecordLogWriter>> create(Disk& disk, const std::string& path, BytesView whole);
  Status append(const LoggedRecord& record);
  uint64_t bytes() const { return end_; }

 private:
  RecordLogWriter(std::string path, std::unique_ptr<File> file, uint64_t end)
      : path_(std::move(path)), file_(std::move(file)), end_(end) {}
  const std::string path_;
  std::unique_ptr<File> file_;  // null: given up
  uint64_t end_;
};

}  // namespace ringlet
