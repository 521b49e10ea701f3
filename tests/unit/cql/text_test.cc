#include "core/cql/text.h"

#include <doctest/doctest.h>

using namespace ringlet::cql;

TEST_SUITE("cql text") {
  TEST_CASE("an identifier is quoted only when it would not be read back as it is") {
    CHECK_EQ(quote_identifier_if_needed("sensor_1"), "sensor_1");
    CHECK_EQ(quote_identifier_if_needed("timestamp"), "timestamp");
    CHECK_EQ(quote_identifier_if_needed("key"), "key");
    CHECK_EQ(quote_identifier_if_needed("Sensor"), "\"Sensor\"");
    CHECK_EQ(quote_identifier_if_needed("select"), "\"select\"");
    CHECK_EQ(quote_identifier_if_needed("true"), "\"true\"");
    CHECK_EQ(quote_identifier_if_needed("1st"), "\"1st\"");
    CHECK_EQ(quote_identifier_if_needed("_x"), "\"_x\"");
    CHECK_EQ(quote_identifier_if_needed("a b"), "\"a b\"");
    CHECK_EQ(quote_identifier_if_needed("a\"b"), "\"a\"\"b\"");
    CHECK_EQ(quote_identifier_if_needed(""), "\"\"");
    CHECK_EQ(quote_identifier_if_needed("caf\xC3\xA9"), "\"caf\xC3\xA9\"");
  }
  TEST_CASE("strings double their quotes") {
    CHECK_EQ(quote_string(""), "''");
    CHECK_EQ(quote_string("it's"), "'it''s'");
    CHECK_EQ(quote_identifier("plain"), "\"plain\"");
  }
}
