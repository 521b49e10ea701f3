// ringlet verify: is every file whole?
#include "cli/table_work.h"

namespace ringlet::cli {

void add_verify(CLI::App& app, Chosen& chosen) {
  add_table_work(app, chosen,
                 {.verb = "verify",
                  .done = "verified",
                  .description = "check every byte of each file; fails where one is damaged",
                  .fails_on_damage = true});
}

}  // namespace ringlet::cli
