#include "cli/client/import_mark.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

namespace ringlet::cli {
namespace {

constexpr int kVersion = 1;
using Json = nlohmann::ordered_json;

}  // namespace

std::string mark_path(const std::string& csv_path) { return csv_path + ".ringlet-import"; }

std::optional<ImportMark> read_mark(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  if (!in || !(text << in.rdbuf())) return std::nullopt;
  const Json json = Json::parse(text.str(), nullptr, false);
  if (!json.is_object() || json.value("version", 0) != kVersion) return std::nullopt;
  try {
    ImportMark mark;
    mark.table = json.at("table").get<std::string>();
    mark.table_id = json.at("table_id").get<std::string>();
    mark.file_bytes = json.at("file_bytes").get<uint64_t>();
    mark.file_changed_ns = json.at("file_changed_ns").get<int64_t>();
    mark.first_timestamp = json.at("first_timestamp").get<int64_t>();
    mark.rows = json.at("rows").get<uint64_t>();
    mark.refused = json.at("refused").get<uint64_t>();
    mark.offset = json.at("offset").get<uint64_t>();
    mark.line = json.at("line").get<uint64_t>();
    return mark;
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

Status write_mark(const std::string& path, const ImportMark& mark) {
  const Json json = {{"version", kVersion},
                     {"table", mark.table},
                     {"table_id", mark.table_id},
                     {"file_bytes", mark.file_bytes},
                     {"file_changed_ns", mark.file_changed_ns},
                     {"first_timestamp", mark.first_timestamp},
                     {"rows", mark.rows},
                     {"refused", mark.refused},
                     {"offset", mark.offset},
                     {"line", mark.line}};
  const std::string unfinished = path + ".new";
  std::ofstream out(unfinished, std::ios::binary | std::ios::trunc);
  out << json.dump(2) << '\n';
  out.close();
  if (!out || std::rename(unfinished.c_str(), path.c_str()) != 0)
    return fail(Errc::io, "cannot keep the import's progress in " + path + ": " + std::strerror(errno));
  return {};
}

void remove_mark(const std::string& path) { ::unlink(path.c_str()); }

}  // namespace ringlet::cli
