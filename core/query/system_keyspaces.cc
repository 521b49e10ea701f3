// The system's keyspaces: made once from their definitions, shared by every schema snapshot.
#include <algorithm>

#include "core/base/must.h"
#include "core/cql/parser.h"
#include "core/query/schema_plan.h"
#include "core/query/system_definitions.h"
#include "core/query/system_tables.h"

namespace ringlet {
namespace {

using KeyspaceMap = std::map<std::string, KeyspaceRef>;
constexpr int32_t kSchemaGraceSeconds = 604800;

std::map<std::string, std::string> replication_of(const char* strategy, const char* factor) {
  std::map<std::string, std::string> replication = {{"class", std::string("org.apache.cassandra.locator.") + strategy}};
  if (factor != nullptr) replication["replication_factor"] = factor;
  return replication;
}

std::map<std::string, Keyspace> empty_keyspaces() {
  struct Description {
    const char *name, *strategy, *factor;
    bool is_virtual;
  };
  constexpr Description kDescriptions[] = {
      {"system", "LocalStrategy", nullptr, false},
      {"system_schema", "LocalStrategy", nullptr, false},
      {"system_auth", "SimpleStrategy", "1", false},
      {"system_distributed", "SimpleStrategy", "3", false},
      {"system_traces", "SimpleStrategy", "2", false},
      {"system_views", "LocalStrategy", nullptr, true},
      {"system_virtual_schema", "LocalStrategy", nullptr, true},
  };
  std::map<std::string, Keyspace> keyspaces;
  for (const Description& description : kDescriptions) {
    Keyspace& keyspace = keyspaces[description.name];
    keyspace.name = description.name;
    keyspace.replication = replication_of(description.strategy, description.factor);
    keyspace.is_virtual = description.is_virtual;
  }
  return keyspaces;
}

TableRef make_table(const char* definition) {
  auto parsed = cql::parse_statement(definition);
  MUST(parsed.has_value());
  const auto& create = std::get<cql::CreateTable>(parsed->statement);
  auto table = std::make_shared<Table>();
  table->keyspace = create.name.keyspace.value();
  table->name = create.name.name;
  table->id = name_uuid(table->keyspace + "." + table->name);
  table->is_virtual = table->keyspace != "system_traces";
  table->durable_writes = false;
  if (table->keyspace == "system_schema")
    table->options.gc_grace_seconds = kSchemaGraceSeconds;
  else
    table->options.gc_grace_seconds = 0;
  MUST(shape_table(create, Schema{}, *table).has_value());
  return table;
}

const KeyspaceMap& system_keyspaces() {
  static const KeyspaceMap kKeyspaces = [] {
    std::map<std::string, Keyspace> keyspaces = empty_keyspaces();
    for (const char* definition : kSystemTables) {
      TableRef table = make_table(definition);
      keyspaces.at(table->keyspace).tables.emplace(table->name, table);
    }
    KeyspaceMap shared;
    for (auto& [name, keyspace] : keyspaces)
      shared.emplace(name, std::make_shared<const Keyspace>(std::move(keyspace)));
    return shared;
  }();
  return kKeyspaces;
}

}  // namespace

bool is_system_keyspace(std::string_view name) {
  constexpr std::string_view kNames[] = {"system",        "system_auth",  "system_distributed",   "system_schema",
                                         "system_traces", "system_views", "system_virtual_schema"};
  return std::ranges::find(kNames, name) != std::end(kNames);
}

std::vector<TableRef> stored_system_tables() {
  std::vector<TableRef> stored;
  for (const auto& [name, keyspace] : system_keyspaces())
    for (const auto& [table_name, table] : keyspace->tables)
      if (!table->is_virtual) stored.push_back(table);
  return stored;
}

SchemaRef with_system_keyspaces(const SchemaRef& schema) {
  auto all = std::make_shared<Schema>(*schema);
  for (const auto& [name, keyspace] : system_keyspaces()) all->keyspaces.emplace(name, keyspace);
  return all;
}

}  // namespace ringlet
