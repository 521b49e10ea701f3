#include "cli/answer.h"

#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/client/text_table.h"
#include "cli/command.h"

namespace ringlet::cli {

int print_answer(const Result<std::string>& answer, bool as_json, const std::function<void(const Json&)>& print) {
  if (!answer) return fail_with(answer.error());
  if (as_json) {
    std::fputs(answer->c_str(), stdout);
    return kDone;
  }
  try {
    print(Json::parse(*answer));
  } catch (const Json::exception&) {
    return fail_with({Errc::protocol, "the node's answer is not what this version understands; use --json", {}});
  }
  return kDone;
}

std::pair<std::string, std::string> split_name(const std::string& full) {
  const size_t dot = full.find('.');
  if (dot == std::string::npos) return {full, {}};
  return {full.substr(0, dot), full.substr(dot + 1)};
}

Status whole_name(const std::string& full) {
  if (!full.starts_with('.') && !full.ends_with('.')) return {};
  return fail(Errc::invalid, "'" + printable(full) + "' is no name: write KEYSPACE.TABLE or KEYSPACE");
}

}  // namespace ringlet::cli
