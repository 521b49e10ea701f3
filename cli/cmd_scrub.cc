// ringlet scrub: what can still be read of each file.
#include "cli/table_work.h"

namespace ringlet::cli {

void add_scrub(CLI::App& app, Chosen& chosen) {
  add_table_work(
      app, chosen,
      {"scrub", "scrubbed", "write anew what can still be read of each file; damaged ones go to quarantine/"});
}

}  // namespace ringlet::cli
