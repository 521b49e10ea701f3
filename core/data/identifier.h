// CQL identifiers as they are shown: quoted only where they must be.
#pragma once

#include <string>
#include <string_view>

namespace ringlet {

bool is_reserved_word(std::string_view lower_case);  // cannot stand unquoted where a name is wanted
std::string quote_if_needed(std::string_view name);  // addr -> addr, Addr -> "Addr", select -> "select", a"b -> "a""b"

}  // namespace ringlet
