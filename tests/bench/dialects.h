// What the load generator says to a server and understands of its answers: CQL (native protocol v4, prepared statements) and
// RESP (Redis). Both write and read one value of a fixed size under one of `keys` keys.
#pragma once

#include <cstdio>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "core/base/bytes.h"

namespace ringlet::bench {

struct Answer {
  size_t bytes = 0;                        // of the answer, from the buffer's start
  int slot = -1;                           // which request of the connection; -1: the oldest
  bool error = false, overloaded = false;  // overloaded: an error too
  std::string_view what;                   // of an error
};

class Dialect {
 public:
  virtual ~Dialect() = default;
  virtual std::string hello() const = 0;  // sent once on each connection; answered by one answer
  virtual void append_request(bool write, uint64_t key, int slot, std::string& out) const = 0;
  virtual std::optional<Answer> parse(std::string_view buffer) const = 0;  // nullopt: more bytes are needed
};

inline std::string value_of(size_t bytes) {
  std::string value(bytes, 'x');
  for (size_t i = 0; i < bytes; ++i)
    value[i] = static_cast<char>('a' + (i * 7919 + i / 13) % 26);  // compresses a little
  return value;
}

class Cql final : public Dialect {
 public:
  Cql(std::string insert_id, std::string select_id, size_t value_bytes)
      : insert_id_(std::move(insert_id)), select_id_(std::move(select_id)), value_(value_of(value_bytes)) {}

  static std::string frame(uint8_t opcode, int slot, std::string_view body) {
    std::string out;
    ByteWriter w(out);
    w.u8(4);
    w.u8(0);
    w.big<int16_t>(static_cast<int16_t>(slot));
    w.u8(opcode);
    w.big<uint32_t>(static_cast<uint32_t>(body.size()));
    w.bytes(body);
    return out;
  }
  static std::string startup() {
    std::string body;
    ByteWriter w(body);
    w.big<uint16_t>(1);
    w.big<uint16_t>(11);
    w.bytes("CQL_VERSION");
    w.big<uint16_t>(5);
    w.bytes("3.0.0");
    return frame(0x01, 0, body);
  }
  static std::string query(std::string_view text) {
    std::string body;
    ByteWriter w(body);
    w.big<uint32_t>(static_cast<uint32_t>(text.size()));
    w.bytes(text);
    w.big<uint16_t>(1);
    w.u8(0);
    return frame(0x07, 0, body);
  }
  static std::string prepare(std::string_view text) {
    std::string body;
    ByteWriter w(body);
    w.big<uint32_t>(static_cast<uint32_t>(text.size()));
    w.bytes(text);
    return frame(0x09, 0, body);
  }

  std::string hello() const override { return startup(); }
  void append_request(bool write, uint64_t key, int slot, std::string& out) const override {
    const std::string& id = write ? insert_id_ : select_id_;
    char digits[24];
    const int key_bytes = std::snprintf(digits, sizeof digits, "%016llu", static_cast<unsigned long long>(key));
    const size_t body =
        2 + id.size() + 2 + 1 + 2 + 4 + static_cast<size_t>(key_bytes) + (write ? 4 + value_.size() : 0);
    ByteWriter w(out);
    w.u8(4);
    w.u8(0);
    w.big<int16_t>(static_cast<int16_t>(slot));
    w.u8(0x0A);
    w.big<uint32_t>(static_cast<uint32_t>(body));
    w.big<uint16_t>(static_cast<uint16_t>(id.size()));
    w.bytes(id);
    w.big<uint16_t>(1);  // ONE
    w.u8(0x01 | 0x02);   // values, skip metadata
    w.big<uint16_t>(write ? 2 : 1);
    w.big<uint32_t>(static_cast<uint32_t>(key_bytes));
    w.bytes({digits, static_cast<size_t>(key_bytes)});
    if (!write) return;
    w.big<uint32_t>(static_cast<uint32_t>(value_.size()));
    w.bytes(value_);
  }
  std::optional<Answer> parse(std::string_view buffer) const override {
    if (buffer.size() < 9) return std::nullopt;
    const size_t bytes = 9 + load_big<uint32_t>(buffer.data() + 5);
    if (buffer.size() < bytes) return std::nullopt;
    const bool error = buffer[4] == 0;
    const bool overloaded = error && bytes >= 13 && load_big<uint32_t>(buffer.data() + 9) == 0x1001;
    return Answer{bytes, load_big<int16_t>(buffer.data() + 2), error, overloaded, buffer.substr(9, bytes - 9)};
  }

 private:
  const std::string insert_id_, select_id_, value_;
};

class Redis final : public Dialect {
 public:
  explicit Redis(size_t value_bytes) : value_(value_of(value_bytes)) {}
  std::string hello() const override { return "*1\r\n$4\r\nPING\r\n"; }
  void append_request(bool write, uint64_t key, int, std::string& out) const override {
    char text[64];
    const int n = std::snprintf(text, sizeof text, "*%d\r\n$3\r\n%s\r\n$16\r\n%016llu\r\n", write ? 3 : 2,
                                write ? "SET" : "GET", static_cast<unsigned long long>(key));
    out.append(text, static_cast<size_t>(n));
    if (!write) return;
    out.append("$").append(std::to_string(value_.size())).append("\r\n").append(value_).append("\r\n");
  }
  std::optional<Answer> parse(std::string_view buffer) const override {
    const size_t line = buffer.find("\r\n");
    if (line == std::string_view::npos) return std::nullopt;
    if (buffer[0] == '-') return Answer{line + 2, -1, true, false, buffer.substr(0, line)};
    if (buffer[0] != '$' || buffer[1] == '-') return Answer{line + 2, -1, false, false, {}};
    const size_t bytes = line + 2 + std::stoul(std::string(buffer.substr(1, line - 1))) + 2;
    if (buffer.size() < bytes) return std::nullopt;
    return Answer{bytes, -1, false, false, {}};
  }

 private:
  const std::string value_;
};

}  // namespace ringlet::bench
