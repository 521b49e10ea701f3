// What every verb's file offers to main: it adds itself to the command line, and its callback returns the exit code.
#pragma once

#include <functional>
#include <string>

#include "core/base/result.h"

namespace CLI {
class App;
}

namespace ringlet::cli {

inline constexpr int kDone = 0, kFailed = 1, kWrongUsage = 2;

// The verb that was chosen leaves what is to be run here.
using Chosen = std::function<int()>;

void add_serve(CLI::App& app, Chosen& chosen);
void add_status(CLI::App& app, Chosen& chosen);
void add_tables(CLI::App& app, Chosen& chosen);
void add_flush(CLI::App& app, Chosen& chosen);
void add_compact(CLI::App& app, Chosen& chosen);
void add_cleanup(CLI::App& app, Chosen& chosen);
void add_scrub(CLI::App& app, Chosen& chosen);
void add_upgrade(CLI::App& app, Chosen& chosen);
void add_verify(CLI::App& app, Chosen& chosen);
void add_snapshot(CLI::App& app, Chosen& chosen);
void add_backup(CLI::App& app, Chosen& chosen);
void add_restore(CLI::App& app, Chosen& chosen);
void add_cql(CLI::App& app, Chosen& chosen);
void add_import(CLI::App& app, Chosen& chosen);
void add_export(CLI::App& app, Chosen& chosen);
void add_inspect(CLI::App& app, Chosen& chosen);

// One line on stderr: what, where and what to do.
int fail_with(const Error& error);

}  // namespace ringlet::cli
