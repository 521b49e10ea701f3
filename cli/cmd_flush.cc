// ringlet flush: memtables to sstables.
#include "cli/table_work.h"

namespace ringlet::cli {

void add_flush(CLI::App& app, Chosen& chosen) {
  add_table_work(app, chosen, {"flush", "flushed", "write what is in memory to sstables"});
}

}  // namespace ringlet::cli
