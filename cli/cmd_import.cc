// ringlet import: a CSV file into a table.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "cli/client/importer.h"
#include "cli/client/numbers.h"
#include "cli/command.h"
#include "cli/cql_options.h"

namespace ringlet::cli {
namespace {

struct ImportCommand {
  ImportOptions options;
  CqlAddress address;
  bool json = false;
};

void print_json(const ImportSummary& summary) {
  std::printf("{\"rows\": %llu, \"refused\": %llu, \"resumed_at_row\": %llu, \"seconds\": %.3f}\n",
              static_cast<unsigned long long>(summary.rows), static_cast<unsigned long long>(summary.refused),
              static_cast<unsigned long long>(summary.resumed_at_row), summary.seconds);
}

int run_import(ImportCommand command) {
  ImportOptions& options = command.options;
  options.host = command.address.host;
  options.port = command.address.port;
  options.quiet = command.json;
  const size_t dot = options.table.find('.');
  if (dot == std::string::npos || dot == 0 || dot + 1 == options.table.size()) {
    std::fprintf(stderr, "ringlet: name the table as KEYSPACE.TABLE, not '%s'\n", options.table.c_str());
    return kWrongUsage;
  }
  const auto summary = Importer::run(options);
  if (!summary) return fail_with(summary.error());
  if (command.json) {
    print_json(*summary);
    return kDone;
  }
  const double rate = static_cast<double>(summary->rows) / std::max(0.001, summary->seconds);
  std::printf("imported %s rows into %s in %s (%s rows/s)", grouped(summary->rows).c_str(), options.table.c_str(),
              time_span(summary->seconds).c_str(), grouped(static_cast<uint64_t>(rate)).c_str());
  if (summary->resumed_at_row > 0)
    std::printf(", after %s rows of an earlier run", grouped(summary->resumed_at_row).c_str());
  if (summary->refused > 0) std::printf("; %s rows were refused", grouped(summary->refused).c_str());
  std::printf("\n");
  return kDone;
}

}  // namespace

void add_import(CLI::App& app, Chosen& chosen) {
  auto* command =
      app.add_subcommand("import", "load a CSV file with a header row into a table; goes on where it was interrupted");
  auto import = std::make_shared<ImportCommand>();
  command->add_option("table", import->options.table, "KEYSPACE.TABLE")->required();
  command->add_option("file", import->options.path, "CSV file; an empty field is null, \"\" an empty text")->required();
  command->add_option("--max-errors", import->options.errors_max, "rows that may be refused before the import stops")
      ->capture_default_str();
  command->add_option("--connections", import->options.connections)->capture_default_str()->check(CLI::Range(1, 64));
  command->add_option("--in-flight", import->options.window, "rows in flight on each connection")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000));
  command->add_flag("--restart", import->options.restart, "begin at the first row, whatever an earlier run did");
  command->add_flag("--json", import->json, "print the summary as JSON");
  add_cql_address(*command, import->address);
  command->callback([import, &chosen] { chosen = [import] { return run_import(*import); }; });
}

}  // namespace ringlet::cli
