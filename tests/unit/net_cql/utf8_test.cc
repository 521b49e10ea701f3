#include "net/cql/utf8.h"

#include <doctest/doctest.h>

#include "tests/unit/net_cql/wire_test_help.h"

using ringlet::Bytes;
using ringlet::wire::is_utf8;
using ringlet::wire_test::hex;

TEST_SUITE("net_cql utf8") {
  TEST_CASE("characters of every length are text, wherever they stand") {
    for (const char* text : {"", "plain", "é", "€", "😀", "\x7f", "\xF4\x8F\xBF\xBF", "\xED\x9F\xBF", "\xEE\x80\x80"})
      for (size_t before = 0; before < 20; ++before) CHECK(is_utf8(Bytes(before, 'a') + text + "tail"));
  }

  TEST_CASE("overlong forms, surrogates, values too large, stray and missing continuations are not text") {
    for (const char* bytes :
         {"80", "bf", "c080", "c1bf", "e08080", "e09fbf", "eda080", "edbfbf", "f0808080", "f08fbfbf", "f4908080",
          "f5808080", "ff", "c3", "e282", "f09f98", "c328", "e28228", "f09f9828"})
      for (size_t before = 0; before < 20; ++before) {
        CAPTURE(bytes);
        CHECK(!is_utf8(Bytes(before, 'a') + hex(bytes)));
        CHECK(!is_utf8(Bytes(before, 'a') + hex(bytes) + "tail"));
      }
  }
}
