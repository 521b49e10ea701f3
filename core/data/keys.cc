#include "core/data/keys.h"

#include "core/base/limits.h"
#include "core/base/must.h"

namespace ringlet {
namespace {

constexpr size_t kTokenBytes = 8;
constexpr uint64_t kSignBit = uint64_t{1} << 63;

void append_escaped(BytesView bytes, Bytes& out) {
  while (true) {
    const size_t zero = bytes.find('\0');
    out.append(bytes.substr(0, zero));
    if (zero == BytesView::npos) break;
    out.append("\x00\xFF", 2);
    bytes.remove_prefix(zero + 1);
  }
  out.append("\x00\x01", 2);
}

bool is_composite(const Table& table) { return table.partition_key.size() > 1; }

}  // namespace

void append_token_prefix(Token token, Bytes& out) { ByteWriter{out}.big(static_cast<uint64_t>(token.raw) ^ kSignBit); }

void append_partition_prefix(Token token, BytesView partition_key, Bytes& out) {
  append_token_prefix(token, out);
  append_escaped(partition_key, out);
}

Token token_of_prefix(BytesView prefix) {
  MUST(prefix.size() >= 8);
  return Token{static_cast<int64_t>(load_big<uint64_t>(prefix.data()) ^ (uint64_t{1} << 63))};
}

size_t partition_prefix_bytes(BytesView key) {
  for (size_t at = key.find('\0', kTokenBytes); at < key.size() && at + 1 < key.size(); at = key.find('\0', at + 2)) {
    if (key[at + 1] == '\x01') return at + 2;
    if (key[at + 1] != '\xFF') return 0;
  }
  return 0;
}

Result<PartitionPrefix> read_partition_prefix(BytesView key) {
  PartitionPrefix prefix{.bytes = partition_prefix_bytes(key)};
  if (prefix.bytes == 0) return fail(Errc::corrupt, "key: no end of the partition key in " + to_hex(key.substr(0, 32)));
  prefix.token = Token{static_cast<int64_t>(load_big<uint64_t>(key.data()) ^ kSignBit)};
  for (size_t at = kTokenBytes; at < prefix.bytes - 2; ++at) {
    prefix.partition_key.push_back(key[at]);
    if (key[at] == '\0') ++at;  // its 0xFF
  }
  return prefix;
}

Result<Bytes> make_partition_key(const Table& table, const std::vector<BytesView>& components) {
  Bytes key;
  TRY_STATUS(append_partition_key(table, components, key));
  return key;
}

Status append_partition_key(const Table& table, const std::vector<BytesView>& components, Bytes& out) {
  MUST(components.size() == table.partition_key.size() && out.empty());
  const auto too_long = [](size_t bytes) {
    return fail(Errc::invalid, "Key length of " + std::to_string(bytes) + " is longer than maximum of " +
                                   std::to_string(kPartitionKeyBytesMax));
  };
  for (const BytesView component : components) {
    if (component.size() > kPartitionKeyBytesMax) return too_long(component.size());
    if (!is_composite(table)) {
      out = component;
      break;
    }
    ByteWriter key{out};
    key.big(static_cast<uint16_t>(component.size()));
    key.bytes(component);
    key.u8(0);
  }
  if (out.empty()) return fail(Errc::invalid, "Key may not be empty");
  if (out.size() > kPartitionKeyBytesMax) return too_long(out.size());
  return {};
}

std::vector<BytesView> split_partition_key(const Table& table, BytesView partition_key) {
  if (!is_composite(table)) return {partition_key};
  std::vector<BytesView> components;
  ByteReader in{partition_key};
  while (components.size() < table.partition_key.size()) {
    components.push_back(in.bytes(in.big<uint16_t>()));
    in.u8();
  }
  return components;
}

}  // namespace ringlet
