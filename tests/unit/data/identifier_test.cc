#include "core/data/identifier.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "core/cql/keywords.h"

using namespace ringlet;

TEST_SUITE("identifier") {
  TEST_CASE("names are quoted only where they must be") {
    CHECK_EQ(quote_if_needed("addr_2"), "addr_2");
    CHECK_EQ(quote_if_needed("Addr"), "\"Addr\"");
    CHECK_EQ(quote_if_needed("a\"b"), "\"a\"\"b\"");
    CHECK_EQ(quote_if_needed("2a"), "\"2a\"");
    CHECK_EQ(quote_if_needed(""), "\"\"");
    CHECK_EQ(quote_if_needed("table"), "\"table\"");
    CHECK_EQ(quote_if_needed("timestamp"), "timestamp");
  }
  TEST_CASE("the parser's reserved words are the ones that need quotes") {
    const auto folded = [](const char* word) {
      std::string lower(word);
      std::ranges::transform(lower, lower.begin(), [](char c) { return static_cast<char>(c - 'A' + 'a'); });
      return lower;
    };
    int reserved = 0;
#define RINGLET_CHECK_RESERVED(word) \
  ++reserved;                        \
  CHECK(is_reserved_word(folded(#word)));
    RINGLET_CQL_RESERVED(RINGLET_CHECK_RESERVED)
#undef RINGLET_CHECK_RESERVED
    CHECK(reserved > 50);
    for (const char* free : {"ttl", "key", "type", "list", "user", "static", "json", "value"})
      CHECK_FALSE(is_reserved_word(free));
  }
}
