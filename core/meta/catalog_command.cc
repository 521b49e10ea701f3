#include "core/meta/catalog_command.h"

#include "core/base/checksum.h"

namespace ringlet {
namespace {

constexpr uint8_t kCommandVersion = 1, kSchemaVersion = 1;
enum class Kind : uint8_t {
  put_keyspace = 1,
  drop_keyspace = 2,
  put_table = 3,
  drop_table = 4,
  put_type = 5,
  drop_type = 6
};

std::unexpected<Error> unfit(const std::string& what) {
  return fail(Errc::invalid, "schema change does not fit: " + what);
}

// The one keyspace that a change concerns, copied to be changed.
Result<std::shared_ptr<Keyspace>> open_keyspace(Schema& schema, const std::string& name) {
  const auto it = schema.keyspaces.find(name);
  if (it == schema.keyspaces.end()) return unfit("there is no keyspace " + name);
  auto copy = std::make_shared<Keyspace>(*it->second);
  it->second = copy;
  return copy;
}

Status apply_change(Schema& schema, const PutKeyspace& put) {
  auto& slot = schema.keyspaces[put.name];
  auto keyspace = slot ? std::make_shared<Keyspace>(*slot) : std::make_shared<Keyspace>();
  keyspace->name = put.name;
  keyspace->replication = put.replication;
  keyspace->durable_writes = put.durable_writes;
  for (auto& [name, table] : keyspace->tables) {
    if (table->durable_writes == put.durable_writes) continue;
    auto changed = std::make_shared<Table>(*table);
    changed->durable_writes = put.durable_writes;
    table = std::move(changed);
  }
  slot = std::move(keyspace);
  return {};
}
Status apply_change(Schema& schema, const DropKeyspace& drop) {
  if (schema.keyspaces.erase(drop.name) == 0) return unfit("there is no keyspace " + drop.name);
  return {};
}
Status apply_change(Schema& schema, const PutTable& put) {
  TRY(const auto keyspace, open_keyspace(schema, put.table->keyspace));
  auto table = std::make_shared<Table>(*put.table);
  table->version = schema.version;
  table->durable_writes = keyspace->durable_writes;
  keyspace->tables[table->name] = std::move(table);
  return {};
}
Status apply_change(Schema& schema, const DropTable& drop) {
  TRY(const auto keyspace, open_keyspace(schema, drop.keyspace));
  if (keyspace->tables.erase(drop.name) == 0) return unfit("there is no table " + drop.keyspace + "." + drop.name);
  return {};
}
Status apply_change(Schema& schema, const PutType& put) {
  TRY(const auto keyspace, open_keyspace(schema, put.keyspace));
  keyspace->types[put.name] = put.type;
  return {};
}
Status apply_change(Schema& schema, const DropType& drop) {
  TRY(const auto keyspace, open_keyspace(schema, drop.keyspace));
  if (keyspace->types.erase(drop.name) == 0) return unfit("there is no type " + drop.keyspace + "." + drop.name);
  return {};
}

void encode_map(const std::map<std::string, std::string>& map, ByteWriter& out) {
  out.unsigned_vint(map.size());
  for (const auto& [key, value] : map) {
    out.sized_bytes(key);
    out.sized_bytes(value);
  }
}
std::map<std::string, std::string> decode_map(ByteReader& in) {
  std::map<std::string, std::string> map;
  for (uint64_t n = in.unsigned_vint(); n > 0 && !in.bad(); --n) {
    std::string key(in.sized_bytes());
    map[std::move(key)] = std::string(in.sized_bytes());
  }
  return map;
}

void encode_change(const CatalogChange& change, ByteWriter& out) {
  if (const auto* put = std::get_if<PutKeyspace>(&change)) {
    out.u8(static_cast<uint8_t>(Kind::put_keyspace));
    out.sized_bytes(put->name);
    encode_map(put->replication, out);
    out.u8(put->durable_writes ? 1 : 0);
  } else if (const auto* drop = std::get_if<DropKeyspace>(&change)) {
    out.u8(static_cast<uint8_t>(Kind::drop_keyspace));
    out.sized_bytes(drop->name);
  } else if (const auto* table = std::get_if<PutTable>(&change)) {
    out.u8(static_cast<uint8_t>(Kind::put_table));
    encode_table(*table->table, out);
  } else if (const auto* gone = std::get_if<DropTable>(&change)) {
    out.u8(static_cast<uint8_t>(Kind::drop_table));
    out.sized_bytes(gone->keyspace);
    out.sized_bytes(gone->name);
  } else if (const auto* type = std::get_if<PutType>(&change)) {
    out.u8(static_cast<uint8_t>(Kind::put_type));
    out.sized_bytes(type->keyspace);
    out.sized_bytes(type->name);
    encode_type(*type->type, out);
  } else if (const auto* lost = std::get_if<DropType>(&change)) {
    out.u8(static_cast<uint8_t>(Kind::drop_type));
    out.sized_bytes(lost->keyspace);
    out.sized_bytes(lost->name);
  }
}

Result<CatalogChange> decode_change(ByteReader& in) {
  switch (static_cast<Kind>(in.u8())) {
    case Kind::put_keyspace: {
      PutKeyspace put;
      put.name = in.sized_bytes();
      put.replication = decode_map(in);
      put.durable_writes = in.u8() != 0;
      return put;
    }
    case Kind::drop_keyspace:
      return DropKeyspace{std::string(in.sized_bytes())};
    case Kind::put_table: {
      TRY(auto table, decode_table(in));
      return PutTable{std::move(table)};
    }
    case Kind::drop_table: {
      DropTable drop;
      drop.keyspace = in.sized_bytes();
      drop.name = in.sized_bytes();
      return drop;
    }
    case Kind::put_type: {
      PutType put;
      put.keyspace = in.sized_bytes();
      put.name = in.sized_bytes();
      TRY(put.type, decode_type(in));
      return put;
    }
    case Kind::drop_type: {
      DropType drop;
      drop.keyspace = in.sized_bytes();
      drop.name = in.sized_bytes();
      return drop;
    }
  }
  return fail(Errc::corrupt, "unknown kind of schema change");
}

}  // namespace

Result<SchemaRef> apply(const Schema& schema, const CatalogCommand& command) {
  if (schema.version != command.base) return fail(Errc::busy, "the schema has changed meanwhile");
  auto next = std::make_shared<Schema>(schema);
  next->version = SchemaVersion{schema.version.raw + 1};
  for (const CatalogChange& change : command.changes)
    TRY_STATUS(std::visit([&](const auto& c) { return apply_change(*next, c); }, change));
  Bytes history(schema.version_uuid.bytes());
  ByteWriter out(history);
  encode_command(command, out);
  next->version_uuid = name_uuid(history);
  return next;
}

void encode_command(const CatalogCommand& command, ByteWriter& out) {
  out.u8(kCommandVersion);
  out.unsigned_vint(command.base.raw);
  out.unsigned_vint(command.changes.size());
  for (const CatalogChange& change : command.changes) encode_change(change, out);
}

Result<CatalogCommand> decode_command(BytesView bytes) {
  ByteReader in(bytes);
  if (const uint8_t version = in.u8(); version != kCommandVersion)
    return fail(Errc::corrupt,
                "schema command of version " + std::to_string(version) + ", this program reads version 1");
  CatalogCommand command;
  command.base = SchemaVersion{in.unsigned_vint()};
  for (uint64_t n = in.unsigned_vint(); n > 0 && !in.bad(); --n) {
    TRY(auto change, decode_change(in));
    command.changes.push_back(std::move(change));
  }
  if (in.bad() || !in.done()) return fail(Errc::corrupt, "schema command cut short or too long");
  return command;
}

void encode_schema(const Schema& schema, ByteWriter& out) {
  out.u8(kSchemaVersion);
  out.unsigned_vint(schema.version.raw);
  out.bytes(schema.version_uuid.bytes());
  out.unsigned_vint(schema.keyspaces.size());
  for (const auto& [name, keyspace] : schema.keyspaces) {
    encode_keyspace(*keyspace, out);
    out.unsigned_vint(keyspace->tables.size());
    for (const auto& [table_name, table] : keyspace->tables) encode_table(*table, out);
  }
}

Result<SchemaRef> decode_schema(BytesView bytes) {
  ByteReader in(bytes);
  if (const uint8_t version = in.u8(); version != kSchemaVersion)
    return fail(Errc::corrupt,
                "schema snapshot of version " + std::to_string(version) + ", this program reads version 1");
  auto schema = std::make_shared<Schema>();
  schema->version = SchemaVersion{in.unsigned_vint()};
  const BytesView uuid = in.bytes(16);
  if (in.bad()) return fail(Errc::corrupt, "schema snapshot cut short");
  schema->version_uuid = uuid_from_bytes(uuid);
  for (uint64_t n = in.unsigned_vint(); n > 0 && !in.bad(); --n) {
    TRY(const auto shell, decode_keyspace(in));
    auto keyspace = std::make_shared<Keyspace>(*shell);
    for (uint64_t tables = in.unsigned_vint(); tables > 0 && !in.bad(); --tables) {
      TRY(auto table, decode_table(in));
      keyspace->tables[table->name] = std::move(table);
    }
    schema->keyspaces[keyspace->name] = std::move(keyspace);
  }
  if (in.bad() || !in.done()) return fail(Errc::corrupt, "schema snapshot cut short or too long");
  return schema;
}

}  // namespace ringlet
