#include "core/local/schema_log.h"

#include <utility>

#include "core/base/checksum.h"

namespace ringlet {
namespace {

constexpr std::string_view kMagic = "RINGSCHM";
constexpr uint32_t kVersion = 1;
constexpr size_t kFileHeaderBytes = 16, kRecordHeaderBytes = 24;
constexpr uint64_t kGrowthBytes = 64u << 10;  // and twice its size: then it is written anew
static_assert(kMagic.size() + 4 + 4 == kFileHeaderBytes);

enum class Kind : uint32_t { schema = 1, command = 2, truncations = 3 };

Bytes encode_header() {
  Bytes bytes;
  ByteWriter out(bytes);
  out.bytes(kMagic);
  out.little(kVersion);
  out.little(checksum32(bytes, 0));
  return bytes;
}

void encode_record(Kind kind, uint64_t version, BytesView payload, uint64_t offset, Bytes& out) {
  Bytes header;
  ByteWriter writer(header);
  writer.little(checksum32(payload, offset));
  writer.little(static_cast<uint32_t>(payload.size()));
  writer.little(static_cast<uint32_t>(kind));
  writer.little(version);
  ByteWriter record(out);
  record.little(checksum32(header, offset));
  record.bytes(header);
  record.bytes(payload);
}

Bytes encode_truncations(const std::vector<FlushedThrough>& truncated) {
  Bytes bytes;
  ByteWriter out(bytes);
  out.unsigned_vint(truncated.size());
  for (const FlushedThrough& one : truncated) {
    out.bytes(one.table.bytes());
    for (const uint64_t number : {uint64_t{one.shard}, uint64_t{one.shard_count}, one.segment, one.offset})
      out.unsigned_vint(number);
  }
  return bytes;
}

bool decode_truncations(BytesView bytes, std::vector<FlushedThrough>& into) {
  ByteReader in(bytes);
  for (uint64_t n = in.unsigned_vint(); n > 0 && !in.bad(); --n) {
    const BytesView table = in.bytes(16);
    if (in.bad()) return false;
    FlushedThrough one;
    one.table = uuid_from_bytes(table);
    one.shard = static_cast<uint16_t>(in.unsigned_vint());
    one.shard_count = static_cast<uint16_t>(in.unsigned_vint());
    one.segment = in.unsigned_vint();
    one.offset = in.unsigned_vint();
    into.push_back(one);
  }
  return !in.bad() && in.done();
}

struct Record {
  Kind kind;
  uint64_t version;
  BytesView payload;
};

// nullopt: no whole record lies there.
std::optional<Record> record_at(BytesView bytes, uint64_t offset) {
  if (bytes.size() < offset + kRecordHeaderBytes) return {};
  const BytesView header = bytes.substr(offset, kRecordHeaderBytes);
  if (load_little<uint32_t>(header.data()) != checksum32(header.substr(4), offset)) return {};
  const auto length = load_little<uint32_t>(header.data() + 8);
  if (bytes.size() - offset - kRecordHeaderBytes < length) return {};
  const BytesView payload = bytes.substr(offset + kRecordHeaderBytes, length);
  if (load_little<uint32_t>(header.data() + 4) != checksum32(payload, offset)) return {};
  return Record{static_cast<Kind>(load_little<uint32_t>(header.data() + 12)), load_little<uint64_t>(header.data() + 16),
                payload};
}

bool take(const Record& record, SchemaLog::Content& content) {
  const CatalogRecord catalog{SchemaVersion{record.version}, Bytes(record.payload)};
  switch (record.kind) {
    case Kind::schema:
      content.catalog = {catalog, {}};
      return true;
    case Kind::command:
      if (catalog.index.raw != content.version().raw + 1) return false;
      content.catalog.commands.push_back(catalog);
      return true;
    case Kind::truncations:
      return decode_truncations(record.payload, content.flushed);
  }
  return false;
}

std::unexpected<Error> damaged(uint64_t offset) {
  return fail(Errc::corrupt, "schema.log is damaged at offset " + std::to_string(offset));
}

}  // namespace

SchemaVersion SchemaLog::Content::version() const {
  if (!catalog.commands.empty()) return catalog.commands.back().index;
  return catalog.snapshot ? catalog.snapshot->index : SchemaVersion{0};
}

Result<std::optional<SchemaLog::Content>> SchemaLog::read(Disk& disk) {
  const std::string path(kFile);
  TRY(const bool there, disk.exists(path));
  if (!there) return std::nullopt;
  TRY(const auto file, disk.open(path, OpenMode::read));
  TRY(const uint64_t size, file->size_now());
  Bytes bytes(size, '\0');
  TRY(const size_t read, file->read_now(0, bytes));
  bytes.resize(read);
  if (!bytes.starts_with(encode_header())) return damaged(0);
  Content content;
  uint64_t at = kFileHeaderBytes;
  while (const auto record = record_at(bytes, at)) {
    if (!take(*record, content)) return damaged(at);
    at += kRecordHeaderBytes + record->payload.size();
  }
  // Behind a torn append nothing can stand: a whole record there says that this one was whole once.
  for (uint64_t later = at + 1; later < bytes.size(); ++later)
    if (record_at(bytes, later)) return damaged(at);
  content.torn_bytes = bytes.size() - at;
  return content;
}

Status SchemaLog::rewrite(const Content& content) {
  file_.reset();
  Bytes bytes = encode_header();
  if (const auto& snapshot = content.catalog.snapshot)
    encode_record(Kind::schema, snapshot->index.raw, snapshot->command, bytes.size(), bytes);
  for (const CatalogRecord& command : content.catalog.commands)
    encode_record(Kind::command, command.index.raw, command.command, bytes.size(), bytes);
  if (!content.flushed.empty())
    encode_record(Kind::truncations, 0, encode_truncations(content.flushed), bytes.size(), bytes);
  const std::string path(kFile), unfinished = path + ".unfinished";
  if (const Status removed = disk_.remove(unfinished); !removed && removed.error().code != Errc::not_found)
    return removed;
  TRY(auto file, disk_.open(unfinished, OpenMode::create));
  TRY_STATUS(file->write_now(0, bytes));
  TRY_STATUS(file->sync_now());
  TRY_STATUS(disk_.rename(unfinished, path));
  TRY_STATUS(disk_.sync_directory(""));
  file_ = std::move(file);
  end_ = rewritten_ = bytes.size();
  return {};
}

Status SchemaLog::append(const CatalogRecord& command) {
  Bytes record;
  encode_record(Kind::command, command.index.raw, command.command, end_, record);
  return append(record);
}

Status SchemaLog::append(const std::vector<FlushedThrough>& truncated) {
  Bytes record;
  encode_record(Kind::truncations, 0, encode_truncations(truncated), end_, record);
  return append(record);
}

Status SchemaLog::append(BytesView record) {
  std::unique_ptr<File> file = std::exchange(file_, nullptr);
  TRY_STATUS(file->write_now(end_, record));
  TRY_STATUS(file->sync_now());
  end_ += record.size();
  if (end_ < rewritten_ * 2 + kGrowthBytes) file_ = std::move(file);
  return {};
}

}  // namespace ringlet
