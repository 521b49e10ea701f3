#include "core/node/backup_log.h"

#include <algorithm>
#include <optional>

#include "core/local/schema_log.h"
#include "core/meta/catalog_command.h"

namespace ringlet {
namespace {

constexpr RecordLogFormat kFormat{"RINGBACK", 1};

enum class Kind : uint32_t { begins = 1, schema = 2, file = 3, truncation = 4, restored = 5 };

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

}  // namespace

bool BackupRun::tells_of(FileId file) const {
  return std::ranges::any_of(records, [file](const BackupRecord& record) {
    const auto* one = std::get_if<SnapshotFile>(&record.what);
    return one != nullptr && one->id == file;
  });
}

Bytes encode_backup_header() { return encode_record_log_header(kFormat); }

LoggedRecord encode_backup_record(const BackupRecord& record, Bytes& payload) {
  payload.clear();
  ByteWriter out(payload);
  const Kind kind = std::visit(Encoder{out}, record.what);
  return {static_cast<uint32_t>(kind), static_cast<uint64_t>(record.at.raw), payload};
}

Result<BackupRun> decode_backup_run(BytesView bytes, const std::string& path) {
  TRY(auto reader, RecordLogReader::open(kFormat, bytes, path));
  BackupRun run;
  for (;;) {
    TRY(const auto found, reader.next());
    if (!found) break;
    const auto kind = static_cast<Kind>(found->kind);
    auto event = decode_event(kind, found->payload);
    if (!event || (kind == Kind::begins) != run.records.empty()) return reader.damaged();
    run.records.push_back({Timestamp{static_cast<int64_t>(found->number)}, *std::move(event)});
  }
  if (run.records.empty()) return reader.damaged();
  run.torn_bytes = reader.torn_bytes();
  return run;
}

}  // namespace ringlet
