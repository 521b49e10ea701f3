#include "core/meta/catalog_command.h"

#include <doctest/doctest.h>

#include "tests/sim/data_model.h"
#include "tests/unit/data/random_rows.h"

namespace ringlet {
namespace {

CatalogCommand make_all() {
  CatalogCommand command;
  command.changes.push_back(PutKeyspace{"ks", {{"class", "SimpleStrategy"}, {"replication_factor", "1"}}, true});
  command.changes.push_back(
      PutType{"ks", "pair", user_type("ks", "pair", {"a"}, {native_type(TypeKind::int_)}, false)});
  command.changes.push_back(PutTable{std::make_shared<const Table>(sim::model_table(1, "ks", true))});
  return command;
}

Bytes encoded(const CatalogCommand& command) {
  Bytes bytes;
  ByteWriter out(bytes);
  encode_command(command, out);
  return bytes;
}
Bytes encoded(const Schema& schema) {
  Bytes bytes;
  ByteWriter out(bytes);
  encode_schema(schema, out);
  return bytes;
}

SchemaRef applied(const Schema& schema, const CatalogCommand& command) {
  auto next = apply(schema, command);
  REQUIRE(next);
  return *next;
}

TEST_SUITE("catalog_command") {
  TEST_CASE("the bytes of a command are frozen") {
    CatalogCommand command;
    command.base = SchemaVersion{5};
    command.changes.push_back(PutKeyspace{"ks", {{"class", "X"}}, false});
    command.changes.push_back(DropTable{"ks", "t"});
    command.changes.push_back(DropType{"ks", "u"});
    command.changes.push_back(DropKeyspace{"ks"});
    const Bytes golden = Bytes("\x01\x05\x04", 3) +
                         Bytes(
                             "\x01\x02ks\x01\x05"
                             "class\x01X\x00",
                             14) +
                         Bytes("\x04\x02ks\x01t", 6) + Bytes("\x06\x02ks\x01u", 6) + Bytes("\x02\x02ks", 4);
    CHECK((encoded(command) == golden));
  }

  TEST_CASE("commands and schemas come back as they went in") {
    const CatalogCommand command = make_all();
    const auto decoded = decode_command(encoded(command));
    REQUIRE(decoded);
    CHECK((encoded(*decoded) == encoded(command)));
    const SchemaRef schema = applied(Schema{}, command);
    const auto again = decode_schema(encoded(*schema));
    REQUIRE(again);
    CHECK((encoded(**again) == encoded(*schema)));
    CHECK(((*again)->version_uuid == schema->version_uuid));
  }

  TEST_CASE("the same commands make the same schema, byte for byte, decoded or not") {
    const CatalogCommand command = make_all();
    const auto decoded = decode_command(encoded(command));
    REQUIRE(decoded);
    CHECK((encoded(*applied(Schema{}, command)) == encoded(*applied(Schema{}, *decoded))));
  }

  TEST_CASE("a command planned against another version is busy, and changes nothing") {
    const SchemaRef schema = applied(Schema{}, make_all());
    CHECK_EQ(schema->version.raw, 1);
    const auto again = apply(*schema, make_all());
    REQUIRE_FALSE(again.has_value());
    CHECK((again.error().code == Errc::busy));
  }

  TEST_CASE("a change that does not fit fails the whole command") {
    const SchemaRef schema = applied(Schema{}, make_all());
    const CatalogChange unfit[] = {DropKeyspace{"other"}, DropTable{"ks", "other"}, DropType{"ks", "other"},
                                   DropTable{"other", "t1"},
                                   PutTable{std::make_shared<const Table>(sim::model_table(2, "other", true))}};
    for (const CatalogChange& change : unfit) {
      CatalogCommand command{schema->version, {DropTable{"ks", "t1"}, change}};
      const auto next = apply(*schema, command);
      REQUIRE_FALSE(next.has_value());
      CHECK((next.error().code == Errc::invalid));
    }
    CHECK(schema->table("ks", "t1") != nullptr);
  }

  TEST_CASE("a keyspace that stops being durable tells its tables, and a table says which command changed it last") {
    const SchemaRef first = applied(Schema{}, make_all());
    CHECK_EQ(first->table("ks", "t1")->version.raw, 1);
    CHECK(first->table("ks", "t1")->durable_writes);
    const SchemaRef second = applied(*first, {first->version, {PutKeyspace{"ks", {{"class", "X"}}, false}}});
    CHECK_FALSE(second->table("ks", "t1")->durable_writes);
    CHECK(second->keyspace("ks")->types.contains("pair"));
    CHECK(first->table("ks", "t1")->durable_writes);  // snapshots never change
    CHECK_FALSE((first->version_uuid == second->version_uuid));
  }

  TEST_CASE("cut short, lengthened or of another version, commands and schemas are corrupt") {
    const Bytes command = encoded(make_all()), schema = encoded(*applied(Schema{}, make_all()));
    for (size_t bytes = 0; bytes < command.size(); ++bytes)
      CHECK_FALSE(decode_command(BytesView(command).substr(0, bytes)).has_value());
    for (size_t bytes = 0; bytes < schema.size(); ++bytes)
      CHECK_FALSE(decode_schema(BytesView(schema).substr(0, bytes)).has_value());
    CHECK_FALSE(decode_command(command + "x").has_value());
    CHECK_FALSE(decode_schema(schema + "x").has_value());
    CHECK_FALSE(decode_command("\x02" + command.substr(1)).has_value());
    CHECK_FALSE(decode_schema("\x02" + schema.substr(1)).has_value());
  }

  TEST_CASE("damaged bytes are refused or decoded, never read past") {
    const Bytes command = encoded(make_all()), schema = encoded(*applied(Schema{}, make_all()));
    for (uint64_t seed = 1; seed <= 3000; ++seed) {
      testing::Dice dice(seed);
      Bytes a = command, b = schema;
      for (uint64_t n = 1 + testing::roll(dice, 3); n > 0; --n) {
        a[testing::roll(dice, a.size())] = static_cast<char>(dice());
        b[testing::roll(dice, b.size())] = static_cast<char>(dice());
      }
      (void)decode_command(a);
      (void)decode_schema(b);
    }
  }
}

}  // namespace
}  // namespace ringlet
