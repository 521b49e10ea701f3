// ringlet snapshot: take one while the node serves, list them, delete one.
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

struct SnapshotWork {
  AdminOptions admin;
  std::string target, name;
  std::optional<std::string> doomed;
  bool list = false;
  std::optional<uint32_t> auto_hours;
};

std::vector<std::string> row_of(const Json& line) {
  const std::string name = printable(line.at("name").get<std::string>());
  if (line.contains("damage")) return {name, "damaged", "", "", ""};
  return {name, utc_time(line.at("taken_ms").get<int64_t>()), grouped(line.at("tables").size()),
          grouped(line.at("files").get<uint64_t>()), byte_size(line.at("bytes").get<uint64_t>())};
}

std::string backups_line(const Json& backups) {
  const bool on = backups.at("on").get<bool>(), linking = backups.at("linking").get<bool>();
  const auto since_ms = backups.at("since_ms").get<int64_t>();
  std::string text = linking ? "whole" : on ? "ON, BUT NOT MADE" : "off";
  if (on && since_ms > 0) text += " since " + utc_time(since_ms);
  if (on && !linking) text += " (" + printable(backups.at("why").get<std::string>()) + ")";
  return "incremental backups: " + text + "; " + grouped(backups.at("files").get<uint64_t>()) + " files, " +
         byte_size(backups.at("bytes").get<uint64_t>());
}

void print_list(const Json& json) {
  std::vector<std::vector<std::string>> rows;
  for (const Json& line : json.at("snapshots")) rows.push_back(row_of(line));
  std::fputs(text_table({"snapshot", "taken at", "tables", "files", "bytes"}, rows).c_str(), stdout);
  std::printf("%s\n", backups_line(json.at("backups")).c_str());
  for (const Json& line : json.at("snapshots"))
    if (line.contains("damage"))
      std::fprintf(stderr, "damaged: %s\n", printable(line["damage"].get<std::string>()).c_str());
}

void print_taken(const Json& json) {
  const Json& taken = json.at("snapshot");
  std::printf("snapshot %s: %s tables, %s files, %s\n", printable(taken.at("name").get<std::string>()).c_str(),
              grouped(taken.at("tables").size()).c_str(), grouped(taken.at("files").get<uint64_t>()).c_str(),
              byte_size(taken.at("bytes").get<uint64_t>()).c_str());
}

int list(const SnapshotWork& work) {
  return print_answer(ask_admin(work.admin.address, "GET", "/api/v1/snapshots"), work.admin.json, print_list);
}

int remove(const SnapshotWork& work) {
  const Json body = {{"name", *work.doomed}};
  const auto answer = ask_admin(work.admin.address, "DELETE", "/api/v1/snapshots", body.dump());
  return print_answer(answer, work.admin.json,
                      [&](const Json&) { std::printf("deleted the snapshot %s\n", printable(*work.doomed).c_str()); });
}

int take(const SnapshotWork& work) {
  if (const Status whole = whole_name(work.target); !whole) return fail_with(whole.error());
  const auto [keyspace, table] = split_name(work.target);
  Json body = {{"name", work.name}, {"keyspace", keyspace}};
  if (!table.empty()) body["table"] = table;
  return print_answer(ask_watched(work.admin, "/api/v1/snapshots", body.dump()), work.admin.json, print_taken);
}

int set_hours(const SnapshotWork& work) {
  const Json body = {{"auto_hours", *work.auto_hours}};
  const auto answer = ask_admin(work.admin.address, "POST", "/api/v1/snapshots", body.dump());
  return print_answer(answer, work.admin.json, [&](const Json&) {
    std::printf("what DROP and TRUNCATE take away is kept for %s hours\n", grouped(*work.auto_hours).c_str());
  });
}

int run(const SnapshotWork& work) {
  if (work.auto_hours) return set_hours(work);
  if (work.list) return list(work);
  return work.doomed ? remove(work) : take(work);
}

}  // namespace

void add_snapshot(CLI::App& app, Chosen& chosen) {
  auto* command =
      app.add_subcommand("snapshot", "keep what tables hold now, under a name, by hard links in snapshots/");
  auto work = std::make_shared<SnapshotWork>();
  command->add_option("table", work->target, "KEYSPACE.TABLE or KEYSPACE; everything when left out");
  command->add_option("--name", work->name, "what it is called; the time in milliseconds when left out");
  auto* list_flag = command->add_flag("--list", work->list, "show what snapshots there are");
  command->add_option("--delete", work->doomed, "remove the snapshot of this name")->excludes(list_flag);
  command->add_option(
      "--auto-hours", work->auto_hours,
      "how long snapshots are kept that DROP and TRUNCATE take, until the node starts again; 0: none is taken");
  add_admin_options(*command, work->admin);
  command->callback([work, &chosen] { chosen = [work] { return run(*work); }; });
}

}  // namespace ringlet::cli
