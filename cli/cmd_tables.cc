// ringlet tables: what each table holds.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/admin_options.h"
#include "cli/answer.h"
#include "cli/client/numbers.h"
#include "cli/client/text_table.h"
#include "cli/command.h"

namespace ringlet::cli {
namespace {

std::string one_decimal(double number) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", number);
  return text;
}

std::vector<std::string> row_of(const Json& table) {
  const auto number = [&table](const char* name) { return table.value(name, uint64_t{0}); };
  return {printable(table.at("keyspace").get<std::string>()),
          printable(table.at("table").get<std::string>()),
          byte_size(number("memtable_bytes")),
          grouped(number("sstables")),
          byte_size(number("sstable_bytes")),
          grouped(number("rows_stored")),
          grouped(number("tombstones")),
          one_decimal(table.value("write_amplification", 1.0))};
}

void print_tables(const Json& json) {
  std::vector<std::vector<std::string>> rows;
  for (const Json& table : json.at("tables")) rows.push_back(row_of(table));
  const std::string text = text_table(
      {"keyspace", "table", "memtable", "files", "on disk", "rows stored", "tombstones", "write amp."}, rows);
  std::fputs(text.c_str(), stdout);
}

int run_tables(const AdminOptions& options) {
  return print_answer(ask_admin(options.address, "GET", "/api/v1/tables"), options.json, print_tables);
}

}  // namespace

void add_tables(CLI::App& app, Chosen& chosen) {
  auto* command = app.add_subcommand("tables", "show what each table of a node holds");
  auto options = std::make_shared<AdminOptions>();
  add_admin_options(*command, *options);
  command->callback([options, &chosen] { chosen = [options] { return run_tables(*options); }; });
}

}  // namespace ringlet::cli
