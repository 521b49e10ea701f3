// Putting names and strings back into CQL text. Used by DESCRIBE, by messages and by whoever renders a tree.
#pragma once

#include <string>
#include <string_view>

namespace ringlet::cql {

bool needs_quotes(std::string_view identifier);             // upper case, other characters, empty, or a reserved word
std::string quote_identifier(std::string_view identifier);  // always: "Na""me"
std::string quote_identifier_if_needed(std::string_view identifier);  // name, or "Name"
std::string quote_string(std::string_view content);                   // 'it''s'

}  // namespace ringlet::cql
