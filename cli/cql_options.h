// What every verb that speaks CQL takes: --host and --port.
#pragma once

#include <cstdint>
#include <string>

namespace CLI {
class App;
}

namespace ringlet::cli {

struct CqlAddress {
  std::string host = "127.0.0.1";
  uint16_t port = 9042;
};
void add_cql_address(CLI::App& command, CqlAddress& address);

}  // namespace ringlet::cli
