// The client's half of the native protocol, version 4, uncompressed: requests as bytes, answers from bytes. Pure.
//
//   envelope: 0 u8 version, 1 u8 flags, 2 i16 stream, 4 u8 opcode, 5 u32 body bytes; big-endian
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/data/type.h"

namespace ringlet::cli {

inline constexpr size_t kCqlHeaderBytes = 9;

struct CqlColumn {
  std::string keyspace, table, name;
  TypeRef type;
};

struct CqlRows {
  std::vector<CqlColumn> columns;
  std::vector<std::vector<std::optional<Bytes>>> rows;
  std::optional<Bytes> paging_state;
};
struct CqlVoid {};
struct CqlSetKeyspace {
  std::string keyspace;
};
struct CqlSchemaChange {
  std::string change, target, what;  // CREATED, TABLE, "ks.t"
};
struct CqlPrepared {
  Bytes id;
  std::vector<CqlColumn> binds, columns;
};
struct CqlReady {};
struct CqlError {
  int32_t code = 0;
  std::string message;
};
struct CqlAnswer {
  int16_t stream = 0;
  std::variant<CqlVoid, CqlRows, CqlSetKeyspace, CqlSchemaChange, CqlPrepared, CqlReady, CqlError> body;
  std::vector<std::string> warnings;
};

inline constexpr int32_t kCqlOverloaded = 0x1001, kCqlWriteTimeout = 0x1100, kCqlReadTimeout = 0x1200,
                         kCqlInvalid = 0x2200, kCqlUnprepared = 0x2500;

struct CqlOptions {
  uint16_t consistency = 0x0001;  // ONE
  int32_t page_size = -1;         // below 1: no paging
  std::optional<Bytes> paging_state;
  std::optional<int64_t> timestamp;  // microseconds
};
using CqlValues = std::vector<std::optional<Bytes>>;  // nullopt is null

void append_startup(int16_t stream, Bytes& out);
void append_query(int16_t stream, std::string_view text, const CqlOptions& options, Bytes& out);
void append_prepare(int16_t stream, std::string_view text, Bytes& out);
void append_execute(int16_t stream, BytesView id, const CqlValues& values, const CqlOptions& options, Bytes& out);

// The bytes of the whole message at the start of `in`, nullopt while it is not whole. Errc::protocol: no answer of version 4.
Result<std::optional<size_t>> message_bytes(BytesView in);
// `message` is one whole message.
Result<CqlAnswer> decode_answer(BytesView message);

std::optional<uint16_t> consistency_code(std::string_view name);  // any case

}  // namespace ringlet::cli
