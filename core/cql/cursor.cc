#include "core/cql/cursor.h"

#include <algorithm>
#include <array>

#include "core/base/limits.h"
#include "core/base/utf8.h"

namespace ringlet::cql {
namespace {

constexpr size_t kQuotedTokenBytesMax = 80;  // of an offending token, in messages
constexpr size_t kSnippetBytesMax = 120;     // before the offending token, in messages
constexpr size_t kSnippetPieces = 10;        // likewise: words, symbols, and the blanks between them

bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

std::string shortened(std::string_view text) {
  if (text.size() <= kQuotedTokenBytesMax) return std::string(text);
  size_t cut = kQuotedTokenBytesMax;
  while (cut > 0 && continues_character(text[cut])) --cut;
  return std::string(text.substr(0, cut)) + "...";
}

std::string_view symbol_of(TokenKind kind) {
  switch (kind) {
    case TokenKind::end:
      return "EOF";
    case TokenKind::invalid:
    case TokenKind::word:
      return "IDENT";
    case TokenKind::quoted_name:
      return "QUOTED_NAME";
    case TokenKind::string:
      return "STRING_LITERAL";
    case TokenKind::integer:
      return "INTEGER";
    case TokenKind::floating:
      return "FLOAT";
    case TokenKind::duration:
      return "DURATION";
    case TokenKind::uuid:
      return "UUID";
    case TokenKind::blob:
      return "HEXNUMBER";
    case TokenKind::question:
      return "QMARK";
    case TokenKind::colon:
      return "':'";
    case TokenKind::comma:
      return "','";
    case TokenKind::semicolon:
      return "';'";
    case TokenKind::dot:
      return "'.'";
    case TokenKind::range:
      return "RANGE";
    case TokenKind::open_paren:
      return "'('";
    case TokenKind::close_paren:
      return "')'";
    case TokenKind::open_bracket:
      return "'['";
    case TokenKind::close_bracket:
      return "']'";
    case TokenKind::open_brace:
      return "'{'";
    case TokenKind::close_brace:
      return "'}'";
    case TokenKind::equal:
      return "'='";
    case TokenKind::not_equal:
      return "'!='";
    case TokenKind::less:
      return "'<'";
    case TokenKind::less_equal:
      return "'<='";
    case TokenKind::greater:
      return "'>'";
    case TokenKind::greater_equal:
      return "'>='";
    case TokenKind::plus:
      return "'+'";
    case TokenKind::minus:
      return "'-'";
    case TokenKind::star:
      return "'*'";
    case TokenKind::slash:
      return "'/'";
    case TokenKind::percent:
      return "'%'";
    case TokenKind::plus_equal:
      return "'+='";
    case TokenKind::minus_equal:
      return "'-='";
  }
  return "";
}

// What is between the quotes, as Cassandra's messages have it.
std::string meaning_of(const Token& token) {
  if (token.kind == TokenKind::string) return string_content_of(token);
  if (token.kind == TokenKind::quoted_name && token.text.size() > 2) return identifier_of(token);
  return std::string(token.text);
}

std::string quoted_input(const Token& token) {
  return token.kind == TokenKind::end ? "'<EOF>'" : "'" + shortened(meaning_of(token)) + "'";
}

}  // namespace

Cursor::Cursor(std::string_view text) : text_(text), lexer_(text) {
  token_.text = text_.substr(text_.size());
  if (text.size() > kStatementBytesMax) {
    fail({Errc::invalid, "A statement of " + std::to_string(text.size()) + " bytes is longer than the limit of " +
                             std::to_string(kStatementBytesMax)});
    return;
  }
  if (const size_t good = valid_utf8_prefix(text); good != text.size()) {
    token_.text = text_.substr(good);
    fail({Errc::syntax, place_of(token_) + " the statement is not valid UTF-8: see byte " + std::to_string(good)});
    return;
  }
  token_ = lex();
}

Token Cursor::lex() {
  if (++tokens_ > kStatementTokensMax) {
    fail({Errc::invalid, "A statement of more than " + std::to_string(kStatementTokensMax) +
                             " words and symbols is too long: use bind markers or several statements"});
    return token_;
  }
  return lexer_.next();
}

Token Cursor::peek() {
  if (failed()) return token_;
  Lexer ahead = lexer_;
  return ahead.next();
}

bool Cursor::is_identifier(const Token& token) {
  if (token.kind == TokenKind::word) return !is_reserved(token.keyword);
  if (token.kind == TokenKind::quoted_name) return token.text.size() > 2;  // "" is nobody's name
  // A name such as P1Y looks like an ISO duration, which is a duration only where a value may stand.
  return token.kind == TokenKind::duration && token.text[0] == 'P' && token.text.find('-') == std::string_view::npos;
}

void Cursor::advance() {
  if (failed()) return;
  if (token_.kind == TokenKind::invalid) return fail_invalid_token();
  const Token next = lex();
  if (!failed()) token_ = next;
}

void Cursor::go_back_to(const Place& place) {
  if (failed() && error_->code != Errc::syntax) return;  // a bound: it would only be reached again
  error_.reset();
  lexer_.go_back_to(place.position);
  token_ = place.token;
}

bool Cursor::accept(TokenKind kind) {
  if (token_.kind != kind || kind == TokenKind::end) return false;
  advance();
  return !failed();
}

bool Cursor::accept(Keyword keyword) {
  if (token_.keyword != keyword) return false;
  advance();
  return !failed();
}

bool Cursor::accept(Keyword first, Keyword second) {
  if (token_.keyword != first || peek().keyword != second) return false;
  advance();
  advance();
  return !failed();
}

void Cursor::expect(TokenKind kind) {
  if (!accept(kind)) fail_expecting(symbol_of(kind));
}

void Cursor::expect(Keyword keyword) {
  if (!accept(keyword)) fail_expecting(name_of(keyword));
}

std::string Cursor::identifier() {
  if (!is_identifier()) {
    fail_here();
    return {};
  }
  std::string name = identifier_of(token_);
  advance();
  return name;
}

std::string Cursor::string() {
  if (!is(TokenKind::string)) {
    fail_expecting(symbol_of(TokenKind::string));
    return {};
  }
  std::string content = string_content_of(token_);
  advance();
  return content;
}

BindMarker Cursor::marker() {
  BindMarker marker{static_cast<uint32_t>(markers_.size()), std::nullopt};
  if (accept(TokenKind::colon)) {
    if (token_.kind != TokenKind::word && !is_identifier()) fail_here();
    if (!failed()) marker.name = identifier_of(token_);  // reserved words too: nothing else can follow the colon
    advance();
  } else {
    expect(TokenKind::question);
  }
  if (!failed()) markers_.push_back(marker);
  return marker;
}

void Cursor::expect_end() {
  accept(TokenKind::semicolon);
  if (!is(TokenKind::end)) fail_expecting(symbol_of(TokenKind::end));
}

void Cursor::descend(int levels) {
  depth_ += levels;
  deepest_ = std::max(deepest_, depth_);
  if (depth_ > kParserDepthMax) fail_saying("nested more than " + std::to_string(kParserDepthMax) + " levels deep");
}

void Chain::link() {
  if (++cursor_.deepest_ > kParserDepthMax)
    cursor_.fail_saying("nested more than " + std::to_string(kParserDepthMax) + " levels deep");
}

// --- failures ----------------------------------------------------------------------------------------------------------

void Cursor::fail_here() { fail_saying("no viable alternative at input " + quoted_input(token_)); }

void Cursor::fail_expecting(std::string_view what) {
  fail_saying("mismatched input " + quoted_input(token_) + " expecting " + std::string(what));
}

void Cursor::fail_saying(std::string_view message) {
  if (failed()) return;
  if (token_.kind == TokenKind::invalid) return fail_invalid_token();
  fail({Errc::syntax, place_of(token_) + " " + std::string(message) + snippet_around(token_)});
}

void Cursor::fail_invalid_token() {
  Lexer again(text_);
  again.go_back_to(token_.text.data());
  again.next();
  const std::string_view problem = again.problem();
  const bool unended = problem.find("<EOF>") != std::string_view::npos;  // told where the text ends, not where it began
  std::string message = (unended ? place_of(text_.size()) : place_of(token_)) + " " + std::string(problem);
  if (message.ends_with("character")) message += " '" + std::string(token_.text) + "'";
  fail({Errc::syntax, std::move(message)});
}

void Cursor::fail(Error error) {
  if (failed()) return;
  error_ = std::move(error);
  token_.kind = TokenKind::end;
  token_.keyword = K_NONE;
}

// Past the last token there is no line, as Cassandra has it.
std::string Cursor::place_of(const Token& token) const {
  if (token.kind == TokenKind::end && token.text.data() == text_.data() + text_.size()) return "line 0:-1";
  return place_of(static_cast<size_t>(token.text.data() - text_.data()));
}

std::string Cursor::place_of(size_t at) const {
  const std::string_view before = text_.substr(0, at);
  const auto line = 1 + std::ranges::count(before, '\n');
  const std::string_view last_line = before.substr(before.rfind('\n') + 1);  // npos + 1 is 0
  const auto column = std::ranges::count_if(last_line, [](char c) { return !continues_character(c); });
  return "line " + std::to_string(line) + ":" + std::to_string(column);
}

std::string Cursor::snippet_around(const Token& token) const {
  if (token.kind == TokenKind::end) return "";
  const size_t offset = static_cast<size_t>(token.text.data() - text_.data());
  size_t from = offset > kSnippetBytesMax ? offset - kSnippetBytesMax : 0;
  while (from > 0 && from < offset && (continues_character(text_[from]))) ++from;
  from = std::max(from, snippet_begin(offset));
  std::string snippet = from == 0 ? " (" : " (...";
  snippet += text_.substr(from, offset - from);
  size_t shown = meaning_of(token).size();
  while (shown < token.text.size() && continues_character(token.text[shown])) --shown;
  snippet += "[" + shortened(token.text.substr(0, shown)) + "]";
  const bool more = offset + shown < text_.size();
  return snippet + (more ? "...)" : ")");
}

// Where the last so many pieces before `offset` begin.
size_t Cursor::snippet_begin(size_t offset) const {
  std::array<size_t, kSnippetPieces> last{};  // in turn
  size_t pieces = 0, end = 0;
  const auto add = [&](size_t at) { last[pieces++ % kSnippetPieces] = at; };
  Lexer again(text_);
  for (Token token = again.next(); token.kind != TokenKind::end && token.kind != TokenKind::invalid;
       token = again.next()) {
    const auto at = static_cast<size_t>(token.text.data() - text_.data());
    if (at > end) add(end);  // blanks, comments
    if (at >= offset) break;
    add(at);
    end = at + token.text.size();
  }
  return pieces > kSnippetPieces ? last[pieces % kSnippetPieces] : 0;
}

}  // namespace ringlet::cql
