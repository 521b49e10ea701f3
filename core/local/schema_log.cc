#include "core/local/schema_log.h"

#include <utility>

#include "core/env/read_file.h"

namespace ringlet {
namespace {

constexpr RecordLogFormat kFormat{"RINGSCHM", 2};
constexpr uint64_t kGrowthBytes = 64u << 10;  // and twice its size: then it is written anew

enum Kind : uint32_t { kSchema = 1, kCommand = 2, kFiles = 3 };

Bytes encode_files(const std::vector<FlushedThrough>& truncated, const std::vector<FileId>& dead) {
  Bytes bytes;
  ByteWriter out(bytes);
  out.unsigned_vint(truncated.size());
  for (const FlushedThrough& one : truncated) encode_truncation(one, out);
  out.unsigned_vint(dead.size());
  for (const FileId id : dead) out.unsigned_vint(id.raw);
  return bytes;
}

bool decode_files(BytesView bytes, SchemaLog::Content& into) {
  ByteReader in(bytes);
  for (uint64_t n = in.unsigned_vint(); n > 0 && !in.bad(); --n) into.flushed.push_back(decode_truncation(in));
  for (uint64_t n = in.unsigned_vint(); n > 0 && !in.bad(); --n) into.dead.push_back(FileId{in.unsigned_vint()});
  return !in.bad() && in.done();
}

// false: it makes no sense.
bool take(const LoggedRecord& record, SchemaLog::Content& content) {
  const CatalogRecord catalog{SchemaVersion{record.number}, Bytes(record.payload)};
  switch (record.kind) {
    case kSchema:
      content.catalog = {catalog, {}};
      return true;
    case kCommand:
      if (catalog.index.raw != content.version().raw + 1) return false;
      content.catalog.commands.push_back(catalog);
      return true;
    case kFiles:
      return decode_files(record.payload, content);
    default:
      return false;
  }
}

}  // namespace

void encode_truncation(const FlushedThrough& one, ByteWriter& out) {
  out.bytes(one.table.bytes());
  for (const uint64_t number : {uint64_t{one.shard}, uint64_t{one.shard_count}, one.segment, one.offset})
    out.unsigned_vint(number);
}

FlushedThrough decode_truncation(ByteReader& in) {
  FlushedThrough one;
  if (const BytesView table = in.bytes(16); !in.bad()) one.table = uuid_from_bytes(table);
  one.shard = static_cast<uint16_t>(in.unsigned_vint());
  one.shard_count = static_cast<uint16_t>(in.unsigned_vint());
  one.segment = in.unsigned_vint();
  one.offset = in.unsigned_vint();
  return one;
}

SchemaVersion SchemaLog::Content::version() const {
  if (!catalog.commands.empty()) return catalog.commands.back().index;
  return catalog.snapshot ? catalog.snapshot->index : SchemaVersion{0};
}

Result<std::optional<SchemaLog::Content>> SchemaLog::read(Disk& disk) {
  const std::string path(kFile);
  TRY(const bool there, disk.exists(path));
  if (!there) return std::nullopt;
  TRY(const Bytes bytes, read_file_now(disk, path));
  TRY(auto reader, RecordLogReader::open(kFormat, bytes, path));
  Content content;
  for (;;) {
    TRY(const auto record, reader.next());
    if (!record) break;
    if (!take(*record, content)) return reader.damaged();
  }
  content.torn_bytes = reader.torn_bytes();
  return content;
}

Status SchemaLog::rewrite(const Content& content) {
  log_.reset();
  Bytes bytes = encode_record_log_header(kFormat);
  const auto add = [&bytes](Kind kind, uint64_t number, BytesView payload) {
    encode_logged_record({kind, number, payload}, bytes.size(), bytes);
  };
  if (const auto& snapshot = content.catalog.snapshot) add(kSchema, snapshot->index.raw, snapshot->command);
  for (const CatalogRecord& command : content.catalog.commands) add(kCommand, command.index.raw, command.command);
  if (!content.flushed.empty() || !content.dead.empty()) add(kFiles, 0, encode_files(content.flushed, content.dead));
  TRY(log_, RecordLogWriter::create(disk_, std::string(kFile), bytes));
  rewritten_bytes_ = bytes.size();
  return {};
}

Status SchemaLog::append(const CatalogRecord& command) {
  return append({kCommand, command.index.raw, command.command});
}

Status SchemaLog::append(const std::vector<FlushedThrough>& truncated, const std::vector<FileId>& dead) {
  const Bytes payload = encode_files(truncated, dead);
  return append({kFiles, 0, payload});
}

Status SchemaLog::append(const LoggedRecord& record) {
  auto log = std::exchange(log_, nullptr);
  TRY_STATUS(log->append(record));
  if (log->bytes() < rewritten_bytes_ * 2 + kGrowthBytes) log_ = std::move(log);
  return {};
}

}  // namespace ringlet
