#include "core/cql/lexer.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace ringlet::cql;

namespace {

std::vector<std::string> texts_of(std::string_view text) {
  std::vector<std::string> texts;
  Lexer lexer(text);
  for (Token token = lexer.next(); token.kind != TokenKind::end; token = lexer.next()) texts.emplace_back(token.text);
  return texts;
}

TokenKind only_kind_of(std::string_view text) {
  Lexer lexer(text);
  const Token token = lexer.next();
  CAPTURE(text);
  CHECK_EQ(token.text, text);
  CHECK_EQ(lexer.next().kind, TokenKind::end);
  return token.kind;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_SUITE("cql lexer") {
  TEST_CASE("numbers, durations, uuids and blobs that begin alike are told apart") {
    CHECK_EQ(only_kind_of("0"), TokenKind::integer);
    CHECK_EQ(only_kind_of("12345678"), TokenKind::integer);
    CHECK_EQ(only_kind_of("12345678-1234-1234-1234-123456789abc"), TokenKind::uuid);
    CHECK_EQ(only_kind_of("abcdef12-1234-1234-1234-123456789ABC"), TokenKind::uuid);
    CHECK_EQ(only_kind_of("1.5"), TokenKind::floating);
    CHECK_EQ(only_kind_of("1."), TokenKind::floating);
    CHECK_EQ(only_kind_of("1e5"), TokenKind::floating);
    CHECK_EQ(only_kind_of("1.5E-10"), TokenKind::floating);
    CHECK_EQ(only_kind_of("0x"), TokenKind::blob);
    CHECK_EQ(only_kind_of("0XdeadBEEF"), TokenKind::blob);
    for (const char* duration : {"1d", "1y2mo3w4d5h6m7s8ms9us10ns", "30000ms", "2MO", "1\xC2\xB5s", "P1Y2M3DT4H5M6S",
                                 "P2W", "PT5M", "P1M", "P0001-02-03T04:05:06"}) {
      CHECK_EQ(only_kind_of(duration), TokenKind::duration);
    }
  }
  TEST_CASE("a hyphenated number that is no uuid is a difference") {
    CHECK_EQ(texts_of("12345678-1234"), Texts{"12345678", "-", "1234"});
    CHECK_EQ(texts_of("x=x-3"), Texts{"x", "=", "x", "-", "3"});
  }
  TEST_CASE("two dots are a range, even right after an integer") {
    CHECK_EQ(texts_of("1..2"), Texts{"1", "..", "2"});
    CHECK_EQ(texts_of("1.0..2"), Texts{"1.0", "..", "2"});
    CHECK_EQ(texts_of("a.b"), Texts{"a", ".", "b"});
  }
  TEST_CASE("words that begin like durations or uuids are words") {
    CHECK_EQ(only_kind_of("PARTITION"), TokenKind::word);
    CHECK_EQ(only_kind_of("P1"), TokenKind::word);
    CHECK_EQ(only_kind_of("p1y"), TokenKind::word);
    CHECK_EQ(only_kind_of("P1Yx"), TokenKind::word);
    CHECK_EQ(only_kind_of("abcdef12"), TokenKind::word);
    CHECK_EQ(texts_of("1dx"), Texts{"1", "dx"});
  }
  TEST_CASE("comments vanish and strings keep what looks like one") {
    CHECK_EQ(texts_of("a -- one\nb // two\r\nc /* three\n -- */ d"), Texts{"a", "b", "c", "d"});
    CHECK_EQ(texts_of("'-- no' \"/* no */\" $$ // no $$"), Texts{"'-- no'", "\"/* no */\"", "$$ // no $$"});
    CHECK_EQ(texts_of("a--"), Texts{"a"});
    CHECK_EQ(texts_of("/**/"), Texts{});
  }
  TEST_CASE("strings and quoted names lose their quotes, and doubled ones become one") {
    Lexer lexer("'it''s' $$it's $1$$ \"Na\"\"me\" '' \"\" MiXed");
    CHECK_EQ(string_content_of(lexer.next()), "it's");
    CHECK_EQ(string_content_of(lexer.next()), "it's $1");
    CHECK_EQ(identifier_of(lexer.next()), "Na\"me");
    CHECK_EQ(string_content_of(lexer.next()), "");
    CHECK_EQ(identifier_of(lexer.next()), "");
    CHECK_EQ(identifier_of(lexer.next()), "mixed");
  }
  TEST_CASE("what does not end is invalid and says why") {
    for (const char* open : {"'abc", "'abc''", "\"abc", "$$abc", "$$", "/* abc", "/*/"}) {
      CAPTURE(open);
      Lexer lexer(open);
      CHECK_EQ(lexer.next().kind, TokenKind::invalid);
      CHECK(std::string(lexer.problem()).starts_with("mismatched character '<EOF>'"));
    }
  }
  TEST_CASE("keywords are found in any case") {
    CHECK_EQ(keyword_of("SELECT"), K_SELECT);
    CHECK_EQ(keyword_of("sElEcT"), K_SELECT);
    CHECK_EQ(keyword_of("writetime"), K_WRITETIME);
    CHECK_EQ(keyword_of("select_masked"), K_SELECT_MASKED);
    CHECK_EQ(keyword_of("selec"), K_NONE);
    CHECK_EQ(keyword_of("selects"), K_NONE);
    CHECK_EQ(keyword_of(""), K_NONE);
    CHECK_EQ(keyword_of("_select"), K_NONE);
    CHECK(is_reserved(K_FROM));
    CHECK_FALSE(is_reserved(K_TTL));
    CHECK_EQ(name_of(K_FROM), "K_FROM");
  }
}
