#include "cli/client/cql_codec.h"

#include <doctest/doctest.h>

#include "cli/client/cell_text.h"
#include "core/data/value.h"
#include "net/cql/request.h"
#include "net/cql/response.h"
#include "net/cql/result_metadata.h"

namespace ringlet::cli {
namespace {

// An answer as the node frames it.
Bytes framed(uint8_t opcode, const Bytes& body, uint8_t flags = 0) {
  Bytes message;
  ByteWriter out(message);
  out.u8(0x84);
  out.u8(flags);
  out.big(int16_t{7});
  out.u8(opcode);
  out.big(static_cast<uint32_t>(body.size()));
  out.bytes(body);
  return message;
}

Bytes rows_body(const std::vector<ResultColumn>& columns, int32_t count, const Bytes& cells) {
  Bytes body;
  ByteWriter out(body);
  const auto encoded = wire::encode_columns(columns, wire::Version::v4);
  out.big(int32_t{2});
  out.big(int32_t{encoded.one_table ? 1 : 0});
  out.big(encoded.count);
  out.bytes(encoded.bytes);
  out.big(count);
  out.bytes(cells);
  return body;
}

std::vector<TypeRef> all_types() {
  std::vector<TypeRef> types;
  for (int kind = 1; kind <= 21; ++kind)
    if (kind != 10) types.push_back(native_type(static_cast<TypeKind>(kind)));
  const TypeRef text = native_type(TypeKind::text), number = native_type(TypeKind::int_);
  types.push_back(list_type(number, true));
  types.push_back(set_type(text, true));
  types.push_back(map_type(text, list_type(number, true), true));
  types.push_back(tuple_type({number, native_type(TypeKind::duration)}));
  types.push_back(user_type("ks", "address", {"street", "zip"}, {text, number}, true));
  types.push_back(vector_type(native_type(TypeKind::float_), 3));
  return types;
}

TEST_SUITE("cql client codec") {
  TEST_CASE("every type that a node can name is understood") {
    for (const TypeRef& type : all_types()) {
      CAPTURE(to_cql(*type));
      const Bytes body = rows_body({{"ks", "t", "c", type}}, 0, {});
      const auto answer = decode_answer(framed(8, body));
      REQUIRE(answer.has_value());
      const auto* rows = std::get_if<CqlRows>(&answer->body);
      REQUIRE(rows != nullptr);
      CHECK_EQ(to_cql(*rows->columns.at(0).type), to_cql(*type));
      CHECK_EQ(rows->columns.at(0).keyspace, "ks");
    }
  }
  TEST_CASE("rows come with nulls, and every cut of an answer is refused without harm") {
    Bytes cells;
    ByteWriter out(cells);
    out.big(int32_t{2}), out.bytes("hi"), out.big(int32_t{-1});
    const Bytes whole = framed(
        8, rows_body({{"k", "t", "a", native_type(TypeKind::text)}, {"k", "u", "b", native_type(TypeKind::int_)}}, 1,
                     cells));
    const auto answer = decode_answer(whole);
    REQUIRE(answer.has_value());
    CHECK_EQ(answer->stream, 7);
    const auto& rows = std::get<CqlRows>(answer->body);
    CHECK_EQ(rows.rows.at(0).at(0), std::optional<Bytes>("hi"));
    CHECK_FALSE(rows.rows.at(0).at(1).has_value());
    for (size_t n = kCqlHeaderBytes; n < whole.size(); ++n) {
      CAPTURE(n);
      CHECK_FALSE(decode_answer(BytesView(whole).substr(0, n)).has_value());
    }
  }
  TEST_CASE("a count of rows that the answer cannot hold is refused before anything is allocated for it") {
    CHECK_FALSE(decode_answer(framed(8, rows_body({{"k", "t", "a", native_type(TypeKind::int_)}}, 2000000000, {})))
                    .has_value());
    CHECK_FALSE(decode_answer(framed(8, rows_body({}, 5, {}))).has_value());
  }
  TEST_CASE("errors and warnings are told") {
    Bytes body;
    ByteWriter out(body);
    out.big(uint16_t{1}), out.big(uint16_t{4}), out.bytes("mind");
    out.big(int32_t{0x2200}), out.big(uint16_t{2}), out.bytes("no");
    const auto answer = decode_answer(framed(0, body, 0x08));
    REQUIRE(answer.has_value());
    CHECK(answer->warnings == std::vector<std::string>{"mind"});
    CHECK_EQ(std::get<CqlError>(answer->body).code, kCqlInvalid);
    CHECK_EQ(std::get<CqlError>(answer->body).message, "no");
  }
  TEST_CASE("a message is whole or not yet, and another protocol is told apart") {
    const Bytes whole = framed(2, {});
    CHECK_FALSE(message_bytes(BytesView(whole).substr(0, 5)).value().has_value());
    CHECK_EQ(message_bytes(whole + "more").value(), std::optional<size_t>(whole.size()));
    CHECK_FALSE(message_bytes("HTTP/1.1 400 Bad Request").has_value());
  }
  TEST_CASE("a node reads an execute as it was meant") {
    Bytes message;
    append_execute(3, "0123456789abcdef", {Bytes("x"), std::nullopt}, {.page_size = 50, .timestamp = 42}, message);
    wire::ExecuteRequest request;
    REQUIRE(wire::decode_execute(wire::Version::v4, BytesView(message).substr(kCqlHeaderBytes), request).has_value());
    CHECK_EQ(request.options.values.size(), 2);
    CHECK_EQ(request.options.values[0].bytes, "x");
    CHECK(request.options.values[1].kind == BoundValue::Kind::null);
    CHECK_EQ(request.options.page_size, 50);
    CHECK_EQ(request.options.timestamp, std::optional<int64_t>(42));
  }
  TEST_CASE("a cell's text gives the same value back") {
    const TypeRef text = native_type(TypeKind::text), number = native_type(TypeKind::int_);
    const struct {
      TypeRef type;
      const char* cell;
    } cases[] = {{number, "-42"},
                 {text, "it's"},
                 {native_type(TypeKind::blob), "0xcafe"},
                 {native_type(TypeKind::timestamp), "2014-02-14T14:30:00.123Z"},
                 {native_type(TypeKind::decimal), "0.1320"},
                 {list_type(number, true), "[1, 2]"},
                 {map_type(text, number, true), "{'a': 1, 'b': 2}"},
                 {tuple_type({number, text}), "(1, 'x')"},
                 {user_type("k", "u", {"f"}, {text}, true), "{f: 'it''s'}"}};
    for (const auto& [type, cell] : cases) {
      CAPTURE(cell);
      const auto value = parse_cell(*type, cell);
      REQUIRE(value.has_value());
      CHECK_EQ(show_cell(*type, *value), cell);
    }
    CHECK_FALSE(parse_cell(*number, "x").has_value());
    CHECK_FALSE(parse_cell(*list_type(number, true), "[now()]").has_value());
  }
}

}  // namespace
}  // namespace ringlet::cli
