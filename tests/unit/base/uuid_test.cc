#include "core/base/uuid.h"

#include <doctest/doctest.h>

using namespace ringlet;

TEST_SUITE("uuid") {
  TEST_CASE("text reads back, in either case, and nothing else is a uuid") {
    const auto uuid = parse_uuid("5A1C395e-b41f-11e5-9f22-ba0be0483c18");
    REQUIRE(uuid.has_value());
    CHECK_EQ(to_string(*uuid), "5a1c395e-b41f-11e5-9f22-ba0be0483c18");
    for (const char* bad : {"", "5a1c395eb41f11e59f22ba0be0483c18", "5a1c395e-b41f-11e5-9f22-ba0be0483c1",
                            "5a1c395e-b41f-11e5-9f22-ba0be0483c1g", "{5a1c395e-b41f-11e5-9f22-ba0be0483c18}",
                            "5a1c395e-b41f-11e5-9f22_ba0be0483c18"}) {
      CAPTURE(bad);
      CHECK_FALSE(parse_uuid(bad).has_value());
    }
  }
  TEST_CASE("a time uuid keeps its time, version and variant") {
    const Timestamp t{1704164645678901};
    const Uuid uuid = time_uuid(ticks_of(t), UINT64_MAX);
    CHECK_EQ(uuid.version(), 1);
    CHECK_EQ(uuid.raw[8] >> 6, 2);
    CHECK_EQ(time_uuid_ticks(uuid), ticks_of(t));
    CHECK_EQ(time_uuid_unix_micros(uuid), t.raw);
  }
  TEST_CASE("random and name uuids carry their versions; a name gives the same uuid every time") {
    CHECK_EQ(random_uuid(UINT64_MAX, UINT64_MAX).version(), 4);
    CHECK_EQ(name_uuid("ks.t").version(), 3);
    CHECK_EQ(name_uuid("ks.t"), name_uuid("ks.t"));
    CHECK(name_uuid("ks.t") != name_uuid("ks.u"));
  }
}
