// A table for a terminal: header, rule, rows. What a terminal would obey (control characters) is shown as \xNN.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ringlet::cli {

std::string printable(std::string_view text);
std::string text_table(const std::vector<std::string>& header, const std::vector<std::vector<std::string>>& rows);

}  // namespace ringlet::cli
