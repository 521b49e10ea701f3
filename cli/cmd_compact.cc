// ringlet compact: each table's files into one; or how fast any compaction may be.
#include "cli/table_work.h"

namespace ringlet::cli {

void add_compact(CLI::App& app, Chosen& chosen) {
  add_table_work(app, chosen,
                 {.verb = "compact",
                  .done = "compacted",
                  .description = "merge each table's files, and drop what is deleted",
                  .takes_rate = true});
}

}  // namespace ringlet::cli
