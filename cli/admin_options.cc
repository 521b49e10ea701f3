#include "cli/admin_options.h"

#include <CLI/CLI.hpp>

namespace ringlet::cli {

void add_admin_options(CLI::App& command, AdminOptions& options) {
  command.add_option("--host", options.address.host, "the node's address")->capture_default_str();
  command.add_option("--http-port", options.address.port, "its admin port")->capture_default_str();
  command.add_flag("--json", options.json, "print the node's answer as JSON");
}

}  // namespace ringlet::cli
