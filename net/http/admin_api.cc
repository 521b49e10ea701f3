#include "net/http/admin_api.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "net/http/compaction_report.h"
#include "net/http/snapshot_requests.h"
#include "net/http/web_page.h"

namespace ringlet::http {
namespace {

using Json = nlohmann::ordered_json;

// Names and paths may hold any bytes: what is no UTF-8 is shown as a replacement character.
std::string dump(const Json& json) { return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"; }

Response refuse(int status, std::string error) {
  return {.status = status, .body = dump(Json{{"error", std::move(error)}})};
}

Response refuse(const Error& error) {
  const bool callers_fault = error.code == Errc::invalid || error.code == Errc::syntax;
  const bool later = error.code == Errc::overloaded || error.code == Errc::cancelled || error.code == Errc::no_space;
  const bool in_the_way = error.code == Errc::exists || error.code == Errc::busy;
  return refuse(callers_fault                   ? 400
                : error.code == Errc::not_found ? 404
                : in_the_way                    ? 409
                : later                         ? 503
                                                : 500,
                error.detail);
}

Response not_allowed(std::string allowed) {
  Response response = refuse(405, "only " + allowed + " is allowed here");
  response.headers.emplace_back("Allow", std::move(allowed));
  return response;
}

// What would change something must come from this page, or from no page at all.
bool from_another_page(const Request& request) {
  const auto origin = request.header("origin");
  const auto host = request.header("host");
  if (!origin) return request.header("sec-fetch-site").value_or("none") == "cross-site";
  return !host || *origin != "http://" + std::string(*host);
}

std::string string_member(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

Json counts_json(const TableCounts& c) {
  return {{"memtable_bytes", c.memtable_bytes},
          {"memtable_partitions", c.memtable_partitions},
          {"sstables", c.sstables},
          {"damaged_sstables", c.damaged_sstables},
          {"sstable_bytes", c.sstable_bytes},
          {"rows_stored", c.rows},
          {"tombstones", c.tombstones},
          {"flushes", c.flushes},
          {"compactions", c.compactions},
          {"bytes_flushed", c.bytes_flushed},
          {"bytes_compacted_in", c.bytes_compacted_in},
          {"bytes_compacted", c.bytes_compacted},
          {"write_amplification", c.write_amplification()}};
}

Json engine_json(const EngineCounts& c) {
  return {{"writes", c.writes},
          {"reads", c.reads},
          {"flushes", c.flushes},
          {"flush_bytes", c.flush_bytes},
          {"pending_flushes", c.pending_flushes},
          {"compactions", c.compactions},
          {"compaction_read_bytes", c.compaction_read_bytes},
          {"compaction_written_bytes", c.compaction_written_bytes},
          {"merged_for_reads_bytes", c.merged_for_reads_bytes},
          {"pending_compactions", c.pending_compactions},
          {"damaged_sstables", c.damaged_sstables}};
}

Json cache_json(const BlockCache::Counts& c) {
  return {{"hits", c.hits},
          {"misses", c.misses},
          {"blocks", c.blocks},
          {"bytes", c.bytes},
          {"capacity_bytes", c.capacity_bytes}};
}

Json memory_json(const NodeReport& report, const Node& node) {
  const MemoryPlan& plan = node.memory_plan();
  Json json = {{"limit_bytes", node.info().memory_bytes}};
  if (report.host.process_rss_bytes) json["resident_bytes"] = *report.host.process_rss_bytes;
  json["memtable_bytes"] = report.memtable_bytes();
  json["cache_bytes"] = report.engine().cache.bytes;
  json["plan"] = {{"memtable_bytes_per_shard", plan.memtable_bytes},
                  {"cache_bytes_per_shard", plan.cache_bytes},
                  {"request_bytes_per_shard", plan.request_bytes},
                  {"background_bytes", plan.background_bytes},
                  {"fixed_bytes", plan.fixed_bytes},
                  {"log_bytes_on_disk", plan.log_bytes}};
  return json;
}

Json log_json(const CommitLog::Counts& log, const LogReplayReport& replay) {
  return {{"segments", log.segments},
          {"live_bytes", log.live_bytes},
          {"bytes_written", log.bytes_written},
          {"records", log.records},
          {"syncs", log.syncs},
          {"replay",
           {{"segments", replay.segments},
            {"records", replay.records},
            {"bytes", replay.bytes},
            {"torn_tail", replay.torn_tail},
            {"torn", replay.torn},
            {"holes", replay.holes}}}};
}

Json written_json(const WrittenBytes& written) {
  Json json;
  for (size_t i = 0; i < kWriteCauses; ++i) json[kWriteCauseNames[i]] = written.by[i];
  json["total"] = written.total();
  return json;
}

Json flash_json(const NodeReport& report, const FlashMeter& flash) {
  const EngineCounts engine = report.engine();
  Json json = {{"user_bytes", engine.user_bytes},
               {"written_bytes", written_json(report.written)},
               {"last_day", written_json(report.last_day)},
               {"write_budget", flash.budget()},
               {"over_budget", report.over_budget(flash.budget())},
               {"compactions_held", engine.compactions_held},
               {"compactions_pressed", engine.compactions_pressed}};
  for (size_t i = 0; i < kWriteCauses; ++i)
    json["per_user_byte"][kWriteCauseNames[i]] = report.per_user_byte(report.written.by[i]);
  json["per_user_byte"]["total"] = report.per_user_byte(report.written.total());
  return json;
}

Json backup_state_json(const BackupState& state) {
  Json json = {{"on", state.on}, {"linking", state.linking}, {"run", state.run.number}, {"why", state.why}};
  json["since_ms"] = state.since.raw / 1000;
  return json;
}

Json rebuild_json(const RebuildReport& rebuild) {
  if (rebuild.why.empty()) return nullptr;
  return {{"why", rebuild.why}, {"tables", rebuild.tables}, {"files", rebuild.files}, {"left_out", rebuild.left_out}};
}

Json strays_json(const StrayReport& strays) {
  return {{"unlinked", strays.unlinked.size()}, {"quarantined", strays.quarantined}};
}

Response page(std::string_view content_type, std::string_view body) {
  return {.status = 200,
          .content_type = std::string(content_type),
          .body = std::string(body),
          .headers = {{"Content-Security-Policy",
                       "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; "
                       "form-action 'none'; frame-ancestors 'none'"},
                      {"Referrer-Policy", "no-referrer"}}};
}

}  // namespace

bool is_local_host(std::string_view host) {
  if (host.starts_with('[')) return host.find(']') != std::string_view::npos;
  host = host.substr(0, host.find(':'));
  const auto is_address_char = [](char c) { return (c >= '0' && c <= '9') || c == '.'; };
  return host == "localhost" || (!host.empty() && std::ranges::all_of(host, is_address_char));
}

Task<Response> AdminApi::handle(const Request& request) {
  if (!is_local_host(request.header("host").value_or("localhost")))
    co_return refuse(403, "ask for this node by its address or as localhost, not by another name");
  if (request.path == "/api/v1/compaction") co_return co_await compaction(request);
  if (request.path == "/api/v1/snapshots" || request.path == "/api/v1/restore") co_return co_await snapshots(request);
  if (request.path == "/api/v1/backups") co_return co_await backups(request);
  const std::optional<Work> work = work_at(request.path);
  if (!work) co_return co_await show(request);
  if (request.method != "POST") co_return not_allowed("POST");
  if (from_another_page(request)) co_return refuse(403, "another page may not do that");
  co_return co_await carry_out(request, *work);
}

namespace {

Json file_work_json(const FileWorkReport& report) {
  return {{"files", report.files},
          {"rewritten", report.rewritten},
          {"bytes_in", report.bytes_in},
          {"bytes_out", report.bytes_out},
          {"damage", report.damage}};
}

constexpr const char* kWorks[] = {"flush", "compact", "cleanup", "scrub", "upgrade", "upgrade", "verify"};

bool asks_for(const std::string& body, const char* what) {
  const Json json = Json::parse(body, nullptr, false);
  return json.is_object() && json.value(what, Json()) == Json(true);
}

}  // namespace

std::optional<AdminApi::Work> AdminApi::work_at(const std::string& path) {
  for (size_t i = 0; i < std::size(kWorks); ++i)
    if (path == std::string("/api/v1/") + kWorks[i]) return static_cast<Work>(i);
  return std::nullopt;
}

Task<Response> AdminApi::compaction(const Request& request) {
  if (request.method == "POST") {
    if (from_another_page(request)) co_return refuse(403, "another page may not do that");
    if (asks_for(request.body, "cancel")) co_return co_await cancel();
    const Status set = set_compaction_bounds(request.body, node_);
    if (!set) co_return refuse(set.error());
  } else if (request.method != "GET" && request.method != "HEAD") {
    co_return not_allowed("GET, HEAD, POST");
  }
  const auto found = co_await report();
  if (!found) co_return refuse(found.error());
  co_return Response{.body = compaction_text(*found, node_)};
}

Task<Response> AdminApi::snapshots(const Request& request) {
  const bool restore = request.path == "/api/v1/restore";
  const bool asks = request.method == "GET" || request.method == "HEAD";
  if (!asks && request.method != "POST" && (restore || request.method != "DELETE"))
    co_return not_allowed(restore ? "GET, HEAD, POST" : "GET, HEAD, POST, DELETE");
  if (!asks && from_another_page(request)) co_return refuse(403, "another page may not do that");
  Result<std::string> answer{};
  if (restore && asks)
    answer = running_text(node_);
  else if (restore)
    answer = co_await restore_snapshot(request.body, node_);
  else if (asks)
    answer = co_await list_snapshots(node_);
  else if (request.method == "POST")
    answer = co_await take_snapshot(request.body, node_);
  else
    answer = co_await delete_snapshot(request.body, node_);
  if (!answer) co_return refuse(answer.error());
  co_return Response{.body = *std::move(answer)};
}

Task<Response> AdminApi::backups(const Request& request) {
  const bool asks = request.method == "GET" || request.method == "HEAD";
  if (!asks && request.method != "POST" && request.method != "DELETE") co_return not_allowed("GET, HEAD, POST, DELETE");
  if (!asks && from_another_page(request)) co_return refuse(403, "another page may not do that");
  Result<std::string> answer{};
  if (asks)
    answer = co_await list_backups(node_);
  else if (request.method == "POST")
    answer = co_await switch_backups(request.body, node_);
  else
    answer = co_await clear_backups(request.body, node_);
  if (!answer) co_return refuse(answer.error());
  co_return Response{.body = *std::move(answer)};
}

Task<Response> AdminApi::show(const Request& request) {
  const bool is_number =
      request.path == "/api/v1/status" || request.path == "/api/v1/tables" || request.path == "/metrics";
  const std::optional<WebFile> file = web_file(request.path);
  if (!is_number && !file) co_return refuse(404, "there is nothing at this path");
  if (request.method != "GET" && request.method != "HEAD") co_return not_allowed("GET, HEAD");
  if (file) co_return page(file->content_type, file->bytes);
  const auto found = co_await report();
  if (!found) co_return refuse(found.error());
  if (request.path == "/api/v1/tables") co_return Response{.body = tables_json(*found)};
  if (request.path == "/api/v1/status") co_return Response{.body = status_json(*found)};
  co_return Response{.content_type = "text/plain; version=0.0.4; charset=utf-8", .body = metrics_text(*found, node_)};
}

Task<Result<NodeReport>> AdminApi::report() {
  const CqlCounts cql = co_await cql_();
  co_return co_await gather_report(node_, probe_, cql, started_);
}

std::string AdminApi::status_json(const NodeReport& report) const {
  const NodeInfo& info = node_.info();
  Json json = {{"node",
                {{"name", info.name},
                 {"cluster", info.cluster_name},
                 {"host_id", to_string(info.host_id)},
                 {"data_center", info.data_center},
                 {"rack", info.rack},
                 {"address", info.address},
                 {"cql_port", info.cql_port},
                 {"http_port", info.http_port}}},
               {"version", info.version},
               {"release_version", kReleaseVersion},
               {"started_ms", info.started.raw / 1000},
               {"uptime_seconds", report.uptime.nanos / 1000000000},
               {"shards", info.shards},
               {"tables", report.tables.size()}};
  json["clients"] = {{"connections", report.cql.connections}, {"requests", report.cql.requests}};
  json["memory"] = memory_json(report, node_);
  json["log"] = log_json(report.log, node_.replay_report());
  json["engine"] = engine_json(report.engine());
  json["flash"] = flash_json(report, node_.flash());
  json["cache"] = cache_json(report.engine().cache);
  if (report.disk)
    json["disk"] = {{"total_bytes", report.disk->total_bytes}, {"free_bytes", report.disk->free_bytes}};
  else
    json["disk"] = {{"error", report.disk.error().detail}};
  json["disk"]["full"] = report.disk_full;
  json["disk"]["failed_syncs"] = node_.env().disk.failed_syncs();
  json["backups"] = backup_state_json(report.backups);
  json["strays"] = strays_json(node_.strays());
  json["rebuild"] = rebuild_json(node_.rebuild_report());
  json["work"] = nullptr;
  if (const auto oldest = std::ranges::find_if(working_, [](const Progress& p) { return p.work != Work::flush; });
      oldest != working_.end())
    json["work"] = {{"what", oldest->what()}, {"tables_done", oldest->done}, {"tables", oldest->tables.size()}};
  return dump(json);
}

std::string AdminApi::tables_json(const NodeReport& report) const {
  Json tables = Json::array();
  for (const TableReport& t : report.tables) {
    Json json = {{"keyspace", t.table->keyspace}, {"table", t.table->name}, {"id", to_string(t.table->id)}};
    json.update(counts_json(t.counts));
    tables.push_back(std::move(json));
  }
  return dump(Json{{"tables", std::move(tables)}});
}

Result<std::vector<TableRef>> AdminApi::tables_of(const std::string& body) const {
  const Json json = body.empty() ? Json::object() : Json::parse(body, nullptr, false);
  if (!json.is_object())
    return fail(Errc::invalid, "the body must be a JSON object: {\"keyspace\": ..., \"table\": ...}");
  const std::string keyspace = string_member(json, "keyspace"), table = string_member(json, "table");
  if (keyspace.empty() && !table.empty()) return fail(Errc::invalid, "a table needs its keyspace beside it");
  std::vector<TableRef> tables;
  const SchemaRef schema = node_.catalog().schema();
  for (const auto& [name, candidate] : schema->keyspaces)
    for (const auto& [table_name, ref] : candidate->tables)
      if ((keyspace.empty() || name == keyspace) && (table.empty() || table_name == table)) tables.push_back(ref);
  if (tables.empty() && !table.empty()) return fail(Errc::not_found, "there is no table " + keyspace + "." + table);
  if (tables.empty() && !keyspace.empty() && !schema->keyspace(keyspace))
    return fail(Errc::not_found, "there is no keyspace " + keyspace);
  return tables;
}

std::string AdminApi::Progress::what() const {
  const std::string verb = kWorks[static_cast<size_t>(work)];
  if (tables.empty()) return verb;
  const TableRef& at = tables[std::min(done, tables.size() - 1)];
  return verb + " of " + at->keyspace + "." + at->name;
}

// A flush is in nobody's way. Where two would do their work on one table, the second one would only do it again.
std::string AdminApi::in_the_way_of(const std::vector<TableRef>& tables) const {
  if (working_.size() >= kAdminWorksMax) return std::to_string(working_.size()) + " commands are";
  for (const Progress& other : working_)
    for (const TableRef& theirs : other.tables)
      if (other.work != Work::flush &&
          std::ranges::any_of(tables, [&theirs](const TableRef& ours) { return ours->id == theirs->id; }))
        return other.what() + " is";
  return {};
}

Task<Response> AdminApi::carry_out(const Request& request, Work work) {
  auto tables = tables_of(request.body);
  if (!tables) co_return refuse(tables.error());
  if (const std::string other = in_the_way_of(work == Work::flush ? std::vector<TableRef>{} : *tables); !other.empty())
    co_return refuse(409, other + " at work; try again when it is done, or end it by `ringlet compact --cancel`");
  if (work == Work::upgrade && asks_for(request.body, "all")) work = Work::upgrade_all;
  const auto mine = working_.insert(working_.end(), Progress{work, *std::move(tables)});
  Response response = co_await work_on(*mine);
  working_.erase(mine);
  co_return response;
}

Task<Response> AdminApi::work_on(Progress& progress) {
  const Instant began = node_.env().clock.now();
  Json done = Json::array();
  for (const TableRef& table : progress.tables) {
    const std::string told =
        "; " + std::to_string(progress.done) + " of " + std::to_string(progress.tables.size()) + " tables were done";
    if (stopping_) co_return refuse(503, "the node is stopping" + told);
    FileWorkReport report;
    const Status status = progress.cancelled ? Status{} : co_await work_on_table(table, progress.work, report);
    if (progress.cancelled) co_return refuse(503, progress.what() + " was cancelled" + told);
    if (!status && node_.catalog().schema()->table(table->id))  // one that was dropped meanwhile is no failure
      co_return refuse(
          Error{status.error().code, table->keyspace + "." + table->name + ": " + status.error().detail, {}});
    ++progress.done;
    Json line = {{"keyspace", table->keyspace}, {"table", table->name}};
    if (progress.work != Work::flush && progress.work != Work::compact) line.update(file_work_json(report));
    done.push_back(std::move(line));
  }
  const double took = static_cast<double>((node_.env().clock.now() - began).nanos) / 1e9;
  co_return Response{.body = dump(Json{{"done", std::move(done)}, {"seconds", took}})};
}

Task<Response> AdminApi::cancel() {
  Json cancelled = Json::array();
  std::vector<TableId> tables;
  for (Progress& progress : working_) {
    if (progress.work == Work::flush || progress.tables.empty()) continue;
    progress.cancelled = true;
    cancelled.push_back(progress.what());
    tables.push_back(progress.tables[std::min(progress.done, progress.tables.size() - 1)]->id);
  }
  auto end = [&tables](Shard& shard) -> Task<Status> {
    for (const TableId& table : tables) shard.engine.cancel_work(table);
    co_return Status{};
  };
  const Status ended = co_await node_.shards().run_on_all(end);
  if (!ended) co_return refuse(ended.error());
  co_return Response{.body = dump(Json{{"cancelled", std::move(cancelled)}})};
}

// A ring of one owns every token: cleanup finds nothing to leave out.
Task<Status> AdminApi::work_on_table(TableRef table, Work work, FileWorkReport& report) {
  if (work == Work::flush || work == Work::compact) {
    auto run = [&table, work](Shard& shard) {
      return work == Work::flush ? shard.engine.flush(table->id) : shard.engine.compact(table->id);
    };
    co_return co_await node_.shards().run_on_all(run);
  }
  const FileWork what = work == Work::cleanup       ? FileWork::cleanup
                        : work == Work::scrub       ? FileWork::scrub
                        : work == Work::upgrade     ? FileWork::upgrade
                        : work == Work::upgrade_all ? FileWork::upgrade_all
                                                    : FileWork::verify;
  auto run = [&](Shard& shard) -> Task<Status> {
    CO_TRY(FileWorkReport more, co_await shard.engine.work_on_files(table->id, what, std::nullopt));
    report.add(std::move(more));
    co_return Status{};
  };
  co_return co_await node_.shards().run_on_all(run);
}

}  // namespace ringlet::http
