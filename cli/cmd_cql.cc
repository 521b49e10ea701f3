// ringlet cql: a shell for CQL; statements from a person, a file, a pipe or the command line.
#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <sstream>

#include "cli/client/line_input.h"
#include "cli/client/shell.h"
#include "cli/client/statement_splitter.h"
#include "cli/command.h"
#include "cli/cql_options.h"

namespace ringlet::cli {
namespace {

constexpr int32_t kTerminalPageRows = 100;

struct CqlCommand {
  CqlAddress address;
  std::string statement, file, keyspace;
  bool json = false;
};

bool is_exit(std::string_view line) {
  while (line.ends_with(' ') || line.ends_with(';')) line.remove_suffix(1);
  return line == "exit" || line == "EXIT" || line == "quit" || line == "QUIT";
}

// Statements that nobody types: the first error ends it.
int run_text(Shell& shell, const std::string& text) {
  StatementSplitter splitter;
  splitter.feed(text);
  while (const auto statement = splitter.next())
    if (const Status status = shell.run(*statement); !status) return fail_with(status.error());
  const std::string last = splitter.rest();  // its `;` may be left out
  if (last.empty()) return kDone;
  const Status status = shell.run(last);
  return status ? kDone : fail_with(status.error());
}

bool ask_for_more() {
  std::fputs("--- enter: more, q: enough --- ", stdout);
  std::fflush(stdout);
  int first = std::getc(stdin);
  for (int c = first; c != '\n' && c != EOF; c = std::getc(stdin)) {
  }
  return first != 'q' && first != EOF;
}

int run_interactive(Shell& shell, LineInput& input, const std::string& where) {
  std::printf("Connected to %s. Statements end with ';'. HELP tells more, EXIT leaves.\n", where.c_str());
  shell.page_by(kTerminalPageRows, ask_for_more);
  StatementSplitter splitter;
  while (shell.is_connected()) {
    const std::string name = "ringlet" + (shell.keyspace().empty() ? "" : ":" + shell.keyspace());
    const auto line = input.read(splitter.in_statement() ? std::string(name.size() - 1, ' ') + "... " : name + "> ");
    if (!line) return kDone;
    if (input.was_interrupted()) {
      splitter.rest();
      continue;
    }
    if (!splitter.in_statement() && is_exit(*line)) return kDone;
    if (!splitter.in_statement() && (*line == "help" || *line == "HELP"))
      splitter.feed("HELP;");
    else
      splitter.feed(*line + "\n");
    while (const auto statement = splitter.next())
      if (const Status status = shell.run(*statement); !status) fail_with(status.error());
  }
  return kFailed;
}

int run_piped(Shell& shell, LineInput& input) {
  std::string text;
  while (const auto line = input.read("")) text += *line + "\n";
  return run_text(shell, text);
}

int run_file(Shell& shell, const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  if (!in || !(text << in.rdbuf()))
    return fail_with({Errc::not_found, "cannot read " + path + ": " + std::strerror(errno), {}});
  return run_text(shell, text.str());
}

int run_cql(const CqlCommand& command) {
  auto client = CqlClient::connect(command.address.host, command.address.port);
  if (!client) return fail_with(client.error());
  Shell shell(std::move(*client), command.json);
  if (!command.keyspace.empty())
    if (const Status status = shell.run("USE " + command.keyspace); !status) return fail_with(status.error());
  if (!command.statement.empty()) return run_text(shell, command.statement);
  if (!command.file.empty()) return run_file(shell, command.file);
  LineInput input;
  if (!input.is_interactive()) return run_piped(shell, input);
  return run_interactive(shell, input, command.address.host + ":" + std::to_string(command.address.port));
}

}  // namespace

void add_cql(CLI::App& app, Chosen& chosen) {
  auto* command = app.add_subcommand("cql", "a shell for CQL; reads statements from a pipe too");
  auto options = std::make_shared<CqlCommand>();
  auto* host = command->add_option("address", options->address.host, "the node's address");
  auto* port = command->add_option("cql_port", options->address.port, "its CQL port");
  command->add_option("--host", options->address.host, "the node's address")->capture_default_str()->excludes(host);
  command->add_option("--port", options->address.port, "its CQL port")->capture_default_str()->excludes(port);
  auto* statement = command->add_option("-e,--execute", options->statement, "run these statements, then leave");
  command->add_option("-f,--file", options->file, "run the statements of this file, then leave")->excludes(statement);
  command->add_option("-k,--keyspace", options->keyspace, "USE this keyspace first");
  command->add_flag("--json", options->json, "print each row as a JSON object on a line of its own");
  command->callback([options, &chosen] { chosen = [options] { return run_cql(*options); }; });
}

}  // namespace ringlet::cli
