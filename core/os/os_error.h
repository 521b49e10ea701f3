// What an errno means to the rest of Ringlet.
#pragma once

#include <string>

#include "core/base/result.h"

namespace ringlet {

// "cannot <what> <path>: <the system's words>", with the code that callers act on (no_space, not_found, exists, io).
std::unexpected<Error> system_failure(int error_number, const std::string& what, const std::string& path);

}  // namespace ringlet
