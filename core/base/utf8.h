// UTF-8 as CQL wants it: no overlong forms, no surrogates, nothing above U+10FFFF.
#pragma once

#include <cstddef>
#include <string_view>

namespace ringlet {

// Bytes from the start that are valid UTF-8: text.size() when all are, else where the first bad sequence begins.
size_t valid_utf8_prefix(std::string_view text);
inline bool is_valid_utf8(std::string_view text) { return valid_utf8_prefix(text) == text.size(); }

}  // namespace ringlet
