// Long work on sstables as the admin API tells it: what runs, how far it is, and the bound on all of it.
#pragma once

#include <string>

#include "net/http/node_report.h"

namespace ringlet::http {

// JSON: {"bytes_per_second": N, "flash_write_budget": N (each 0: no bound), "tasks": [...]}
std::string compaction_text(const NodeReport& report, Node& node);

// {"bytes_per_second": N} or {"flash_write_budget": N}, or both: changes the bounds until the node stops. Errc::invalid for
// anything else, and nothing is changed then.
Status set_compaction_bounds(const std::string& body, Node& node);

}  // namespace ringlet::http
