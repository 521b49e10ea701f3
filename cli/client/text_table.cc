#include "cli/client/text_table.h"

#include <algorithm>
#include <cstdio>

namespace ringlet::cli {
namespace {

size_t width_of(std::string_view text) {  // characters; wide ones are not known here
  return static_cast<size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

void append_line(const std::vector<std::string>& cells, const std::vector<size_t>& widths, std::string& out) {
  for (size_t i = 0; i < cells.size(); ++i) {
    out += i == 0 ? " " : " | ";
    out.append(widths[i] - width_of(cells[i]), ' ').append(cells[i]);
  }
  out += '\n';
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const bool c1 =
        c == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;  // U+0080 .. U+009F
    if (c >= ' ' && c != 0x7F && !c1) {
      out += text[i];
      continue;
    }
    char escape[8];
    std::snprintf(escape, sizeof escape, "\\x%02x", c1 ? static_cast<unsigned char>(text[++i]) : c);
    out += escape;
  }
  return out;
}

std::string text_table(const std::vector<std::string>& header, const std::vector<std::vector<std::string>>& rows) {
  std::vector<size_t> widths;
  for (const std::string& cell : header) widths.push_back(width_of(cell));
  for (const auto& row : rows)
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i]));
  std::string out;
  append_line(header, widths, out);
  for (size_t i = 0; i < widths.size(); ++i) out.append(i == 0 ? "-" : "+-").append(widths[i] + 1, '-');
  out += '\n';
  for (const auto& row : rows) append_line(row, widths, out);
  return out;
}

}  // namespace ringlet::cli
