// ringlet status: the node as a whole.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/admin_options.h"
#include "cli/answer.h"
#include "cli/client/numbers.h"
#include "cli/client/task_lines.h"
#include "cli/client/text_table.h"
#include "cli/command.h"

namespace ringlet::cli {
namespace {

void line(const char* name, const std::string& value) { std::printf("%-12s %s\n", name, printable(value).c_str()); }

uint64_t number(const Json& json, const char* name) { return json.value(name, uint64_t{0}); }

// What it writes to flash for what users wrote, and how that stands to the daily budget.
void print_flash(const Json& flash) {
  const Json &each = flash.at("per_user_byte"), &day = flash.at("last_day");
  const uint64_t budget = number(flash, "write_budget"), held = number(flash, "compactions_held");
  std::string text = byte_size(number(day, "total")) + " written in the last day";
  if (budget > 0) {
    text += " of " + byte_size(budget);
    if (flash.at("over_budget").get<bool>()) text += ": over budget";
    if (held > 0) text += ", compaction of " + grouped(held) + " tables waits";
  }
  line("flash", text);
  text.clear();
  for (const auto& [cause, value] : each.items()) {
    char share[32];
    std::snprintf(share, sizeof share, " %.2f", value.get<double>());
    text += (text.empty() ? "" : ", ") + cause + share;
  }
  line("  per byte", text);
}

void print_storage(const Json& status) {
  const Json& memory = status.at("memory");
  line("memory", byte_size(number(memory, "resident_bytes")) + " of " + byte_size(number(memory, "limit_bytes")) +
                     " (memtables " + byte_size(number(memory, "memtable_bytes")) + ", block cache " +
                     byte_size(number(memory, "cache_bytes")) + ")");
  const Json& log = status.at("log");
  line("commit log", byte_size(number(log, "live_bytes")) + " in " + grouped(number(log, "segments")) + " segments, " +
                         grouped(number(log, "records")) + " records, " + grouped(number(log, "syncs")) + " syncs");
  const Json& engine = status.at("engine");
  line("engine", grouped(number(engine, "writes")) + " writes, " + grouped(number(engine, "reads")) + " reads, " +
                     grouped(number(engine, "flushes")) + " flushes, " + grouped(number(engine, "compactions")) +
                     " compactions (" + grouped(number(engine, "pending_compactions")) + " waiting)");
  print_flash(status.at("flash"));
  const Json& disk = status.at("disk");
  line("disk", disk.contains("error")
                   ? disk.at("error").get<std::string>()
                   : byte_size(number(disk, "free_bytes")) + " free of " + byte_size(number(disk, "total_bytes")));
}

void print_trouble(const Json& status) {
  if (status.at("disk").value("full", false))
    line("DISK FULL", "writes are refused until there is room again; reads, DELETE, TRUNCATE and DROP go on");
  for (const Json& hole : status.at("log").at("replay").at("holes"))
    line("damage", "in the commit log: " + hole.get<std::string>());
  if (const uint64_t damaged = number(status.at("engine"), "damaged_sstables"); damaged > 0)
    line("damage",
         grouped(damaged) + " sstables that merges leave out: `ringlet scrub` saves what can be read of them");
  for (const Json& stray : status.at("strays").at("quarantined")) line("quarantined", stray.get<std::string>());
  const Json& backups = status.at("backups");
  if (backups.at("on").get<bool>() && !backups.at("linking").get<bool>())
    line("BACKUPS", "are on, and are not made: " + backups.at("why").get<std::string>());
  const Json& work = status.at("work");
  if (!work.is_null())
    line("at work", printable(work.at("what").get<std::string>()) + ", " + grouped(number(work, "tables_done")) +
                        " of " + grouped(number(work, "tables")) + " tables done");
}

void print_compaction(const CompactionView& view) {
  const uint64_t rate = view.bytes_per_second;
  line("compaction", rate == 0 ? "as fast as it can" : "at most " + byte_size(rate) + " a second");
  for (const std::string& task : view.tasks) line("  now", task);
}

void print_status(const Json& status) {
  const Json& node = status.at("node");
  line("node", node.at("name").get<std::string>() + " (" + node.at("host_id").get<std::string>() + ")");
  line("cluster", node.at("cluster").get<std::string>() + ", " + node.at("data_center").get<std::string>() + "/" +
                      node.at("rack").get<std::string>());
  line("version", status.at("version").get<std::string>());
  line("up", time_span(static_cast<double>(number(status, "uptime_seconds"))));
  line("shards", grouped(number(status, "shards")));
  line("tables", grouped(number(status, "tables")));
  line("clients", grouped(number(status.at("clients"), "connections")) + " connected, " +
                      grouped(number(status.at("clients"), "requests")) + " requests");
  print_storage(status);
  print_trouble(status);
}

int run_status(const AdminOptions& options) {
  const auto status = ask_admin(options.address, "GET", "/api/v1/status");
  if (!status || options.json) return print_answer(status, options.json, print_status);
  const auto compaction = ask_admin(options.address, "GET", "/api/v1/compaction");
  if (!compaction) return fail_with(compaction.error());
  return print_answer(status, false, [&](const Json& json) {
    print_status(json);
    if (const auto view = read_compaction(*compaction)) print_compaction(*view);
  });
}

}  // namespace

void add_status(CLI::App& app, Chosen& chosen) {
  auto* command = app.add_subcommand("status", "show how a node is");
  auto options = std::make_shared<AdminOptions>();
  add_admin_options(*command, *options);
  command->callback([options, &chosen] { chosen = [options] { return run_status(*options); }; });
}

}  // namespace ringlet::cli
