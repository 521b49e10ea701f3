#include "core/local/record_log.h"

#include <utility>

#include "core/base/checksum.h"
#include "core/base/must.h"

namespace ringlet {
namespace {

// nullopt: no whole record lies there.
std::optional<LoggedRecord> record_at(BytesView bytes, uint64_t offset) {
  if (bytes.size() < offset + kLoggedRecordHeaderBytes) return {};
  const BytesView header = bytes.substr(offset, kLoggedRecordHeaderBytes);
  if (load_little<uint32_t>(header.data()) != checksum32(header.substr(4), offset)) return {};
  const auto length = load_little<uint32_t>(header.data() + 8);
  if (bytes.size() - offset - kLoggedRecordHeaderBytes < length) return {};
  const BytesView payload = bytes.substr(offset + kLoggedRecordHeaderBytes, length);
  if (load_little<uint32_t>(header.data() + 4) != checksum32(payload, offset)) return {};
  return LoggedRecord{load_little<uint32_t>(header.data() + 12), load_little<uint64_t>(header.data() + 16), payload};
}

std::unexpected<Error> damaged_at(const std::string& path, uint64_t offset) {
  return fail(Errc::corrupt, path + " is damaged at offset " + std::to_string(offset));
}

}  // namespace

Bytes encode_record_log_header(const RecordLogFormat& format) {
  MUST(format.magic.size() == 8);
  Bytes bytes;
  ByteWriter out(bytes);
  out.bytes(format.magic);
  out.little(format.version);
  out.little(checksum32(bytes, 0));
  return bytes;
}

void encode_logged_record(const LoggedRecord& record, uint64_t offset, Bytes& bytes) {
  Bytes header;
  ByteWriter header_out(header), out(bytes);
  header_out.little(checksum32(record.payload, offset));
  header_out.little(static_cast<uint32_t>(record.payload.size()));
  header_out.little(record.kind);
  header_out.little(record.number);
  out.little(checksum32(header, offset));
  out.bytes(header);
  out.bytes(record.payload);
}

Result<RecordLogReader> RecordLogReader::open(const RecordLogFormat& format, BytesView bytes, std::string path) {
  if (bytes.size() < kRecordLogHeaderBytes || !bytes.starts_with(format.magic) ||
      load_little<uint32_t>(bytes.data() + 12) != checksum32(bytes.substr(0, 12), 0))
    return damaged_at(path, 0);
  if (const auto version = load_little<uint32_t>(bytes.data() + 8); version != format.version)
    return fail(Errc::invalid, path + ": format version " + std::to_string(version) + ", this program reads version " +
                                   std::to_string(format.version));
  return RecordLogReader(bytes, std::move(path));
}

Result<std::optional<LoggedRecord>> RecordLogReader::next() {
  at_ = end_;
  const auto record = record_at(bytes_, at_);
  if (record) {
    end_ = at_ + kLoggedRecordHeaderBytes + record->payload.size();
    return record;
  }
  for (uint64_t later = at_ + 1; later < bytes_.size(); ++later)
    if (record_at(bytes_, later)) return damaged();
  return std::nullopt;
}

std::unexpected<Error> RecordLogReader::damaged() const { return damaged_at(path_, at_); }

Result<std::unique_ptr<RecordLogWriter>> RecordLogWriter::create(Disk& disk, const std::string& path, BytesView whole) {
  const std::string unfinished = path + ".unfinished";
  const size_t slash = path.rfind('/');
  if (const Status removed = disk.remove(unfinished); !removed && removed.error().code != Errc::not_found)
    return fail(removed.error());
  TRY(auto file, disk.open(unfinished, OpenMode::create));
  TRY_STATUS(file->write_now(0, whole));
  TRY_STATUS(file->sync_now());
  TRY_STATUS(disk.rename(unfinished, path));
  TRY_STATUS(disk.sync_directory(slash == std::string::npos ? std::string() : path.substr(0, slash)));
  return std::unique_ptr<RecordLogWriter>(new RecordLogWriter(path, std::move(file), whole.size()));
}

Status RecordLogWriter::append(const LoggedRecord& record) {
  std::unique_ptr<File> file = std::exchange(file_, nullptr);
  if (file == nullptr) return fail(Errc::io, path_ + ": an earlier append failed");
  Bytes bytes;
  encode_logged_record(record, end_, bytes);
  TRY_STATUS(file->write_now(end_, bytes));
  TRY_STATUS(file->sync_now());
  end_ += bytes.size();
  file_ = std::move(file);
  return {};
}

}  // namespace ringlet
