#include "cli/client/cql_codec.h"

#include <algorithm>

#include "core/base/limits.h"

namespace ringlet::cli {
namespace {

constexpr uint8_t kRequestVersion = 0x04, kAnswerVersion = 0x84;
enum Op : uint8_t {
  kError = 0,
  kStartup = 1,
  kReady = 2,
  kAuthenticate = 3,
  kQuery = 7,
  kResult = 8,
  kPrepare = 9,
  kExecute = 10
};
constexpr uint8_t kTracingFlag = 0x02, kWarningFlag = 0x08, kPayloadFlag = 0x04;
constexpr int kTypeDepthMax = 32;

void short_(size_t n, ByteWriter& out) { out.big(static_cast<uint16_t>(n)); }
void string(std::string_view text, ByteWriter& out) {
  short_(text.size(), out);
  out.bytes(text);
}
void long_string(std::string_view text, ByteWriter& out) {
  out.big(static_cast<int32_t>(text.size()));
  out.bytes(text);
}

template <class Body>
void message(uint8_t opcode, int16_t stream, Bytes& out, Body body) {
  ByteWriter writer(out);
  const size_t begin = out.size();
  writer.u8(kRequestVersion);
  writer.u8(0);
  writer.big(stream);
  writer.u8(opcode);
  writer.big(uint32_t{0});
  body(writer);
  store_big(out.data() + begin + 5, static_cast<uint32_t>(out.size() - begin - kCqlHeaderBytes));
}

void parameters(const CqlOptions& options, const CqlValues* values, ByteWriter& out) {
  out.big(options.consistency);
  uint8_t flags = 0;
  if (values != nullptr && !values->empty()) flags |= 0x01;
  if (options.page_size > 0) flags |= 0x04;
  if (options.paging_state) flags |= 0x08;
  if (options.timestamp) flags |= 0x20;
  out.u8(flags);
  if (flags & 0x01) {
    short_(values->size(), out);
    for (const auto& value : *values) {
      if (value)
        long_string(*value, out);
      else
        out.big(int32_t{-1});
    }
  }
  if (flags & 0x04) out.big(options.page_size);
  if (flags & 0x08) long_string(*options.paging_state, out);
  if (flags & 0x20) out.big(*options.timestamp);
}

std::string text_of(ByteReader& in) { return std::string(in.bytes(in.big<uint16_t>())); }

std::optional<Bytes> bytes_of(ByteReader& in) {
  const auto size = in.big<int32_t>();
  if (size < 0) return std::nullopt;
  return Bytes(in.bytes(static_cast<size_t>(size)));
}

// "org.apache.cassandra.db.marshal.VectorType(org...FloatType , 3)": what has no number of its own goes by class.
TypeRef type_of_class(std::string_view name) {
  constexpr std::string_view kPackage = "org.apache.cassandra.db.marshal.";
  if (name.starts_with(kPackage)) name.remove_prefix(kPackage.size());
  if (name == "DurationType") return native_type(TypeKind::duration);
  if (name.starts_with("VectorType(") && name.ends_with(")")) {
    const std::string_view inside = name.substr(11, name.size() - 12);
    const size_t comma = inside.rfind(',');
    if (comma != std::string_view::npos) {
      uint32_t dimension = 0;
      for (const char c : inside.substr(comma + 1))
        if (c >= '0' && c <= '9' && dimension < 100000) dimension = dimension * 10 + static_cast<uint32_t>(c - '0');
      std::string_view element = inside.substr(0, comma);
      while (element.ends_with(' ')) element.remove_suffix(1);
      if (const TypeRef type = type_of_class(element); type && dimension > 0) return vector_type(type, dimension);
    }
    return nullptr;
  }
  for (int kind = 1; kind <= 21; ++kind) {
    if (kind == 10) continue;
    const TypeRef native = native_type(static_cast<TypeKind>(kind));
    const std::string java = to_java_class(*native);
    if (std::string_view(java).substr(java.rfind('.') + 1) == name) return native;
  }
  return nullptr;
}

TypeRef type_of(ByteReader& in, int depth);

TypeRef composite_type(uint16_t option, ByteReader& in, int depth) {
  const bool user = option == static_cast<uint16_t>(TypeKind::user);
  std::string keyspace, name;
  if (user) keyspace = text_of(in), name = text_of(in);
  std::vector<std::string> names;
  std::vector<TypeRef> fields;
  const auto count = in.big<uint16_t>();
  for (uint16_t i = 0; i < count && !in.bad(); ++i) {
    if (user) names.push_back(text_of(in));
    fields.push_back(type_of(in, depth + 1));
    if (!fields.back()) return nullptr;
  }
  return user ? user_type(keyspace, name, names, fields, true) : tuple_type(fields);
}

// Null: something this client does not know, or nested too deep.
TypeRef type_of(ByteReader& in, int depth) {
  if (depth > kTypeDepthMax || in.bad()) return nullptr;
  const auto option = in.big<uint16_t>();
  if (option == 0) return type_of_class(text_of(in));
  if (option >= 1 && option <= 21 && option != 10) return native_type(static_cast<TypeKind>(option));
  if (option == static_cast<uint16_t>(TypeKind::user) || option == static_cast<uint16_t>(TypeKind::tuple))
    return composite_type(option, in, depth);
  if (option < 0x20 || option > 0x22) return nullptr;
  const TypeRef first = type_of(in, depth + 1);
  if (!first) return nullptr;
  if (option == 0x20) return list_type(first, true);
  if (option == 0x22) return set_type(first, true);
  const TypeRef second = type_of(in, depth + 1);
  return second ? map_type(first, second, true) : nullptr;
}

struct Metadata {
  int32_t count = 0;
  std::vector<CqlColumn> columns;
  std::optional<Bytes> paging_state;
};

Result<Metadata> metadata_of(ByteReader& in, bool of_binds) {
  Metadata metadata;
  const auto flags = in.big<int32_t>();
  metadata.count = in.big<int32_t>();
  if (of_binds) {
    const auto keys = in.big<int32_t>();
    in.bytes(static_cast<size_t>(std::max(0, keys)) * 2);
  }
  if (flags & 0x02) metadata.paging_state = bytes_of(in);
  if (flags & 0x04) return metadata;  // without columns
  std::string keyspace, table;
  if (flags & 0x01) keyspace = text_of(in), table = text_of(in);
  for (int32_t i = 0; i < metadata.count && !in.bad(); ++i) {
    CqlColumn column{keyspace, table, {}, nullptr};
    if (!(flags & 0x01)) column.keyspace = text_of(in), column.table = text_of(in);
    column.name = text_of(in);
    column.type = type_of(in, 0);
    if (!column.type)
      return fail(Errc::protocol, "column " + column.name + " has a type that this client does not know");
    metadata.columns.push_back(std::move(column));
  }
  return metadata;
}

Result<CqlRows> rows_of(ByteReader& in) {
  TRY(Metadata metadata, metadata_of(in, false));
  CqlRows rows{std::move(metadata.columns), {}, std::move(metadata.paging_state)};
  const auto count = in.big<int32_t>();
  const size_t columns = rows.columns.size();
  if (count < 0 || (columns == 0 && count > 0) || static_cast<size_t>(count) * columns * 4 > in.left())
    return fail(Errc::protocol, "the answer counts more rows than it holds");
  rows.rows.reserve(static_cast<size_t>(count));
  for (int32_t i = 0; i < count; ++i) {
    auto& row = rows.rows.emplace_back();
    row.reserve(columns);
    for (size_t c = 0; c < columns; ++c) row.push_back(bytes_of(in));
  }
  return rows;
}

CqlSchemaChange schema_change_of(ByteReader& in) {
  CqlSchemaChange change;
  change.change = text_of(in);
  change.target = text_of(in);
  change.what = text_of(in);
  if (change.target != "KEYSPACE") change.what += "." + text_of(in);
  return change;
}

Status result_of(ByteReader& in, CqlAnswer& answer) {
  switch (in.big<int32_t>()) {
    case 1:
      answer.body = CqlVoid{};
      return {};
    case 2: {
      TRY(answer.body, rows_of(in));
      return {};
    }
    case 3:
      answer.body = CqlSetKeyspace{text_of(in)};
      return {};
    case 4: {
      CqlPrepared prepared;
      prepared.id = text_of(in);
      TRY(Metadata binds, metadata_of(in, true));
      TRY(Metadata columns, metadata_of(in, false));
      prepared.binds = std::move(binds.columns);
      prepared.columns = std::move(columns.columns);
      answer.body = std::move(prepared);
      return {};
    }
    case 5:
      answer.body = schema_change_of(in);
      return {};
    default:
      return fail(Errc::protocol, "the node sent a result of an unknown kind");
  }
}

void skip_extras(uint8_t flags, ByteReader& in, CqlAnswer& answer) {
  if (flags & kTracingFlag) in.bytes(16);
  if (flags & kWarningFlag) {
    const auto count = in.big<uint16_t>();
    for (uint16_t i = 0; i < count && !in.bad(); ++i) answer.warnings.push_back(text_of(in));
  }
  if (flags & kPayloadFlag) {
    const auto count = in.big<uint16_t>();
    for (uint16_t i = 0; i < count && !in.bad(); ++i) text_of(in), bytes_of(in);
  }
}

}  // namespace

void append_startup(int16_t stream, Bytes& out) {
  message(kStartup, stream, out, [](ByteWriter& body) {
    short_(2, body);
    string("CQL_VERSION", body), string("3.0.0", body);
    string("DRIVER_NAME", body), string("ringlet", body);
  });
}

void append_query(int16_t stream, std::string_view text, const CqlOptions& options, Bytes& out) {
  message(kQuery, stream, out, [&](ByteWriter& body) {
    long_string(text, body);
    parameters(options, nullptr, body);
  });
}

void append_prepare(int16_t stream, std::string_view text, Bytes& out) {
  message(kPrepare, stream, out, [&](ByteWriter& body) { long_string(text, body); });
}

void append_execute(int16_t stream, BytesView id, const CqlValues& values, const CqlOptions& options, Bytes& out) {
  message(kExecute, stream, out, [&](ByteWriter& body) {
    string(id, body);
    parameters(options, &values, body);
  });
}

Result<std::optional<size_t>> message_bytes(BytesView in) {
  if (in.empty()) return std::nullopt;
  if (static_cast<uint8_t>(in[0]) != kAnswerVersion)
    return fail(Errc::protocol, "what answers there does not speak CQL's native protocol version 4");
  if (in.size() < kCqlHeaderBytes) return std::nullopt;
  const auto body = load_big<uint32_t>(in.data() + 5);
  if (body > 256u << 20)
    return fail(Errc::protocol, "the node announced an answer of " + std::to_string(body) + " bytes");
  if (in.size() < kCqlHeaderBytes + body) return std::nullopt;
  return kCqlHeaderBytes + body;
}

Result<CqlAnswer> decode_answer(BytesView message) {
  ByteReader in(message);
  in.u8();
  const uint8_t flags = in.u8();
  CqlAnswer answer;
  answer.stream = in.big<int16_t>();
  const uint8_t opcode = in.u8();
  in.big<uint32_t>();
  skip_extras(flags, in, answer);
  if (opcode == kResult) {
    TRY_STATUS(result_of(in, answer));
  } else if (opcode == kError) {
    CqlError error;
    error.code = in.big<int32_t>();
    error.message = text_of(in);
    answer.body = std::move(error);
  } else if (opcode == kReady) {
    answer.body = CqlReady{};
  } else if (opcode == kAuthenticate) {
    return fail(Errc::bad_credentials, "the node asks for a user and a password");
  } else {
    return fail(Errc::protocol, "the node sent a message with the unexpected opcode " + std::to_string(opcode));
  }
  if (in.bad()) return fail(Errc::protocol, "an answer of the node ends early");
  return answer;
}

std::optional<uint16_t> consistency_code(std::string_view name) {
  constexpr std::pair<std::string_view, uint16_t> kLevels[] = {
      {"ANY", 0},          {"ONE", 1},         {"TWO", 2},    {"THREE", 3},        {"QUORUM", 4},    {"ALL", 5},
      {"LOCAL_QUORUM", 6}, {"EACH_QUORUM", 7}, {"SERIAL", 8}, {"LOCAL_SERIAL", 9}, {"LOCAL_ONE", 10}};
  std::string upper(name);
  for (char& c : upper) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  for (const auto& [level, code] : kLevels)
    if (level == upper) return code;
  return std::nullopt;
}

}  // namespace ringlet::cli
