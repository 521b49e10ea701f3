#include "net/http/snapshot_requests.h"

#include <nlohmann/json.hpp>

namespace ringlet::http {
namespace {

using Json = nlohmann::ordered_json;

std::string dump(const Json& json) { return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"; }

Result<Json> parse_body(const std::string& body) {
  Json json = body.empty() ? Json::object() : Json::parse(body, nullptr, false);
  if (json.is_object()) return json;
  return fail(Errc::invalid, "the body must be a JSON object: {\"name\": ..., \"keyspace\": ..., \"table\": ...}");
}

// "" where it is missing; anything that is no string is refused, not passed over.
Result<std::string> string_of(const Json& json, const char* name) {
  const auto found = json.find(name);
  if (found == json.end() || found->is_null()) return std::string();
  if (found->is_string()) return found->get<std::string>();
  return fail(Errc::invalid, std::string("\"") + name + "\" must be a string");
}

Result<TableScope> scope_of(const Json& json) {
  TableScope scope;
  TRY(scope.keyspace, string_of(json, "keyspace"));
  TRY(scope.table, string_of(json, "table"));
  if (scope.keyspace.empty() && !scope.table.empty())
    return fail(Errc::invalid, "a table needs its keyspace beside it");
  return scope;
}

Json tables_json(const std::vector<SnapshotTable>& tables) {
  Json lines = Json::array();
  for (const SnapshotTable& t : tables)
    lines.push_back({{"keyspace", t.keyspace},
                     {"table", t.table},
                     {"id", to_string(t.id)},
                     {"files", t.files},
                     {"bytes", t.bytes}});
  return lines;
}

Json summary_json(const SnapshotSummary& summary) {
  if (!summary.damage.empty()) return {{"name", summary.name}, {"damage", summary.damage}};
  uint64_t files = 0, bytes = 0;
  for (const SnapshotTable& t : summary.tables) {
    files += t.files;
    bytes += t.bytes;
  }
  return {{"name", summary.name},     {"taken_ms", summary.taken_at.raw / 1000},
          {"shards", summary.shards}, {"files", files},
          {"bytes", bytes},           {"tables", tables_json(summary.tables)}};
}

Json running_json(Node& node) {
  const auto told = node.snapshots().progress();
  if (!told) return nullptr;
  return {{"kind", told->kind},
          {"name", told->name},
          {"step", told->step},
          {"files", told->files},
          {"files_done", told->files_done},
          {"bytes_total", told->bytes_total},
          {"bytes_done", told->bytes_done},
          {"percent", told->done() * 100}};
}

double seconds_since(Instant began, Node& node) {
  return static_cast<double>((node.env().clock.now() - began).nanos) / 1e9;
}

}  // namespace

std::string running_text(Node& node) { return dump(Json{{"running", running_json(node)}}); }

Task<Result<std::string>> list_snapshots(Node& node) {
  CO_TRY(const auto found, co_await node.snapshots().list());
  Json lines = Json::array();
  for (const SnapshotSummary& summary : found) lines.push_back(summary_json(summary));
  co_return dump(Json{{"snapshots", std::move(lines)}, {"running", running_json(node)}});
}

Task<Result<std::string>> take_snapshot(std::string body, Node& node) {
  const Instant began = node.env().clock.now();
  CO_TRY(const Json json, parse_body(body));
  CO_TRY(const TableScope scope, scope_of(json));
  CO_TRY(std::string name, string_of(json, "name"));
  if (name.empty()) name = std::to_string(node.env().clock.wall().raw / 1000);  // as Cassandra names them
  CO_TRY(const SnapshotSummary taken, co_await node.snapshots().take(name, scope));
  co_return dump(Json{{"snapshot", summary_json(taken)}, {"seconds", seconds_since(began, node)}});
}

Task<Result<std::string>> delete_snapshot(std::string body, Node& node) {
  CO_TRY(const Json json, parse_body(body));
  CO_TRY(const std::string name, string_of(json, "name"));
  CO_TRY_STATUS(co_await node.snapshots().remove(name));
  co_return dump(Json{{"deleted", name}});
}

Task<Result<std::string>> restore_snapshot(std::string body, Node& node) {
  const Instant began = node.env().clock.now();
  CO_TRY(const Json json, parse_body(body));
  CO_TRY(const TableScope scope, scope_of(json));
  RestoreRequest request{.keyspace = scope.keyspace, .table = scope.table};
  CO_TRY(request.snapshot, string_of(json, "name"));
  if (const auto as = json.find("as"); as != json.end()) {
    if (!as->is_object()) co_return fail(Errc::invalid, "\"as\" must be {\"keyspace\": ..., \"table\": ...}");
    CO_TRY(request.as_keyspace, string_of(*as, "keyspace"));
    CO_TRY(request.as_table, string_of(*as, "table"));
    if (request.as_keyspace.empty() || request.as_table.empty())
      co_return fail(Errc::invalid, "\"as\" needs a keyspace and a table");
  }
  CO_TRY(const auto restored, co_await node.snapshots().restore(request));
  co_return dump(Json{{"restored", tables_json(restored)}, {"seconds", seconds_since(began, node)}});
}

}  // namespace ringlet::http
