// CQL text to tokens, one at a time and without memory of its own: a token is a view into the text.
//
// Numbers carry no sign here: the parser, which knows whether an operand is due, joins `-` and the number that touches it
// (so `x=x-3` is a subtraction and `x=-3` is not). Comments and white space vanish. The lexer never fails: what is no
// token comes out as TokenKind::invalid, with `problem` saying why.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/cql/keywords.h"

namespace ringlet::cql {

enum class TokenKind : uint8_t {
  end,
  invalid,
  word,         // identifier or keyword, unquoted
  quoted_name,  // "Name"
  string,       // 'text' or $$text$$
  integer,
  floating,
  duration,
  uuid,
  blob,  // 0x...
  question,
  colon,
  comma,
  semicolon,
  dot,
  range,
  open_paren,
  close_paren,
  open_bracket,
  close_bracket,
  open_brace,
  close_brace,
  equal,
  not_equal,
  less,
  less_equal,
  greater,
  greater_equal,
  plus,
  minus,
  star,
  slash,
  percent,
  plus_equal,
  minus_equal,
};

struct Token {
  TokenKind kind = TokenKind::end;
  Keyword keyword = K_NONE;  // of a word
  std::string_view text;     // as written, quotes included; its address is its place in the text
};

class Lexer {
 public:
  explicit Lexer(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

  Token next();
  const char* problem() const { return problem_; }  // of the last token, when it was invalid

  const char* position() const { return at_; }
  void go_back_to(const char* position) { at_ = position; }

 private:
  bool skip_blanks();  // false: a comment does not end
  Token word();
  Token number_or_uuid();
  Token quoted(char quote, TokenKind kind);
  Token dollar_string();
  Token symbol();
  Token token(TokenKind kind, const char* end);
  Token invalid(const char* problem, const char* end);
  char ahead(size_t n) const { return static_cast<size_t>(end_ - at_) > n ? at_[n] : '\0'; }

  const char* at_;
  const char* end_;
  const char* problem_ = "";
};

std::string identifier_of(const Token& token);      // a word folded to lower case, or a quoted name unescaped
std::string string_content_of(const Token& token);  // of a string token, unescaped

}  // namespace ringlet::cql
