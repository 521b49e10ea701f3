// ringlet cleanup: files without what this node does not own.
#include "cli/table_work.h"

namespace ringlet::cli {

void add_cleanup(CLI::App& app, Chosen& chosen) {
  add_table_work(app, chosen, {"cleanup", "cleaned up", "leave out of each file what this node does not own"});
}

}  // namespace ringlet::cli
