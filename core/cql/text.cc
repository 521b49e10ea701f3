#include "core/cql/text.h"

#include <algorithm>

#include "core/cql/keywords.h"
#include "core/cql/number_scan.h"

namespace ringlet::cql {
namespace {

std::string enclose(std::string_view content, char quote) {
  std::string text(1, quote);
  text.reserve(content.size() + 2);
  for (const char c : content) {
    text += c;
    if (c == quote) text += c;
  }
  text += quote;
  return text;
}

bool is_plain(char c) { return is_word_character(c) && !(c >= 'A' && c <= 'Z'); }

}  // namespace

bool needs_quotes(std::string_view identifier) {
  if (identifier.empty() || !is_letter(identifier.front())) return true;
  return !std::ranges::all_of(identifier, is_plain) || is_reserved(keyword_of(identifier));
}

std::string quote_identifier(std::string_view identifier) { return enclose(identifier, '"'); }

std::string quote_identifier_if_needed(std::string_view identifier) {
  return needs_quotes(identifier) ? quote_identifier(identifier) : std::string(identifier);
}

std::string quote_string(std::string_view content) { return enclose(content, '\''); }

}  // namespace ringlet::cql
