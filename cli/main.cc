// The ringlet command: finds the verb and runs it.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "cli/command.h"
#include "cli/version.h"

namespace {

std::string version_text() {
  const ringlet::BuildInfo info = ringlet::build_info();
  std::string text = "ringlet ";
  text.append(info.version).append("\ncommit ").append(info.commit).append("\ntarget ").append(info.target);
  return text.append("\ncompiler ").append(info.compiler);
}

}  // namespace

namespace ringlet::cli {

int fail_with(const Error& error) {
  std::string line = error.detail;  // one line, whatever a node answered
  for (char& c : line)
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7F) c = ' ';
  std::fprintf(stderr, "ringlet: %s\n", line.c_str());
  return kFailed;
}

}  // namespace ringlet::cli

int main(int argc, char** argv) {
  using namespace ringlet::cli;
  CLI::App app{"Ringlet: a small ring of small machines. A Cassandra-compatible database in one binary.", "ringlet"};
  app.set_version_flag("--version", version_text());
  app.require_subcommand(1);
  Chosen chosen;
  for (const auto add :
       {add_serve, add_cql, add_import, add_export, add_status, add_tables, add_flush, add_compact, add_cleanup,
        add_scrub, add_upgrade, add_verify, add_snapshot, add_backup, add_restore, add_inspect})
    add(app, chosen);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kDone : kWrongUsage;
  }
  return chosen();
}
