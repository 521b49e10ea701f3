// Addresses as the protocol writes them.
#pragma once

#include <string>

#include "core/base/bytes.h"

namespace ringlet {

Bytes address_bytes(const std::string& text);  // 4 or 16 bytes; 127.0.0.1 for what is no address

}  // namespace ringlet
