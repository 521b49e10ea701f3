// Work on tables through the admin API, table by table so that progress can be seen: what flush and compact share.
#pragma once

#include "cli/command.h"

namespace ringlet::cli {

// `verb` is the path's last part; `done` the word for people ("flushed").
void add_table_work(CLI::App& app, Chosen& chosen, const char* verb, const char* done, const char* description);

}  // namespace ringlet::cli
