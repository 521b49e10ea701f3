// Keys: where a partition and a row stand in the one order of bytes that the engine keeps.
//
//   key     = partition prefix + tag + position + kind
//   prefix  = token (8 bytes, sign flipped, big-endian) + escaped partition key (0x00 -> 0x00 0xFF, end 0x00 0x01)
//   tag     = 0 partition deletion | 1 static row | 2 rows and range markers
//   kind    = only after tag 2: 0x00 a range marker (holds from here on), 0x01 a row. Marker before row at one position.
// Escaping keeps the keys' unsigned order and makes the prefix free of prefixes. Frozen: part of the sstable format.
#pragma once

#include <optional>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/base/types.h"
#include "core/data/schema.h"

namespace ringlet {

enum class KeyTag : uint8_t { partition_deletion = 0, static_row = 1, rows = 2 };

void append_partition_prefix(Token token, BytesView partition_key, Bytes& out);
void append_token_prefix(Token token, Bytes& out);  // 8 bytes: before every partition of this token
struct PartitionPrefix {
  Token token;
  Bytes partition_key;
  size_t bytes;  // how long the prefix was
};
Result<PartitionPrefix> read_partition_prefix(BytesView key);
size_t partition_prefix_bytes(BytesView key);  // 0 where it is no key
Token token_of_prefix(BytesView prefix);       // MUST be one

// Partition key of a table from its components' bytes (Cassandra's serialization), and back.
Result<Bytes> make_partition_key(const Table& table,
                                 const std::vector<BytesView>& components);  // empty or too long: invalid
Status append_partition_key(const Table& table, const std::vector<BytesView>& components,
                            Bytes& out);  // `out` is empty
std::vector<BytesView> split_partition_key(const Table& table, BytesView partition_key);

// Position of a clustering prefix (all components for a row), and back to the components' bytes.
Bytes make_position(const Table& table, const std::vector<BytesView>& components);
void append_position(const Table& table, const std::vector<BytesView>& components, Bytes& out);
// `as_written` is RowReader::clustering_as_written(); empty means that the position gives the components back.
Result<std::vector<Bytes>> split_position(const Table& table, BytesView position, BytesView as_written);
// What a row must keep beside its position; empty where the position gives the components back.
Bytes clustering_as_written(const Table& table, const std::vector<BytesView>& components);

}  // namespace ringlet
