#include "cli/table_work.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/admin_options.h"
#include "cli/client/numbers.h"
#include "cli/client/text_table.h"

namespace ringlet::cli {
namespace {

using Json = nlohmann::json;
struct Name {
  std::string keyspace, table;
};

struct TableWork {
  AdminOptions admin;
  std::string target;  // "", "ks" or "ks.table"
  std::string verb, done;
};

Name split(const std::string& target) {
  const size_t dot = target.find('.');
  return dot == std::string::npos ? Name{target, {}} : Name{target.substr(0, dot), target.substr(dot + 1)};
}

// What is to be worked on, as the node has it now. A table that was named goes as it is: the node judges it.
Result<std::vector<Name>> names_of(const TableWork& work) {
  const Name wanted = split(work.target);
  if (!wanted.table.empty()) return std::vector<Name>{wanted};
  TRY(const std::string answer, ask_admin(work.admin.address, "GET", "/api/v1/tables"));
  const Json json = Json::parse(answer, nullptr, false);
  std::vector<Name> names;
  if (json.is_object() && json.contains("tables"))
    for (const Json& t : json["tables"]) {
      const Name name{t.value("keyspace", ""), t.value("table", "")};
      if (wanted.keyspace.empty() || wanted.keyspace == name.keyspace) names.push_back(name);
    }
  if (names.empty() && !wanted.keyspace.empty())
    return fail(Errc::not_found, "there is no keyspace " + wanted.keyspace + ", or no table in it");
  return names;
}

int run(const TableWork& work) {
  const auto began = std::chrono::steady_clock::now();
  const auto names = names_of(work);
  if (!names) return fail_with(names.error());
  const bool show = isatty(STDERR_FILENO) == 1 && !work.admin.json;
  Json done = Json::array();
  for (size_t i = 0; i < names->size(); ++i) {
    const Json body = {{"keyspace", (*names)[i].keyspace}, {"table", (*names)[i].table}};
    const std::string full = printable((*names)[i].keyspace + "." + (*names)[i].table);
    if (show) std::fprintf(stderr, "\r\033[K[%zu/%zu] %s", i + 1, names->size(), full.c_str());
    const auto answer = ask_admin(work.admin.address, "POST", "/api/v1/" + work.verb, body.dump());
    if (show) std::fputs("\r\033[K", stderr);
    if (!answer) return fail_with(answer.error());
    done.push_back(body);
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  if (work.admin.json)
    std::printf("%s\n", Json{{"done", done}, {"seconds", seconds}}.dump().c_str());
  else
    std::printf("%s %zu tables in %s\n", work.done.c_str(), done.size(), time_span(seconds).c_str());
  return kDone;
}

}  // namespace

void add_table_work(CLI::App& app, Chosen& chosen, const char* verb, const char* done, const char* description) {
  auto* command = app.add_subcommand(verb, description);
  auto work = std::make_shared<TableWork>();
  work->verb = verb;
  work->done = done;
  command->add_option("table", work->target, "KEYSPACE.TABLE or KEYSPACE; everything when left out");
  add_admin_options(*command, work->admin);
  command->callback([work, &chosen] { chosen = [work] { return run(*work); }; });
}

}  // namespace ringlet::cli
