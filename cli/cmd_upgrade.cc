// ringlet upgrade: files of older versions written anew.
#include "cli/table_work.h"

namespace ringlet::cli {

void add_upgrade(CLI::App& app, Chosen& chosen) {
  add_table_work(app, chosen,
                 {.verb = "upgrade",
                  .done = "upgraded",
                  .description = "write anew the files that an older version wrote",
                  .takes_all = true});
}

}  // namespace ringlet::cli
