// Where the parser stands in the text: the current token, the errors, the bind markers seen, and the bounds.
//
// Invariants
//   - the first failure wins and sticks: from then on the current token is `end`, every accept() is false and every loop
//     that asks for a comma stops. So a parsing function goes on without checking, and its result is thrown away at the
//     end (finish() gives the error). What a failed function returns is valid, only meaningless.
//   - no tree grows deeper than kParserDepthMax, nor takes more than kStatementTokensMax tokens
// Internal to the parser (parse_*.h).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/cql/ast_terms.h"
#include "core/cql/lexer.h"

namespace ringlet::cql {

class Cursor {
 public:
  explicit Cursor(std::string_view text);

  const Token& token() const { return token_; }
  Token peek();  // the token after the current one
  bool is(TokenKind kind) const { return token_.kind == kind; }
  bool is(Keyword keyword) const { return token_.keyword == keyword; }
  bool is_identifier() const { return is_identifier(token_); }
  static bool is_identifier(const Token& token);
  bool at_statement_end() const { return is(TokenKind::end) || is(TokenKind::semicolon); }

  void advance();
  bool accept(TokenKind kind);
  bool accept(Keyword keyword);
  bool accept(Keyword first, Keyword second);  // both or none
  void expect(TokenKind kind);
  void expect(Keyword keyword);
  std::string identifier();  // the current token, taken
  std::string string();
  BindMarker marker();  // current is ? or :

  // Where trying and going back is the clear way. Nothing but types is parsed on trial, so markers need no undoing.
  struct Place {
    const char* position;
    Token token;
  };
  Place here() const { return {lexer_.position(), token_}; }
  void go_back_to(const Place& place);
  bool failed() const { return error_.has_value(); }
  template <class Parse>
  bool parses(Parse parse);  // tries `parse` here; when it fails, all is as before

  void fail_here();                            // no viable alternative at input
  void fail_expecting(std::string_view what);  // mismatched input
  void fail_saying(std::string_view message);  // anything else, at the current token
  void fail(Error error);
  void expect_end();  // a ';' and then nothing
  std::optional<Error>& error() { return error_; }
  std::vector<BindMarker>& markers() { return markers_; }

 private:
  friend class Deeper;
  friend class Chain;
  Token lex();
  void fail_invalid_token();
  void descend(int levels);
  std::string place_of(const Token& token) const;  // "line 1:7"
  std::string place_of(size_t at) const;
  size_t snippet_begin(size_t offset) const;
  std::string snippet_around(const Token& token) const;  // " (SELECT * [FORM]...)"

  std::string_view text_;
  Lexer lexer_;
  Token token_;
  std::optional<Error> error_;
  std::vector<BindMarker> markers_;
  size_t tokens_ = 0;
  int depth_ = 0;    // of what is being parsed
  int deepest_ = 0;  // of all that hangs below the innermost Chain
};

// One level of nesting, for as long as it lives.
class Deeper {
 public:
  explicit Deeper(Cursor& cursor) : cursor_(cursor) { cursor_.descend(1); }
  ~Deeper() { --cursor_.depth_; }
  Deeper(const Deeper&) = delete;
  Deeper& operator=(const Deeper&) = delete;

 private:
  Cursor& cursor_;
};

// A chain (a + b + c, a.b[c]) nests to the left: each link pushes all before it one level down.
class Chain {
 public:
  explicit Chain(Cursor& cursor) : cursor_(cursor), outer_deepest_(cursor.deepest_) {
    cursor_.deepest_ = cursor_.depth_;
  }
  ~Chain() {
    if (cursor_.deepest_ < outer_deepest_) cursor_.deepest_ = outer_deepest_;
  }
  Chain(const Chain&) = delete;
  Chain& operator=(const Chain&) = delete;
  void link();

 private:
  Cursor& cursor_;
  int outer_deepest_;
};

template <class Parse>
bool Cursor::parses(Parse parse) {
  const Place start = here();
  if (parse()) return true;
  go_back_to(start);
  return false;
}

}  // namespace ringlet::cql
