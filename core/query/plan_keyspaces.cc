// CREATE, ALTER and DROP KEYSPACE.
#include <algorithm>
#include <charconv>

#include "core/base/limits.h"
#include "core/query/schema_plan.h"
#include "core/query/statement_properties.h"
#include "core/query/system_tables.h"

namespace ringlet {
namespace {

using Map = StatementProperties::Map;
constexpr std::string_view kLocator = "org.apache.cassandra.locator.";
constexpr const char* kFactor = "replication_factor";

std::unexpected<Error> config(std::string detail) { return fail(Errc::config, std::move(detail)); }

Status check_factor(const std::string& factor) {
  int number = -1;
  const auto [end, error] = std::from_chars(factor.data(), factor.data() + factor.size(), number);
  if (error == std::errc() && end == factor.data() + factor.size() && number >= 0) return {};
  return config("Replication factor must be numeric and not negative; found " + factor);
}

struct Replication {
  const std::string& keyspace;
  const std::string& data_center;  // every data center there is
  std::vector<std::string>& warnings;

  Result<Map> stored(Map given, const Map& previous) const {
    const auto named = given.extract("class");
    if (named.empty() || named.mapped().empty()) return config("Missing replication strategy class");
    std::string name = named.mapped();
    if (name.find('.') == name.npos) name = std::string(kLocator) + name;
    const std::string simple = name.starts_with(kLocator) ? name.substr(kLocator.size()) : "";
    if (simple == "LocalStrategy")
      return config("Unable to use given strategy class: LocalStrategy is reserved for internal use.");
    if (simple != "SimpleStrategy" && simple != "NetworkTopologyStrategy")
      return config("Unable to find replication strategy class '" + name + "'");
    TRY(Map options,
        simple == "SimpleStrategy" ? simple_options(std::move(given)) : network_options(std::move(given), previous));
    for (const auto& [key, factor] : options) warn_above_one(factor);
    options["class"] = name;
    return options;
  }

 private:
  Result<Map> simple_options(Map given) const {
    const auto factor = given.find(kFactor);
    if (factor == given.end()) return config("SimpleStrategy requires a replication_factor strategy option.");
    TRY_STATUS(check_factor(factor->second));
    if (given.size() > 1) return unrecognized(given, kFactor, "SimpleStrategy");
    return given;
  }

  // replication_factor stands for every data center that is not named; an ALTER never changes those that were.
  Result<Map> network_options(Map given, const Map& previous) const {
    std::optional<std::string> factor;
    if (const auto named = given.extract(kFactor))
      factor = named.mapped();
    else if (const auto before = previous.find(kFactor); given.empty() && before != previous.end())
      factor = before->second;
    if (factor) {
      for (const auto& [key, value] : previous)
        if (key != "class" && key != kFactor) given.emplace(key, value);
      given.emplace(data_center, *factor);
    }
    for (const auto& [key, value] : given) {
      if (key != data_center) return unrecognized(given, data_center, "NetworkTopologyStrategy");
      TRY_STATUS(check_factor(value));
    }
    if (given.empty()) return config("Configuration for at least one datacenter must be present");
    std::erase_if(given, [](const auto& entry) { return entry.second == "0"; });
    return given;
  }

  std::unexpected<Error> unrecognized(const Map& given, const std::string& known, const char* strategy) const {
    std::string names;
    for (const auto& [key, value] : given)
      if (key != known) names += (names.empty() ? "" : ", ") + key;
    return config("Unrecognized strategy option {" + names + "} passed to " + strategy + " for keyspace " + keyspace);
  }

  void warn_above_one(const std::string& factor) const {
    if (factor == "0" || factor == "1") return;
    warnings.push_back("Your replication factor " + factor + " for keyspace " + keyspace +
                       " is higher than the number of nodes 1");
  }
};

// What both CREATE and ALTER take. `put` comes with what holds where nothing is written.
Result<std::vector<std::string>> apply_properties(const cql::PropertyMap& written, const SchemaPlanning& planning,
                                                  PutKeyspace& put) {
  std::vector<std::string> warnings;
  TRY(StatementProperties properties, StatementProperties::of(written));
  TRY(auto replication, properties.map("replication"));
  TRY(const auto durable, properties.boolean("durable_writes"));
  for (const char* ignored : {"tablets", "storage"})
    if (properties.ignore(ignored)) warnings.push_back(std::string("Property '") + ignored + "' has no effect here");
  TRY_STATUS(properties.nothing_left());
  if (!replication && put.replication.empty()) return fail(Errc::invalid, "Missing mandatory option 'replication'");
  if (replication) {
    TRY(put.replication,
        Replication(put.name, planning.data_center, warnings).stored(std::move(*replication), put.replication));
  }
  put.durable_writes = durable.value_or(put.durable_writes);
  return warnings;
}

}  // namespace

SchemaPlan plan_create_keyspace(const cql::CreateKeyspace& create, const Schema& schema,
                                const SchemaPlanning& planning) {
  // Nobody has rights on what is yet to be made: of all DDL, this one is refused as invalid instead of as unauthorized.
  if (is_system_keyspace(create.name))
    return fail(Errc::invalid, "System keyspace '" + create.name + "' is not user-modifiable");
  TRY_STATUS(check_name("Keyspace", create.name));
  PutKeyspace put{create.name, {}, true};
  TRY(auto warnings, apply_properties(create.properties, planning, put));
  if (schema.keyspace(create.name)) {
    if (create.if_not_exists) return std::nullopt;
    return fail(Errc::already_exists, "Cannot add existing keyspace \"" + create.name + "\"", {create.name, ""});
  }
  if (schema.keyspaces.size() >= kKeyspacesMax)
    return fail(Errc::invalid, "there may be at most " + std::to_string(kKeyspacesMax) + " keyspaces: drop one first");
  auto plan = schema_plan(schema, std::move(put), "CREATED", "KEYSPACE", create.name);
  plan.warnings = std::move(warnings);
  return plan;
}

SchemaPlan plan_alter_keyspace(const cql::AlterKeyspace& alter, const Schema& schema, const SchemaPlanning& planning) {
  TRY_STATUS(check_user_keyspace(alter.name));
  if (alter.if_exists && !schema.keyspace(alter.name)) return std::nullopt;
  TRY(const KeyspaceRef keyspace, existing_keyspace(schema, alter.name));
  PutKeyspace put{alter.name, keyspace->replication, keyspace->durable_writes};
  TRY(auto warnings, apply_properties(alter.properties, planning, put));
  auto plan = schema_plan(schema, std::move(put), "UPDATED", "KEYSPACE", alter.name);
  plan.warnings = std::move(warnings);
  return plan;
}

SchemaPlan plan_drop_keyspace(const cql::DropKeyspace& drop, const Schema& schema, const SchemaPlanning&) {
  TRY_STATUS(check_user_keyspace(drop.name));
  if (drop.if_exists && !schema.keyspace(drop.name)) return std::nullopt;
  TRY(const KeyspaceRef keyspace, existing_keyspace(schema, drop.name));
  return schema_plan(schema, DropKeyspace{keyspace->name}, "DROPPED", "KEYSPACE", keyspace->name);
}

}  // namespace ringlet
