// ringlet compact: each table's files into one.
#include "cli/table_work.h"

namespace ringlet::cli {

void add_compact(CLI::App& app, Chosen& chosen) {
  add_table_work(app, chosen, "compact", "compacted", "merge each table's files, and drop what is deleted");
}

}  // namespace ringlet::cli
