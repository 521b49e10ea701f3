#include "tests/cql/cqltest.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace ringlet::cqltest {
namespace {

constexpr std::pair<std::string_view, Errc> kCodes[] = {
    {"invalid", Errc::invalid},
    {"syntax", Errc::syntax},
    {"config", Errc::config},
    {"already_exists", Errc::already_exists},
    {"unauthorized", Errc::unauthorized},
    {"unavailable", Errc::unavailable},
    {"timeout", Errc::timeout},
    {"overloaded", Errc::overloaded},
    {"protocol", Errc::protocol},
    {"truncate_failed", Errc::truncate_failed},
    {"function_failed", Errc::function_failed},
    {"tombstones", Errc::tombstones},
};

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r";
  const size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

// Takes the first word of `text`.
std::string_view take_word(std::string_view& text) {
  text = trimmed(text);
  const std::string_view word = text.substr(0, text.find(' '));
  text = trimmed(text.substr(word.size()));
  return word;
}

// Cells between the | that stand outside quotes.
Row cells_of(std::string_view line) {
  Row cells;
  char quote = 0;
  size_t start = 0;
  for (size_t i = 0; i <= line.size(); ++i) {
    if (i == line.size() || (line[i] == '|' && quote == 0)) {
      cells.emplace_back(trimmed(line.substr(start, i - start)));
      start = i + 1;
    } else if (line[i] == quote) {
      quote = 0;
    } else if (quote == 0 && (line[i] == '\'' || line[i] == '"')) {
      quote = line[i];
    }
  }
  return cells;
}

std::string text_of(const Row& row) {
  std::string text;
  for (size_t i = 0; i < row.size(); ++i) text += (i == 0 ? "" : " | ") + row[i];
  return text;
}

class Reader {
 public:
  Reader(std::string_view name, std::string_view text) : name_(name), rest_(text) { next_line(); }

  Result<File> read() {
    while (!at_end_) {
      if (is_blank() || line_.starts_with('#')) {
        next_line();
      } else if (line_.starts_with("section ")) {
        file_.sections.push_back({std::string(trimmed(line_.substr(8))), number_, {}});
        next_line();
      } else {
        TRY(Record record, read_record());
        (file_.sections.empty() ? file_.setup : file_.sections.back().records).push_back(std::move(record));
      }
    }
    if (file_.sections.empty()) file_.sections.push_back({std::string(name_), 1, std::exchange(file_.setup, {})});
    return std::move(file_);
  }

 private:
  Result<Record> read_record() {
    TRY(Record record, read_head());
    next_line();
    if (line_.starts_with("bind ")) {
      record.binds = cells_of(line_.substr(5));
      next_line();
    }
    for (; !is_blank() && line_ != "----"; next_line()) record.cql.append(record.cql.empty() ? "" : "\n").append(line_);
    if (record.cql.empty()) return wrong("a record without a statement");
    const bool has_rows = !at_end_ && line_ == "----";
    if (has_rows != (record.expect == Record::Expect::rows))
      return wrong(has_rows ? "rows after a statement: write query" : "a query needs ---- and its rows");
    if (has_rows) TRY_STATUS(read_rows(record));
    return record;
  }

  Result<Record> read_head() {
    std::string_view head = line_;
    const std::string_view kind = take_word(head);
    if (kind == "query") return read_query_head(head);
    if (kind != "statement") return wrong("expected statement, query or section");
    Record record{.line = number_};
    const std::string_view expected = take_word(head);
    if (expected == "ok" && head.empty()) return record;
    if (expected != "error") return wrong("expected statement ok, or statement error CODE PART OF THE MESSAGE");
    record.expect = Record::Expect::error;
    const std::string_view code = take_word(head);
    const auto* known = std::ranges::find(kCodes, code, &std::pair<std::string_view, Errc>::first);
    if (known == std::end(kCodes)) return wrong("no error code is called '" + std::string(code) + "'");
    record.code = known->second;
    record.message_part = head;
    return record;
  }

  Result<Record> read_query_head(std::string_view options) {
    Record record{.expect = Record::Expect::rows, .line = number_};
    while (!options.empty()) {
      const std::string_view option = take_word(options);
      if (option == "any-order")
        record.any_order = true;
      else if (option == "names")
        record.names.emplace();
      else if (option == "page") {
        const std::string_view digits = take_word(options);
        uint32_t rows = 0;
        const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), rows);
        if (parsed.ec != std::errc{} || parsed.ptr != digits.data() + digits.size() || rows == 0)
          return wrong("page wants a number of rows");
        record.page_rows = rows;
      } else
        return wrong("no option of a query is called '" + std::string(option) + "'");
    }
    return record;
  }

  Status read_rows(Record& record) {
    next_line();
    if (record.names) {
      if (is_blank()) return wrong("the names of the columns are missing");
      record.names = cells_of(line_);
      next_line();
    }
    for (; !is_blank(); next_line()) record.rows.push_back(cells_of(line_));
    return {};
  }

  void next_line() {
    ++number_;
    at_end_ = rest_.empty();
    const size_t length = std::min(rest_.find('\n'), rest_.size());
    line_ = rest_.substr(0, length);
    if (line_.ends_with('\r')) line_.remove_suffix(1);
    rest_.remove_prefix(std::min(length + 1, rest_.size()));
  }
  bool is_blank() const { return at_end_ || trimmed(line_).empty(); }
  std::unexpected<Error> wrong(std::string_view what) const {
    return fail(Errc::invalid, std::string(name_) + ":" + std::to_string(number_) + ": " + std::string(what));
  }

  std::string_view name_;
  std::string_view rest_;
  std::string_view line_;
  size_t number_ = 0;
  bool at_end_ = false;
  File file_;
};

}  // namespace

Result<File> parse_file(std::string_view name, std::string_view text) { return Reader(name, text).read(); }

std::string difference(const Record& expected, const Row& names, const std::vector<Row>& rows) {
  if (expected.names && *expected.names != names)
    return "columns are " + text_of(names) + "\n  expected  " + text_of(*expected.names);
  std::vector<Row> wanted = expected.rows;
  std::vector<Row> found = rows;
  if (expected.any_order) {
    std::ranges::sort(wanted);
    std::ranges::sort(found);
  }
  for (size_t i = 0; i < std::min(wanted.size(), found.size()); ++i)
    if (wanted[i] != found[i])
      return "row " + std::to_string(i + 1) + " is " + text_of(found[i]) + "\n  expected " + text_of(wanted[i]);
  if (wanted.size() == found.size()) return "";
  const bool missing = wanted.size() > found.size();
  return std::to_string(found.size()) + " rows, expected " + std::to_string(wanted.size()) +
         (missing ? "\n  missing: " + text_of(wanted[found.size()])
                  : "\n  more than expected: " + text_of(found[wanted.size()]));
}

}  // namespace ringlet::cqltest
