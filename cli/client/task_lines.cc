#include "cli/client/task_lines.h"

#include <nlohmann/json.hpp>

#include "cli/client/numbers.h"

namespace ringlet::cli {
namespace {

using Json = nlohmann::json;

std::string task_line(const Json& task) {
  const auto bytes = [&task](const char* name) { return byte_size(task.value(name, uint64_t{0})); };
  std::string line =
      task.value("kind", "") + " of " + task.value("keyspace", "") + "." + task.value("table", "") + ": ";
  line += std::to_string(static_cast<int>(task.value("percent", 0.0))) + " % of " + bytes("bytes_total") + ", " +
          bytes("bytes_written") + " written";
  if (task.contains("seconds_left") && task["seconds_left"].is_number())
    line += ", " + time_span(task["seconds_left"].get<double>()) + " left";
  return line;
}

}  // namespace

std::optional<CompactionView> read_compaction(const std::string& text) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object() || !json.contains("tasks") || !json["tasks"].is_array()) return std::nullopt;
  CompactionView view;
  const auto rate = json.find("bytes_per_second");
  if (rate != json.end() && rate->is_number_unsigned()) view.bytes_per_second = rate->get<uint64_t>();
  try {
    for (const Json& task : json["tasks"]) view.tasks.push_back(task_line(task));
  } catch (const Json::exception&) {
    return std::nullopt;
  }
  return view;
}

}  // namespace ringlet::cli
