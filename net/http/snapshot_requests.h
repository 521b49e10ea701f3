// Snapshots and restores as the admin API takes and tells them: JSON in, JSON out. Errors are the node's.
#pragma once

#include <string>

#include "core/node/node.h"

namespace ringlet::http {

Task<Result<std::string>> list_snapshots(Node& node);
Task<Result<std::string>> take_snapshot(std::string body, Node& node);
Task<Result<std::string>> delete_snapshot(std::string body, Node& node);
Task<Result<std::string>> restore_snapshot(std::string body, Node& node);
Task<Result<std::string>> list_backups(Node& node);
Task<Result<std::string>> switch_backups(std::string body, Node& node);
Task<Result<std::string>> clear_backups(std::string body, Node& node);
std::string running_text(Node& node);  // {"running": null or what runs, and how far it is}

}  // namespace ringlet::http
