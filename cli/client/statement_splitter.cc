#include "cli/client/statement_splitter.h"

#include <algorithm>
#include <cctype>

namespace ringlet::cli {
namespace {

bool is_word_char(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

bool is_word(std::string_view text, std::string_view upper) {
  return std::ranges::equal(text, upper,
                            [](char a, char b) { return std::toupper(static_cast<unsigned char>(a)) == b; });
}

// Where what begins at `at` and is no plain text ends (npos: not yet); `at` itself when it is plain text.
size_t end_of_special(std::string_view text, size_t at) {
  const auto after = [&](std::string_view mark, size_t from) {
    const size_t end = text.find(mark, from);
    return end == std::string_view::npos ? end : end + mark.size();
  };
  const std::string_view here = text.substr(at);
  if (here.starts_with('\'')) return after("'", at + 1);  // a doubled quote: two strings that touch, cut alike
  if (here.starts_with('"')) return after("\"", at + 1);
  if (here.starts_with("$$")) return after("$$", at + 2);
  if (here.starts_with("/*")) return after("*/", at + 2);
  if (here.starts_with("--") || here.starts_with("//")) return after("\n", at + 2);
  return at;
}

std::string trimmed(std::string_view text) {
  const auto is_blank = [](char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return std::string(text);
}

bool is_nothing(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    if (std::isspace(static_cast<unsigned char>(text[at])) != 0) {
      ++at;
      continue;
    }
    const std::string_view here = text.substr(at);
    if (!here.starts_with("--") && !here.starts_with("//") && !here.starts_with("/*")) return false;
    const size_t end = end_of_special(text, at);
    if (end == std::string_view::npos) return true;
    at = end;
  }
  return true;
}

}  // namespace

size_t StatementSplitter::end_of_statement() const {
  bool first_word = true, in_batch = false, after_apply = false;
  for (size_t at = 0; at < text_.size();) {
    const size_t end = end_of_special(text_, at);
    if (end == std::string::npos) return end;
    if (end != at) {
      at = end;
      continue;
    }
    if (is_word_char(text_[at])) {
      size_t stop = at;
      while (stop < text_.size() && is_word_char(text_[stop])) ++stop;
      const std::string_view word = std::string_view(text_).substr(at, stop - at);
      if (first_word && is_word(word, "BEGIN")) in_batch = true;
      if (after_apply && is_word(word, "BATCH")) in_batch = false;
      after_apply = is_word(word, "APPLY");
      first_word = false;
      at = stop;
      continue;
    }
    if (text_[at] == ';' && !in_batch) return at;
    ++at;
  }
  return std::string::npos;
}

std::optional<std::string> StatementSplitter::next() {
  while (true) {
    const size_t end = end_of_statement();
    if (end == std::string::npos) return std::nullopt;
    std::string statement = trimmed(std::string_view(text_).substr(0, end));
    text_.erase(0, end + 1);
    if (!is_nothing(statement)) return statement;
  }
}

std::string StatementSplitter::rest() {
  std::string statement = is_nothing(text_) ? std::string() : trimmed(text_);
  text_.clear();
  return statement;
}

bool StatementSplitter::in_statement() const { return !is_nothing(text_); }

}  // namespace ringlet::cli
