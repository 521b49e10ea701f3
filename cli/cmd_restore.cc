// ringlet restore: bring back what a snapshot holds.
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

struct RestoreWork {
  AdminOptions admin;
  std::string name, target, as;
  bool backups = false, incomplete = false, undo_losses = false;
};

void print_notes(const Json& json, const char* name, const char* before) {
  if (!json.contains(name)) return;
  for (const Json& note : json.at(name)) std::printf("%s%s\n", before, printable(note.get<std::string>()).c_str());
}

Json names_json(const std::string& full) {
  const auto [keyspace, table] = split_name(full);
  Json json = {{"keyspace", keyspace}};
  if (!table.empty()) json["table"] = table;
  return json;
}

void print_restored(const Json& json) {
  for (const Json& t : json.at("restored"))
    std::printf("restored %s.%s: %s files, %s\n", printable(t.at("keyspace").get<std::string>()).c_str(),
                printable(t.at("table").get<std::string>()).c_str(), grouped(t.at("files").get<uint64_t>()).c_str(),
                byte_size(t.at("bytes").get<uint64_t>()).c_str());
  print_notes(json, "left_out", "left out: ");
  print_notes(json, "missing", "MISSING: ");
  if (json.contains("through_ms"))
    std::printf("with backups up to %s\n", utc_time(json.at("through_ms").get<int64_t>()).c_str());
  std::printf("done in %s\n", time_span(json.at("seconds").get<double>()).c_str());
}

int run(const RestoreWork& work) {
  for (const std::string& name : {work.target, work.as})
    if (const Status whole = whole_name(name); !whole) return fail_with(whole.error());
  Json body = names_json(work.target);
  body["name"] = work.name;
  if (!work.as.empty()) body["as"] = names_json(work.as);
  if (work.backups) body["backups"] = true;
  if (work.incomplete) body["incomplete"] = true;
  if (work.undo_losses) body["undo_losses"] = true;
  return print_answer(ask_watched(work.admin, "/api/v1/restore", body.dump()), work.admin.json, print_restored);
}

}  // namespace

void add_restore(CLI::App& app, Chosen& chosen) {
  auto* command = app.add_subcommand("restore", "bring back what a snapshot in snapshots/ holds, beside what is there");
  auto work = std::make_shared<RestoreWork>();
  command->add_option("snapshot", work->name, "its name")->required();
  command->add_option("table", work->target, "KEYSPACE.TABLE or KEYSPACE; everything in it when left out");
  command->add_option("--as", work->as, "KEYSPACE.TABLE: the table that the one named goes into");
  auto* backups = command->add_flag("--with-backups", work->backups, "with the incremental backups made since it");
  command->add_flag("--incomplete", work->incomplete, "though some of those backups are missing")->needs(backups);
  command->add_flag("--undo-losses", work->undo_losses, "with what TRUNCATE and DROP took away since")->needs(backups);
  add_admin_options(*command, work->admin);
  command->callback([work, &chosen] { chosen = [work] { return run(*work); }; });
}

}  // namespace ringlet::cli
