// What every verb that speaks the admin API takes: --host, --http-port, --json.
#pragma once

#include "cli/client/admin_client.h"

namespace CLI {
class App;
}

namespace ringlet::cli {

struct AdminOptions {
  AdminAddress address;
  bool json = false;
};
void add_admin_options(CLI::App& command, AdminOptions& options);

}  // namespace ringlet::cli
