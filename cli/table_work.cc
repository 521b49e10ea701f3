#include "cli/table_work.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <thread>

#include "cli/admin_options.h"
#include "cli/answer.h"
#include "cli/client/numbers.h"
#include "cli/client/task_lines.h"
#include "cli/client/text_table.h"
#include "cli/serve_config.h"

namespace ringlet::cli {
namespace {

struct Name {
  std::string keyspace, table;
};

struct TableWork {
  AdminOptions admin;
  std::string target;  // "", "ks" or "ks.table"
  TableVerb verb;
  bool all = false, cancel = false;
  std::string rate, budget;
};

// What runs on the node meanwhile, asked for twice a second and shown on the terminal's last line.
class Watch {
 public:
  Watch(const AdminAddress& address, std::string head, bool show) : address_(address), head_(std::move(head)) {
    if (show) thread_ = std::thread([this] { run(); });
  }
  ~Watch() {
    ended_ = true;
    if (!thread_.joinable()) return;
    thread_.join();
    std::fputs("\r\033[K", stderr);
  }

 private:
  void run() {
    for (int tick = 0; !ended_; ++tick) {
      if (tick % 10 == 0) print();
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  }
  void print() const {
    std::string line = head_;
    const auto answer = ask_admin(address_, "GET", "/api/v1/compaction");
    if (const auto view = answer ? read_compaction(*answer) : std::nullopt; view && !view->tasks.empty())
      line += ": " + printable(view->tasks.front());
    std::fprintf(stderr, "\r\033[K%s", line.c_str());
  }

  const AdminAddress address_;
  const std::string head_;
  std::atomic<bool> ended_ = false;
  std::thread thread_;
};

// What is to be worked on, as the node has it now. A table that was named goes as it is: the node judges it.
Result<std::vector<Name>> names_of(const TableWork& work) {
  const auto [keyspace, table] = split_name(work.target);
  const Name wanted{keyspace, table};
  TRY_STATUS(whole_name(work.target));
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

int set_bounds(const TableWork& work) {
  Json body;
  std::string told;
  const auto add = [&](const std::string& text, const char* name, const char* verb, const char* every) -> Status {
    if (text.empty()) return {};
    TRY(const uint64_t bound, parse_rate(text));
    body[name] = bound;
    told += verb + (bound == 0 ? std::string("as much as it likes") : "at most " + byte_size(bound)) + every;
    return {};
  };
  Status read = add(work.rate, "bytes_per_second", "compaction reads and writes ", " a second\n");
  if (read) read = add(work.budget, "flash_write_budget", "compaction lets the node write ", " a day\n");
  if (!read) return fail_with(read.error());
  const auto answer = ask_admin(work.admin.address, "POST", "/api/v1/compaction", body.dump());
  if (!answer) return fail_with(answer.error());
  std::fputs((work.admin.json ? *answer : told).c_str(), stdout);
  return kDone;
}

int cancel(const TableWork& work) {
  const auto answer = ask_admin(work.admin.address, "POST", "/api/v1/compaction", Json{{"cancel", true}}.dump());
  return print_answer(answer, work.admin.json, [](const Json& json) {
    for (const Json& one : json.at("cancelled"))
      std::printf("cancelled %s\n", printable(one.get<std::string>()).c_str());
    if (json.at("cancelled").empty()) std::puts("nothing was at work");
  });
}

// What the node found damaged in the tables of one answer.
size_t print_damage(const Json& tables) {
  size_t count = 0;
  for (const Json& table : tables)
    for (const Json& line : table.value("damage", Json::array())) {
      ++count;
      std::fprintf(stderr, "damaged: %s\n",
                   printable(line.is_string() ? line.get<std::string>() : line.dump()).c_str());
    }
  return count;
}

int run(const TableWork& work) {
  if (work.cancel) return cancel(work);
  if (!work.rate.empty() || !work.budget.empty()) return set_bounds(work);
  const auto began = std::chrono::steady_clock::now();
  const auto names = names_of(work);
  if (!names) return fail_with(names.error());
  const bool show = isatty(STDERR_FILENO) == 1 && !work.admin.json;
  Json done = Json::array();
  size_t damaged = 0;
  for (size_t i = 0; i < names->size(); ++i) {
    Json body = {{"keyspace", (*names)[i].keyspace}, {"table", (*names)[i].table}};
    const std::string full = printable((*names)[i].keyspace + "." + (*names)[i].table);
    if (work.all) body["all"] = true;
    const auto answer = [&] {
      const Watch watch(work.admin.address,
                        "[" + std::to_string(i + 1) + "/" + std::to_string(names->size()) + "] " + full, show);
      return ask_admin(work.admin.address, "POST", std::string("/api/v1/") + work.verb.verb, body.dump());
    }();
    if (!answer) return fail_with(answer.error());
    const Json told = Json::parse(*answer, nullptr, false);
    if (!told.is_object() || !told.contains("done") || !told["done"].is_array())
      return fail_with({Errc::protocol, "the node's answer is not what this version understands", {}});
    damaged += print_damage(told["done"]);
    for (const Json& table : told["done"]) done.push_back(table);
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  if (work.admin.json)
    std::printf("%s\n", Json{{"done", done}, {"seconds", seconds}}.dump().c_str());
  else
    std::printf("%s %zu tables in %s\n", work.verb.done, done.size(), time_span(seconds).c_str());
  if (damaged == 0 || !work.verb.fails_on_damage) return kDone;
  return fail_with({Errc::corrupt,
                    std::to_string(damaged) + " files are damaged: `ringlet scrub` saves what can be read of them",
                    {}});
}

}  // namespace

void add_table_work(CLI::App& app, Chosen& chosen, TableVerb verb) {
  auto* command = app.add_subcommand(verb.verb, verb.description);
  auto work = std::make_shared<TableWork>();
  work->verb = verb;
  auto* target = command->add_option("table", work->target, "KEYSPACE.TABLE or KEYSPACE; everything when left out");
  if (verb.takes_all) command->add_flag("--all", work->all, "files of this version, too");
  if (verb.takes_rate) {
    auto* rate = command->add_option(
        "--rate", work->rate, "only change how many bytes a second compactions read and write (64M; 0: no bound)");
    auto* budget = command->add_option(
        "--flash-write-budget", work->budget,
        "only change how many bytes a day the node may write before compaction waits (2G; 0: no bound)");
    auto* cancel =
        command->add_flag("--cancel", work->cancel,
                          "only end what runs of compact, cleanup, scrub, verify and upgrade; what is done stays done");
    for (auto* option : {rate, budget, cancel}) option->excludes(target);
    cancel->excludes(rate)->excludes(budget);
  }
  add_admin_options(*command, work->admin);
  command->callback([work, &chosen] { chosen = [work] { return run(*work); }; });
}

}  // namespace ringlet::cli
