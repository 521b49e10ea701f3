#include "core/node/backup_log.h"

#include <algorithm>
#include <optional>

#include "core/base/checksum.h"
#include "core/meta/catalog_command.h"

namespace ringlet {
namespace {

constexpr BytesView kMagic = "RINGBACK";
constexpr uint32_t kVersion = 1;
constexpr size_t kFileHeaderBytes = 16, kRecordHeaderBytes = 24;
static_assert(kMagic.size() + 4 + 4 == kFileHeaderBytes);

enum class Kind : uint32_t { begins = 1, schema = 2, file = 3, truncation = 4, restored = 5 };

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

struct Encoder {
  ByteWriter& out;
  Kind operator()(const BackupBegins& b) {
    encode_backup_place(b.place, out);
    out.bytes(b.manifest.bytes());
    out.unsigned_vint(b.shards);
    out.unsigned_vint(b.of_restore ? 1 : 0);
    encode_backup_place(b.previous, out);
    out.unsigned_vint(b.previous_records);
    out.signed_vint(b.missing_since.raw);
    out.sized_bytes(b.why);
    out.unsigned_vint(b.truncated.size());
    for (const FlushedThrough& one : b.truncated) encode_truncation(one, out);
    return Kind::begins;
  }
  Kind operator()(const SchemaRef& schema) {
    encode_schema(*schema, out);
    return Kind::schema;
  }
  Kind operator()(const SnapshotFile& file) {
    encode_snapshot_file(file, out);
    return Kind::file;
  }
  Kind operator()(const FlushedThrough& truncation) {
    encode_truncation(truncation, out);
    return Kind::truncation;
  }
  Kind operator()(const BackupPlace& run) {
    encode_backup_place(run, out);
    return Kind::restored;
  }
};

BackupBegins decode_begins(ByteReader& in) {
  BackupBegins b;
  b.place = decode_backup_place(in);
  if (const BytesView manifest = in.bytes(16); !in.bad()) b.manifest = uuid_from_bytes(manifest);
  b.shards = static_cast<uint16_t>(in.unsigned_vint());
  b.of_restore = in.unsigned_vint() == 1;
  b.previous = decode_backup_place(in);
  b.previous_records = in.unsigned_vint();
  b.missing_since = Timestamp{in.signed_vint()};
  b.why = in.sized_bytes();
  for (uint64_t n = in.unsigned_vint(); n > 0 && !in.bad(); --n) b.truncated.push_back(decode_truncation(in));
  return b;
}

// nullopt: it makes no sense.
std::optional<BackupEvent> decode_event(Kind kind, BytesView payload) {
  ByteReader in(payload);
  std::optional<BackupEvent> event;
  switch (kind) {
    case Kind::begins:
      event = decode_begins(in);
      break;
    case Kind::schema: {
      auto schema = decode_schema(payload);
      if (!schema) return {};
      return BackupEvent(*std::move(schema));
    }
    case Kind::file:
      event = decode_snapshot_file(in);
      break;
    case Kind::truncation:
      event = decode_truncation(in);
      break;
    case Kind::restored:
      event = decode_backup_place(in);
      break;
  }
  if (in.bad() || !in.done()) return {};
  return event;
}

struct Found {
  Kind kind;
  Timestamp at;
  BytesView payload;
};

// nullopt: no whole record lies there.
std::optional<Found> record_at(BytesView bytes, uint64_t offset) {
  if (bytes.size() < offset + kRecordHeaderBytes) return {};
  const BytesView header = bytes.substr(offset, kRecordHeaderBytes);
  if (load_little<uint32_t>(header.data()) != checksum32(header.substr(4), offset)) return {};
  const auto length = load_little<uint32_t>(header.data() + 8);
  if (bytes.size() - offset - kRecordHeaderBytes < length) return {};
  const BytesView payload = bytes.substr(offset + kRecordHeaderBytes, length);
  if (load_little<uint32_t>(header.data() + 4) != checksum32(payload, offset)) return {};
  return Found{static_cast<Kind>(load_little<uint32_t>(header.data() + 12)),
               Timestamp{load_little<int64_t>(header.data() + 16)}, payload};
}

std::unexpected<Error> damaged(const std::string& path, uint64_t offset) {
  return fail(Errc::corrupt, path + " is damaged at offset " + std::to_string(offset));
}

}  // namespace

bool BackupRun::tells_of(FileId file) const {
  return std::ranges::any_of(records, [file](const BackupRecord& record) {
    const auto* one = std::get_if<SnapshotFile>(&record.what);
    return one != nullptr && one->id == file;
  });
}

Bytes encode_backup_header() {
  Bytes bytes;
  ByteWriter out(bytes);
  out.bytes(kMagic);
  out.little(kVersion);
  out.little(checksum32(bytes, 0));
  return bytes;
}

void encode_backup_record(const BackupRecord& record, uint64_t offset, Bytes& bytes) {
  Bytes payload, header;
  ByteWriter payload_out(payload), header_out(header), out(bytes);
  const Kind kind = std::visit(Encoder{payload_out}, record.what);
  header_out.little(checksum32(payload, offset));
  header_out.little(static_cast<uint32_t>(payload.size()));
  header_out.little(static_cast<uint32_t>(kind));
  header_out.little(record.at.raw);
  out.little(checksum32(header, offset));
  out.bytes(header);
  out.bytes(payload);
}

Result<BackupRun> decode_backup_run(BytesView bytes, const std::string& path) {
  if (bytes.size() < kFileHeaderBytes || !bytes.starts_with(kMagic) ||
      load_little<uint32_t>(bytes.data() + 12) != checksum32(bytes.substr(0, 12), 0))
    return damaged(path, 0);
  if (const auto version = load_little<uint32_t>(bytes.data() + 8); version != kVersion)
    return fail(Errc::invalid, path + ": format version " + std::to_string(version) + ", this program reads version " +
                                   std::to_string(kVersion));
  BackupRun run;
  uint64_t at = kFileHeaderBytes;
  while (const auto found = record_at(bytes, at)) {
    auto event = decode_event(found->kind, found->payload);
    if (!event || (found->kind == Kind::begins) != run.records.empty()) return damaged(path, at);
    run.records.push_back({found->at, *std::move(event)});
    at += kRecordHeaderBytes + found->payload.size();
  }
  if (run.records.empty()) return damaged(path, at);
  // Behind a torn append nothing can stand: a whole record there says that this one was whole once.
  for (uint64_t later = at + 1; later < bytes.size(); ++later)
    if (record_at(bytes, later)) return damaged(path, at);
  run.torn_bytes = bytes.size() - at;
  return run;
}

}  // namespace ringlet
