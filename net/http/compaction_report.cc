#include "net/http/compaction_report.h"

#include <nlohmann/json.hpp>

namespace ringlet::http {
namespace {

using Json = nlohmann::ordered_json;

Json task_json(const StorageTask& task, const Schema& schema, Instant now) {
  const TableRef table = schema.table(task.table);
  const double seconds = static_cast<double>((now - task.began).nanos) / 1e9, done = task.done();
  Json json = {{"id", to_string(task.id)},
               {"keyspace", table ? table->keyspace : ""},
               {"table", table ? table->name : to_string(task.table)},
               {"kind", task.kind},
               {"sstables", task.sstables},
               {"bytes_total", task.bytes_total},
               {"bytes_done", task.bytes_done},
               {"bytes_written", task.bytes_written},
               {"percent", done * 100},
               {"seconds", seconds}};
  json["seconds_left"] = nullptr;  // nobody knows yet
  if (done > 0) json["seconds_left"] = seconds * (1 - done) / done;
  return json;
}

}  // namespace

std::string compaction_text(const NodeReport& report, Node& node) {
  Json tasks = Json::array();
  const SchemaRef schema = node.catalog().schema();
  for (const ShardReport& shard : report.shards)
    for (const StorageTask& task : shard.tasks) tasks.push_back(task_json(task, *schema, node.env().clock.now()));
  const Json json = {{"bytes_per_second", node.compaction_budget().bytes_per_second()},
                     {"flash_write_budget", node.flash().budget()},
                     {"tasks", std::move(tasks)}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Status set_compaction_bounds(const std::string& body, Node& node) {
  const Json json = Json::parse(body, nullptr, false);
  const auto bound = [&json](const char* name) {
    const Json* found = json.is_object() && json.contains(name) ? &json[name] : nullptr;
    return found != nullptr && found->is_number_unsigned() ? std::optional(found->get<uint64_t>()) : std::nullopt;
  };
  const auto rate = bound("bytes_per_second"), budget = bound("flash_write_budget");
  if (!json.is_object() || json.empty() || json.size() != size_t{rate.has_value()} + size_t{budget.has_value()})
    return fail(Errc::invalid,
                "the body must be {\"bytes_per_second\": N, \"flash_write_budget\": N} or one of them; 0 is no bound");
  if (rate) node.compaction_budget().set(*rate);
  if (budget) node.flash().set_budget(*budget);
  return {};
}

}  // namespace ringlet::http
