#include "core/cql/lexer.h"

#include <cstring>

#include "core/cql/number_scan.h"

namespace ringlet::cql {
namespace {

const char* find(const char* at, const char* end, char wanted) {
  const void* found = std::memchr(at, wanted, static_cast<size_t>(end - at));
  return found == nullptr ? end : static_cast<const char*>(found);
}

// Where the text between quotes ends (doubled quotes stand for one), or `end`.
const char* closing_quote(const char* at, const char* end, char quote) {
  while (true) {
    if (at == end || *at != quote) at = find(at, end, quote);
    if (at == end) return end;
    if (at + 1 == end || at[1] != quote) return at;
    at += 2;
  }
}

std::string undouble(std::string_view text, char quote) {
  std::string content;
  content.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    content += text[i];
    if (text[i] == quote) ++i;
  }
  return content;
}

bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

}  // namespace

Token Lexer::next() {
  problem_ = "";
  if (!skip_blanks()) return invalid("mismatched character '<EOF>' expecting '*'", end_);
  if (at_ == end_) return {TokenKind::end, K_NONE, {end_, 0}};
  const char c = *at_;
  if (is_digit(c)) return number_or_uuid();
  if (is_letter(c)) return word();
  if (c == '\'') return quoted(c, TokenKind::string);
  if (c == '"') return quoted(c, TokenKind::quoted_name);
  if (c == '$' && ahead(1) == '$') return dollar_string();
  return symbol();
}

bool Lexer::skip_blanks() {
  while (at_ != end_) {
    if (is_blank(*at_)) {
      ++at_;
    } else if ((*at_ == '-' && ahead(1) == '-') || (*at_ == '/' && ahead(1) == '/')) {
      at_ = find(at_, end_, '\n');
    } else if (*at_ == '/' && ahead(1) == '*') {
      const std::string_view rest{at_ + 2, static_cast<size_t>(end_ - at_ - 2)};
      const size_t close = rest.find("*/");
      if (close == std::string_view::npos) return false;
      at_ += 2 + close + 2;
    } else {
      return true;
    }
  }
  return true;
}

Token Lexer::word() {
  if (is_hex_digit(*at_))
    if (const char* end = scan_uuid(at_, end_)) return token(TokenKind::uuid, end);
  if (const char* end = scan_iso_duration(at_, end_)) return token(TokenKind::duration, end);
  const char* end = at_ + 1;
  while (end != end_ && is_word_character(*end)) ++end;
  Token result = token(TokenKind::word, end);
  result.keyword = keyword_of(result.text);
  return result;
}

Token Lexer::number_or_uuid() {
  if (const char* end = scan_uuid(at_, end_)) return token(TokenKind::uuid, end);
  if (const char* end = scan_blob(at_, end_)) return token(TokenKind::blob, end);
  if (const char* end = scan_duration(at_, end_)) return token(TokenKind::duration, end);
  bool floating = false;
  const char* end = scan_number(at_, end_, floating);
  return token(floating ? TokenKind::floating : TokenKind::integer, end);
}

Token Lexer::quoted(char quote, TokenKind kind) {
  const char* close = closing_quote(at_ + 1, end_, quote);
  if (close == end_) {
    return invalid(
        quote == '\'' ? "mismatched character '<EOF>' expecting '''" : "mismatched character '<EOF>' expecting '\"'",
        end_);
  }
  return token(kind, close + 1);
}

Token Lexer::dollar_string() {
  const std::string_view rest{at_ + 2, static_cast<size_t>(end_ - at_ - 2)};
  const size_t close = rest.find("$$");
  if (close == std::string_view::npos) return invalid("mismatched character '<EOF>' expecting '$$'", end_);
  return token(TokenKind::string, at_ + 2 + close + 2);
}

Token Lexer::symbol() {
  const char second = ahead(1);
  const auto one_or_two = [&](TokenKind one, char wanted, TokenKind two) {
    return second == wanted ? token(two, at_ + 2) : token(one, at_ + 1);
  };
  switch (*at_) {
    case '?':
      return token(TokenKind::question, at_ + 1);
    case ':':
      return token(TokenKind::colon, at_ + 1);
    case ',':
      return token(TokenKind::comma, at_ + 1);
    case ';':
      return token(TokenKind::semicolon, at_ + 1);
    case '(':
      return token(TokenKind::open_paren, at_ + 1);
    case ')':
      return token(TokenKind::close_paren, at_ + 1);
    case '[':
      return token(TokenKind::open_bracket, at_ + 1);
    case ']':
      return token(TokenKind::close_bracket, at_ + 1);
    case '{':
      return token(TokenKind::open_brace, at_ + 1);
    case '}':
      return token(TokenKind::close_brace, at_ + 1);
    case '=':
      return token(TokenKind::equal, at_ + 1);
    case '*':
      return token(TokenKind::star, at_ + 1);
    case '/':
      return token(TokenKind::slash, at_ + 1);
    case '%':
      return token(TokenKind::percent, at_ + 1);
    case '.':
      return one_or_two(TokenKind::dot, '.', TokenKind::range);
    case '<':
      return one_or_two(TokenKind::less, '=', TokenKind::less_equal);
    case '>':
      return one_or_two(TokenKind::greater, '=', TokenKind::greater_equal);
    case '+':
      return one_or_two(TokenKind::plus, '=', TokenKind::plus_equal);
    case '-':
      return one_or_two(TokenKind::minus, '=', TokenKind::minus_equal);
    case '!':
      if (second == '=') return token(TokenKind::not_equal, at_ + 2);
  }
  const char* end = at_ + 1;  // a whole character, so that messages stay UTF-8
  while (end != end_ && (static_cast<unsigned char>(*end) & 0xC0) == 0x80) ++end;
  return invalid("no viable alternative at character", end);
}

Token Lexer::token(TokenKind kind, const char* end) {
  const Token result{kind, K_NONE, {at_, static_cast<size_t>(end - at_)}};
  at_ = end;
  return result;
}

Token Lexer::invalid(const char* problem, const char* end) {
  const Token result = token(TokenKind::invalid, end);
  problem_ = problem;
  return result;
}

std::string identifier_of(const Token& token) {
  if (token.kind == TokenKind::quoted_name) return undouble(token.text.substr(1, token.text.size() - 2), '"');
  std::string folded(token.text);
  for (char& c : folded)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return folded;
}

std::string string_content_of(const Token& token) {
  if (token.text.front() == '$') return std::string(token.text.substr(2, token.text.size() - 4));
  return undouble(token.text.substr(1, token.text.size() - 2), '\'');
}

}  // namespace ringlet::cql
