// ringlet backup: incremental backups: are they made, what is there, switch them, flush into them, clear them.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/answer.h"
#include "cli/client/numbers.h"
#include "cli/client/text_table.h"
#include "cli/command.h"
#include "cli/snapshot_watch.h"

namespace ringlet::cli {
namespace {

struct BackupWork {
  AdminOptions admin;
  std::string action, before;
};

std::string gap_of(const Json& run) {
  if (run.at("kind") == "restore") return "what a restore brought";
  const Json& gap = run.at("gap_before");
  if (gap.is_null()) return "";
  const auto since_ms = gap.at("since_ms").get<int64_t>();
  return "GAP before it" + (since_ms > 0 ? ", from " + utc_time(since_ms) : std::string()) + ": " +
         printable(gap.at("why").get<std::string>());
}

void print_report(const Json& json) {
  const bool on = json.at("on").get<bool>(), linking = json.at("linking").get<bool>();
  const std::string since = utc_time(json.at("since_ms").get<int64_t>());
  const std::string why = printable(json.at("why").get<std::string>());
  if (linking)
    std::printf("incremental backups are on: no file is missing since %s\n", since.c_str());
  else if (on)
    std::printf("incremental backups are ON, BUT NOT MADE: %s\n", why.c_str());
  else
    std::printf("incremental backups are off\n");
  std::vector<std::vector<std::string>> rows;
  for (const Json& run : json.at("runs")) {
    const std::string number = grouped(run.at("run").get<uint64_t>());
    if (run.contains("damage"))
      rows.push_back({number, "", "", "", "DAMAGED: " + printable(run["damage"].get<std::string>())});
    else
      rows.push_back({number, utc_time(run.at("began_ms").get<int64_t>()), grouped(run.at("files").get<uint64_t>()),
                      byte_size(run.at("bytes").get<uint64_t>()), gap_of(run)});
  }
  if (!rows.empty()) std::fputs(text_table({"run", "began at", "files", "bytes", ""}, rows).c_str(), stdout);
  std::printf("%s files, %s; of them %s are read by no table any more, and take %s of the disk\n",
              grouped(json.at("files").get<uint64_t>()).c_str(), byte_size(json.at("bytes").get<uint64_t>()).c_str(),
              grouped(json.at("held_files").get<uint64_t>()).c_str(),
              byte_size(json.at("held_bytes").get<uint64_t>()).c_str());
}

Result<std::string> ask(const BackupWork& work) {
  const auto& to = work.admin.address;
  if (work.action == "on" || work.action == "off")
    return ask_admin(to, "POST", "/api/v1/backups", Json{{"on", work.action == "on"}}.dump());
  if (work.action == "clear") {
    const Json body = work.before.empty() ? Json::object() : Json{{"before", work.before}};
    return ask_admin(to, "DELETE", "/api/v1/backups", body.dump());
  }
  if (work.action == "flush") {
    TRY(const auto flushed, ask_admin(to, "POST", "/api/v1/flush"));
  }
  return ask_admin(to, "GET", "/api/v1/backups");
}

void print_cleared(const Json& json) {
  std::printf("cleared %s runs of backups\n", grouped(json.at("cleared_runs").get<uint64_t>()).c_str());
}

int run(const BackupWork& work) {
  return print_answer(ask(work), work.admin.json, work.action == "clear" ? print_cleared : print_report);
}

}  // namespace

void add_backup(CLI::App& app, Chosen& chosen) {
  auto* command = app.add_subcommand("backup", "incremental backups: links to every new sstable, in backups/");
  auto work = std::make_shared<BackupWork>();
  command
      ->add_option(
          "action", work->action,
          "status (what there is, and what is missing), on, off, flush (what memory holds is backed up, too) or clear")
      ->default_str("status")
      ->check(CLI::IsMember({"status", "on", "off", "flush", "clear"}));
  command->add_option("--before", work->before, "clear: only what was made before the snapshot of this name");
  add_admin_options(*command, work->admin);
  command->callback([work, &chosen] {
    if (!work->before.empty() && work->action != "clear") throw CLI::ValidationError("--before", "is for clear only");
    chosen = [work] { return run(*work); };
  });
}

}  // namespace ringlet::cli
