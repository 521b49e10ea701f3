#include "core/base/utf8.h"

#include <doctest/doctest.h>

#include <string>

using namespace ringlet;

TEST_SUITE("utf8") {
  TEST_CASE("text of every sequence length is valid") {
    CHECK(is_valid_utf8(""));
    CHECK(is_valid_utf8("plain ascii that is longer than eight bytes"));
    CHECK(is_valid_utf8("\xC2\x80 \xDF\xBF \xE0\xA0\x80 \xED\x9F\xBF \xEE\x80\x80 \xEF\xBF\xBF"));
    CHECK(is_valid_utf8("\xF0\x90\x80\x80 \xF4\x8F\xBF\xBF"));
    CHECK(is_valid_utf8(std::string("\0with a zero byte", 17)));
  }
  TEST_CASE("the first bad byte is found, wherever it stands") {
    for (const char* bad : {"\x80", "\xC0\x80", "\xC1\xBF", "\xC2", "\xC2 ", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xE2\x82",
                            "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "\xF1\x80\x80"}) {
      for (size_t before = 0; before < 20; ++before) {
        CAPTURE(before);
        CHECK_EQ(valid_utf8_prefix(std::string(before, 'a') + bad), before);
        CHECK_EQ(valid_utf8_prefix(std::string(before, 'a') + bad + "and a tail of text"), before);
      }
    }
  }
}
