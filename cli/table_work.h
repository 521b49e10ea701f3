// Work on tables through the admin API, table by table so that progress can be seen: what flush, compact, cleanup, scrub,
// upgrade and verify share.
#pragma once

#include "cli/command.h"

namespace ringlet::cli {

struct TableVerb {
  const char* verb = "";  // the path's last part
  const char* done = "";  // the word for people ("flushed")
  const char* description = "";
  bool takes_all = false;        // --all
  bool takes_rate = false;       // --rate, which changes the bound and does nothing else
  bool fails_on_damage = false;  // exit code 1 where a file is damaged
};
void add_table_work(CLI::App& app, Chosen& chosen, TableVerb verb);

}  // namespace ringlet::cli
