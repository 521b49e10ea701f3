// Asks a node's admin API: one request, one answer, JSON as text.
#pragma once

#include <cstdint>
#include <string>

#include "core/base/result.h"

namespace ringlet::cli {

struct AdminAddress {
  std::string host = "127.0.0.1";
  uint16_t port = 8080;
};

// The answer's body. An answer that is no 200 is an error with what the node says in it.
Result<std::string> ask_admin(const AdminAddress& address, const std::string& method, const std::string& path,
                              const std::string& body = {});

}  // namespace ringlet::cli
