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

Result<std::optional<bool>> flag_of(const Json& json, const char* name) {
  const auto found = json.find(name);
  if (found == json.end()) return std::nullopt;
  if (found->is_boolean()) return found->get<bool>();
  return fail(Errc::invalid, std::string("\"") + name + "\" must be true or false");
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
  return {{"name", summary.name},
          {"taken_ms", summary.taken_at.raw / 1000},
          {"shards", summary.shards},
          {"files", files},
          {"bytes", bytes},
          {"backup_run", summary.backup_run},
          {"tables", tables_json(summary.tables)}};
}

Json run_json(const BackupRunReport& run) {
  if (!run.damage.empty()) return {{"run", run.number}, {"damage", run.damage}};
  Json json = {{"run", run.number},
               {"kind", run.of_restore ? "restore" : "flushes"},
               {"began_ms", run.began.raw / 1000},
               {"last_ms", run.last.raw / 1000},
               {"files", run.files},
               {"bytes", run.bytes}};
  json["gap_before"] = nullptr;
  if (!run.goes_on && !run.of_restore)
    json["gap_before"] = {{"since_ms", run.missing_since.raw / 1000}, {"why", run.why}};
  return json;
}

Json backups_json(const BackupReport& report) {
  Json runs = Json::array();
  for (const BackupRunReport& run : report.runs) runs.push_back(run_json(run));
  return {
      {"on", report.state.on},           {"linking", report.state.linking}, {"since_ms", report.state.since.raw / 1000},
      {"why", report.state.why},         {"files", report.files},           {"bytes", report.bytes},
      {"held_files", report.held_files}, {"held_bytes", report.held_bytes}, {"runs", std::move(runs)}};
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
  CO_TRY(const BackupReport backups, co_await node.snapshots().backups());
  co_return dump(Json{{"snapshots", std::move(lines)},
                      {"auto_hours", node.auto_snapshots().hours()},
                      {"backups", backups_json(backups)},
                      {"running", running_json(node)}});
}

Task<Result<std::string>> take_snapshot(std::string body, Node& node) {
  const Instant began = node.env().clock.now();
  CO_TRY(const Json json, parse_body(body));
  if (const auto hours = json.find("auto_hours"); hours != json.end()) {
    if (!hours->is_number_unsigned() || hours->get<uint64_t>() > UINT32_MAX || json.size() != 1)
      co_return fail(Errc::invalid, "\"auto_hours\" must be a number of hours, and stand alone");
    node.auto_snapshots().set_hours(hours->get<uint32_t>());
    co_return dump(Json{{"auto_hours", node.auto_snapshots().hours()}});
  }
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
  CO_TRY(const auto backups, flag_of(json, "backups"));
  CO_TRY(const auto incomplete, flag_of(json, "incomplete"));
  CO_TRY(const auto undo_losses, flag_of(json, "undo_losses"));
  request.backups = backups.value_or(false);
  request.incomplete = incomplete.value_or(false);
  request.undo_losses = undo_losses.value_or(false);
  if (!request.backups && (request.incomplete || request.undo_losses))
    co_return fail(Errc::invalid, "\"incomplete\" and \"undo_losses\" are about backups: say \"backups\": true");
  CO_TRY(request.snapshot, string_of(json, "name"));
  if (const auto as = json.find("as"); as != json.end()) {
    if (!as->is_object()) co_return fail(Errc::invalid, "\"as\" must be {\"keyspace\": ..., \"table\": ...}");
    CO_TRY(request.as_keyspace, string_of(*as, "keyspace"));
    CO_TRY(request.as_table, string_of(*as, "table"));
    if (request.as_keyspace.empty() || request.as_table.empty())
      co_return fail(Errc::invalid, "\"as\" needs a keyspace and a table");
  }
  CO_TRY(const auto restored, co_await node.snapshots().restore(request));
  Json answer = {{"restored", tables_json(restored.tables)}, {"seconds", seconds_since(began, node)}};
  if (request.backups) {
    answer["through_ms"] = restored.through.raw / 1000;
    answer["missing"] = restored.missing;
    answer["left_out"] = restored.left_out;
  }
  co_return dump(answer);
}

Task<Result<std::string>> list_backups(Node& node) {
  CO_TRY(const BackupReport report, co_await node.snapshots().backups());
  co_return dump(backups_json(report));
}

Task<Result<std::string>> switch_backups(std::string body, Node& node) {
  CO_TRY(const Json json, parse_body(body));
  CO_TRY(const auto on, flag_of(json, "on"));
  if (!on || json.size() != 1) co_return fail(Errc::invalid, "the body must be {\"on\": true} or {\"on\": false}");
  CO_TRY_STATUS(co_await node.backups().switch_to(*on));
  co_return co_await list_backups(node);
}

Task<Result<std::string>> clear_backups(std::string body, Node& node) {
  CO_TRY(const Json json, parse_body(body));
  CO_TRY(const std::string before, string_of(json, "before"));
  CO_TRY(const uint64_t cleared, co_await node.snapshots().clear_backups(before));
  co_return dump(Json{{"cleared_runs", cleared}});
}

}  // namespace ringlet::http
