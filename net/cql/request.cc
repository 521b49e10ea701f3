#include "net/cql/request.h"

#include <algorithm>

#include "core/base/limits.h"

namespace ringlet::wire {
namespace {

namespace query_flag {
constexpr uint32_t kValues = 0x01, kSkipMetadata = 0x02, kPageSize = 0x04, kPagingState = 0x08;
constexpr uint32_t kSerialConsistency = 0x10, kTimestamp = 0x20, kNames = 0x40, kKeyspace = 0x80, kNow = 0x100;
constexpr uint32_t kOnlyInV5 = kKeyspace | kNow;
}  // namespace query_flag

constexpr uint32_t kPrepareKeyspaceFlag = 0x01;
constexpr size_t kValueBytesMin = 4;                   // a null value is its length alone
constexpr size_t kBatchStatementBytesMin = 1 + 2 + 2;  // kind, an empty id, no values

// One byte before v5, four since; the bits that v5 added mean nothing before it.
uint32_t read_flags(Version version, BodyReader& in) {
  if (version == Version::v5) return static_cast<uint32_t>(in.int_());
  return in.byte() & ~query_flag::kOnlyInV5;
}

void read_values(Version version, bool named, BodyReader& in, QueryOptions& out) {
  const size_t count = in.count(kValueBytesMin + (named ? 2 : 0));
  out.values.reserve(count);
  if (named) out.names.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    if (named) out.names.push_back(in.string());
    out.values.push_back(in.value(version));
  }
}

int32_t read_page_size(BodyReader& in) {
  const int32_t rows = in.int_();
  if (rows == 0) in.reject("The page size cannot be 0");
  return rows;
}

int64_t read_timestamp(BodyReader& in) {
  const int64_t timestamp = in.long_();
  if (timestamp == INT64_MIN)
    in.reject("Out of bound timestamp, must be in [-9223372036854775807, 9223372036854775807] (got " +
              std::to_string(timestamp) + ")");
  return timestamp;
}

// Keeps the storage of an earlier request's values.
void reset(QueryOptions& options) {
  std::vector<BoundValue> values = std::move(options.values);
  std::vector<std::string_view> names = std::move(options.names);
  values.clear();
  names.clear();
  options = {.values = std::move(values), .names = std::move(names)};
}

// The options that QUERY, EXECUTE and BATCH share, in their order on the wire.
void read_common_options(uint32_t flags, BodyReader& in, QueryOptions& out) {
  if (flags & query_flag::kSerialConsistency) out.serial_consistency = in.consistency();
  if (flags & query_flag::kTimestamp) out.timestamp = read_timestamp(in);
  if (flags & query_flag::kKeyspace) out.keyspace = in.string();
  if (flags & query_flag::kNow) out.now_in_seconds = static_cast<uint32_t>(in.int_());
}

// Returns whether the client asked to be spared the metadata.
bool read_parameters(Version version, BodyReader& in, QueryOptions& out) {
  reset(out);
  out.consistency = in.consistency();
  const uint32_t flags = read_flags(version, in);
  if (flags & query_flag::kValues) read_values(version, (flags & query_flag::kNames) != 0, in, out);
  if (flags & query_flag::kPageSize) out.page_size = read_page_size(in);
  if (flags & query_flag::kPagingState) out.paging_state = in.bytes();
  read_common_options(flags, in, out);
  return (flags & query_flag::kSkipMetadata) != 0;
}

BatchStatement read_batch_statement(Version version, BodyReader& in, std::vector<BoundValue>& values) {
  BatchStatement statement;
  const uint8_t kind = in.byte();
  if (kind > 1) in.reject("Invalid query kind in BATCH messages. Must be 0 or 1 but got " + std::to_string(kind));
  statement.prepared = kind == 1;
  statement.query_or_id = statement.prepared ? in.short_bytes() : in.long_string();
  statement.first_value = static_cast<uint32_t>(values.size());
  size_t count = in.count(kValueBytesMin);
  if (values.size() + count > kBatchValuesMax) {
    in.reject("More than " + std::to_string(kBatchValuesMax) + " bound values in one batch; send smaller batches");
    count = 0;
  }
  for (size_t i = 0; i < count; ++i) values.push_back(in.value(version));
  statement.value_count = static_cast<uint32_t>(count);
  return statement;
}

char to_upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }
char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_ignoring_case(BytesView a, BytesView b) {
  return std::ranges::equal(a, b, [](char x, char y) { return to_upper(x) == to_upper(y); });
}

std::string lower(BytesView text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), to_lower);
  return out;
}

// Drivers say 3.0.0, 3.4.7 or 4.0.0 and mean the same language; only what came before CQL 3 is refused.
Status check_cql_version(BytesView version) {
  uint32_t major = 0;
  size_t digits = 0;
  while (digits < version.size() && digits < 4 && version[digits] >= '0' && version[digits] <= '9')
    major = major * 10 + static_cast<uint32_t>(version[digits++] - '0');
  if (digits > 0 && major >= 3 && (digits == version.size() || version[digits] == '.')) return {};
  return fail(Errc::protocol, "CQL version " + std::string(version) + " is not supported; use 3.0.0 or later");
}

}  // namespace

Result<BytesView> message_of(const Frame& frame) {
  if ((frame.header.flags & flag::kCustomPayload) == 0) return frame.body;
  if (frame.header.version() == Version::v3)
    return fail(Errc::protocol, "Received frame with CUSTOM_PAYLOAD flag for native protocol version < 4");
  BodyReader in(frame.body, "custom payload");
  const size_t count = in.count(2 + 4);
  for (size_t i = 0; i < count; ++i) {
    in.string();
    in.bytes();
  }
  TRY_STATUS(in.status());
  return in.rest();
}

Status decode_startup(BytesView message, StartupRequest& out) {
  BodyReader in(message, "STARTUP");
  const size_t count = in.count(2 + 2);
  out.options.clear();
  out.options.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    const BytesView key = in.string();
    out.options.emplace_back(key, in.string());
  }
  return in.status();
}

Status decode_auth_response(BytesView message, AuthResponseRequest& out) {
  BodyReader in(message, "AUTH_RESPONSE");
  out.token = in.bytes();
  return in.status();
}

Status decode_query(Version version, BytesView message, QueryRequest& out) {
  BodyReader in(message, "QUERY");
  out.query = in.long_string();
  out.skip_metadata = read_parameters(version, in, out.options);
  return in.status();
}

Status decode_prepare(Version version, BytesView message, PrepareRequest& out) {
  BodyReader in(message, "PREPARE");
  out.query = in.long_string();
  out.keyspace.reset();
  if (version == Version::v5 && (static_cast<uint32_t>(in.int_()) & kPrepareKeyspaceFlag)) out.keyspace = in.string();
  return in.status();
}

Status decode_execute(Version version, BytesView message, ExecuteRequest& out) {
  BodyReader in(message, "EXECUTE");
  out.id = in.short_bytes();
  out.result_metadata_id = version == Version::v5 ? in.short_bytes() : BytesView{};
  out.skip_metadata = read_parameters(version, in, out.options);
  return in.status();
}

Status decode_batch(Version version, BytesView message, BatchRequest& out) {
  BodyReader in(message, "BATCH");
  const uint8_t kind = in.byte();
  if (kind > 2) in.reject("Invalid batch type " + std::to_string(kind));
  out.kind = static_cast<BatchRequest::Kind>(kind);
  const size_t count = in.count(kBatchStatementBytesMin);
  out.values.clear();
  out.statements.clear();
  out.statements.reserve(count);
  for (size_t i = 0; i < count; ++i) out.statements.push_back(read_batch_statement(version, in, out.values));
  reset(out.options);
  out.options.consistency = in.consistency();
  const uint32_t flags = read_flags(version, in);
  if (flags & query_flag::kNames) in.reject("Named values cannot be used in a BATCH; send them by position");
  read_common_options(flags, in, out.options);
  // A statement more than was declared would be a write that nobody hears is missing.
  if (in.left() != 0)
    in.reject(std::to_string(in.left()) + " bytes after the " + std::to_string(count) +
              " statements that the BATCH declares");
  return in.status();
}

Status decode_register(BytesView message, RegisterRequest& out) {
  BodyReader in(message, "REGISTER");
  const size_t count = in.count(2);
  out = {};
  for (size_t i = 0; i < count; ++i) {
    const BytesView type = in.string();
    if (type == "TOPOLOGY_CHANGE")
      out.topology_changes = true;
    else if (type == "STATUS_CHANGE")
      out.status_changes = true;
    else if (type == "SCHEMA_CHANGE")
      out.schema_changes = true;
    else
      in.reject("Invalid value '" + std::string(type) + "' for Type");
  }
  return in.status();
}

std::optional<BytesView> StartupRequest::find(BytesView key) const {
  for (const auto& [name, value] : options)
    if (same_ignoring_case(name, key)) return value;
  return std::nullopt;
}

Result<StartupChoice> choose(Version version, const StartupRequest& request) {
  const auto cql_version = request.find("CQL_VERSION");
  if (!cql_version) return fail(Errc::protocol, "Missing value CQL_VERSION in STARTUP message");
  TRY_STATUS(check_cql_version(*cql_version));
  StartupChoice choice;
  choice.throw_on_overload = request.find("THROW_ON_OVERLOAD") == "1";
  const auto wanted = request.find("COMPRESSION");
  if (!wanted) return choice;
  const std::string name = lower(*wanted);
  if (name == "snappy" && version == Version::v5)
    return fail(Errc::protocol, "Snappy compression is not supported in protocol V5");
  if (name != "lz4") return fail(Errc::protocol, "Unknown compression algorithm: " + name);
  choice.compression = Compression::lz4;
  return choice;
}

Result<PlainCredentials> decode_plain_credentials(const AuthResponseRequest& request) {
  const BytesView token = request.token.value_or(BytesView{});
  const size_t password_at = token.rfind('\0');
  if (password_at == BytesView::npos) return fail(Errc::bad_credentials, "Password must not be null");
  const BytesView before = token.substr(0, password_at);
  const size_t user_at = before.rfind('\0');
  const BytesView user = user_at == BytesView::npos ? before : before.substr(user_at + 1);
  const BytesView password = token.substr(password_at + 1);
  if (user.empty()) return fail(Errc::bad_credentials, "Authentication ID must not be null");
  if (password.empty()) return fail(Errc::bad_credentials, "Password must not be null");
  return PlainCredentials{user, password};
}

}  // namespace ringlet::wire
