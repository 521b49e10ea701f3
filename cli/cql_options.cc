#include "cli/cql_options.h"

#include <CLI/CLI.hpp>

namespace ringlet::cli {

void add_cql_address(CLI::App& command, CqlAddress& address) {
  command.add_option("--host", address.host, "the node's address")->capture_default_str();
  command.add_option("--port", address.port, "its CQL port")->capture_default_str();
}

}  // namespace ringlet::cli
