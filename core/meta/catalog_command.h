// Catalog commands: schema changes as deterministic data. Whoever plans a DDL statement computes the complete outcome (ids,
// options, changed tables of a changed type) against one schema version; applying it makes no choices, so every node that
// applies the same commands has the same schema, byte for byte.
#pragma once

#include <variant>
#include <vector>

#include "core/data/schema.h"

namespace ringlet {

struct PutKeyspace {  // made or changed; tables and types stay
  std::string name;
  std::map<std::string, std::string> replication;
  bool durable_writes = true;
};
struct DropKeyspace {  // with everything in it
  std::string name;
};
struct PutTable {  // made, or changed under the same id
  TableRef table;
};
struct DropTable {
  std::string keyspace, name;
};
struct PutType {
  std::string keyspace, name;
  TypeRef type;  // not frozen at the outermost layer
};
struct DropType {
  std::string keyspace, name;
};
using CatalogChange = std::variant<PutKeyspace, DropKeyspace, PutTable, DropTable, PutType, DropType>;

struct CatalogCommand {
  SchemaVersion base;                  // planned against this version; applies to no other
  std::vector<CatalogChange> changes;  // all or none
};

// The next schema, version base + 1. Errc::busy where `schema` is not at `base` (plan again); Errc::invalid where a change
// does not fit (a bug of the planner, or a damaged log). PutTable: the table's `version` becomes the new one.
Result<SchemaRef> apply(const Schema& schema, const CatalogCommand& command);

// Command, version 1: u8 version, vint base, vint changes, each u8 kind and its fields; tables and types in the encodings
// of core/data. Schema snapshot, version 1: u8 version, vint version, uuid, vint keyspaces, each with its tables.
void encode_command(const CatalogCommand& command, ByteWriter& out);
Result<CatalogCommand> decode_command(BytesView bytes);
void encode_schema(const Schema& schema, ByteWriter& out);
Result<SchemaRef> decode_schema(BytesView bytes);

}  // namespace ringlet
