#include "cli/client/shell.h"

#include <cstdio>
#include <sstream>

#include "cli/client/cell_text.h"
#include "cli/client/text_table.h"
#include "core/data/json.h"
#include "core/data/json_value.h"

namespace ringlet::cli {
namespace {

std::vector<std::string> words_of(const std::string& statement) {
  std::vector<std::string> words;
  std::istringstream in(statement);
  for (std::string word; in >> word;) words.push_back(word);
  if (!words.empty())
    for (char& c : words[0]) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  return words;
}

bool is_on(const std::string& word) { return word == "ON" || word == "on" || word == "On"; }

std::string shown(const CqlColumn& column, const std::optional<Bytes>& cell) {
  return cell ? printable(show_cell(*column.type, *cell)) : "null";
}

constexpr const char* kHelp =
    "Statements end with ';' and may span lines. Besides CQL (DESCRIBE included):\n"
    "  CONSISTENCY [LEVEL]   show or set the consistency level\n"
    "  EXPAND ON|OFF         one column a line\n"
    "  PAGING [ROWS|OFF]     rows fetched, and shown on a terminal, at a time\n"
    "  HELP, EXIT\n";

}  // namespace

Status Shell::run(const std::string& statement) {
  TRY(const bool own, run_own(statement));
  return own ? Status{} : run_query(statement);
}

Result<bool> Shell::run_own(const std::string& statement) {
  const std::vector<std::string> words = words_of(statement);
  if (words.empty() || words.size() > 2) return false;
  if (words[0] == "CONSISTENCY") {
    if (words.size() == 2) {
      const auto code = consistency_code(words[1]);
      if (!code) return fail(Errc::invalid, "there is no consistency level " + words[1]);
      options_.consistency = *code;
    }
    return true;
  }
  if (words[0] == "EXPAND" && words.size() == 2) {
    expand_ = is_on(words[1]);
    return true;
  }
  if (words[0] == "PAGING") {
    if (words.size() == 2) {
      const int rows = std::atoi(words[1].c_str());
      if (rows > 0)
        page_rows_ = rows;
      else if (!is_on(words[1]))
        more_ = nullptr;
    }
    return true;
  }
  if (words[0] != "HELP") return false;
  std::fputs(kHelp, stdout);
  return true;
}

Status Shell::run_query(const std::string& statement) {
  options_.page_size = page_rows_;
  options_.paging_state.reset();
  auto answer = client_.query(statement, options_);
  if (!answer) {
    connected_ = false;
    return fail(answer.error());
  }
  for (const std::string& warning : answer->warnings) std::fprintf(stderr, "warning: %s\n", printable(warning).c_str());
  if (const auto* error = std::get_if<CqlError>(&answer->body)) return fail(as_error(*error));
  if (const auto* use = std::get_if<CqlSetKeyspace>(&answer->body)) keyspace_ = use->keyspace;
  if (auto* rows = std::get_if<CqlRows>(&answer->body)) return print(statement, std::move(*rows));
  return {};
}

Status Shell::print(const std::string& statement, CqlRows rows) {
  uint64_t count = 0;
  while (true) {
    if (json_)
      print_json(rows);
    else
      print_page(rows, count);
    count += rows.rows.size();
    if (!rows.paging_state) break;
    if (more_ && !more_()) return {};
    options_.paging_state = std::move(rows.paging_state);
    auto next = rows_of(client_.query(statement, options_));
    if (!next) return fail(next.error());
    rows = std::move(*next);
  }
  if (!json_) std::printf("\n(%llu rows)\n", static_cast<unsigned long long>(count));
  return {};
}

void Shell::print_page(const CqlRows& rows, uint64_t first) {
  if (expand_) return print_expanded(rows, first);
  if (rows.rows.empty() && first > 0) return;
  std::vector<std::string> header;
  for (const CqlColumn& column : rows.columns) header.push_back(printable(column.name));
  std::vector<std::vector<std::string>> cells;
  for (const auto& row : rows.rows) {
    auto& line = cells.emplace_back();
    for (size_t i = 0; i < row.size(); ++i) line.push_back(shown(rows.columns[i], row[i]));
  }
  if (first == 0) std::fputs("\n", stdout);
  std::fputs(text_table(header, cells).c_str(), stdout);
}

void Shell::print_expanded(const CqlRows& rows, uint64_t first) const {
  for (const auto& row : rows.rows) {
    std::printf("\n@ row %llu\n", static_cast<unsigned long long>(++first));
    for (size_t i = 0; i < row.size(); ++i)
      std::printf(" %s | %s\n", printable(rows.columns[i].name).c_str(), shown(rows.columns[i], row[i]).c_str());
  }
}

// One object a row, one row a line: what a program can read while it comes.
void Shell::print_json(const CqlRows& rows) const {
  std::string out;
  for (const auto& row : rows.rows) {
    for (size_t i = 0; i < row.size(); ++i) {
      out += i == 0 ? "{" : ", ";
      out += json_quoted(rows.columns[i].name) + ": " + (row[i] ? to_json(*rows.columns[i].type, *row[i]) : "null");
    }
    out += "}\n";
  }
  std::fputs(out.c_str(), stdout);
}

}  // namespace ringlet::cli
