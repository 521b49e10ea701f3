#include "core/local/local_store.h"

#include <doctest/doctest.h>

#include "tests/unit/os_world.h"

namespace ringlet {
namespace {

struct Fixture {
  OsWorld world;
  std::unique_ptr<LocalStore> store;
  Fixture() { open(); }
  ~Fixture() { close(); }
  void open() {
    auto opened = world.run(LocalStore::open(world.env()));
    REQUIRE_MESSAGE(opened, opened.error().detail);
    store = *std::move(opened);
  }
  void close() {
    if (store != nullptr) CHECK(world.run(store->close()));
    store.reset();
  }
  void reopen() {
    close();
    open();
  }
};

TableId table(uint8_t n) {
  TableId id;
  id.raw[0] = n;
  return id;
}

TEST_SUITE("local_store") {
  TEST_CASE_FIXTURE(Fixture, "ids are handed out once, across a restart too, and never 0") {
    CHECK_EQ(world.run(store->take_ids("files", 10)).value(), 1);
    CHECK_EQ(world.run(store->take_ids("files", 1)).value(), 11);
    CHECK_EQ(world.run(store->take_ids("segments", 5)).value(), 1);
    reopen();
    CHECK_EQ(world.run(store->take_ids("files", 1)).value(), 12);
  }

  TEST_CASE_FIXTURE(Fixture, "a setting is kept, replaced, and absent before it is set") {
    CHECK_FALSE(world.run(store->setting("name")).value().has_value());
    REQUIRE(world.run(store->set_setting("name", Bytes("a\0b", 3))));
    REQUIRE(world.run(store->set_setting("empty", "")));
    reopen();
    CHECK_EQ(world.run(store->setting("name")).value(), Bytes("a\0b", 3));
    CHECK_EQ(world.run(store->setting("empty")).value(), "");
  }

  TEST_CASE_FIXTURE(Fixture, "the manifest keeps live files, dead files and flushed positions, and its own id") {
    const ManifestFile first{FileId{1}, table(1), 0, 1000, 1, 4, Token{INT64_MIN}, Token{5}};
    const ManifestFile second{FileId{2}, table(2), 3, UINT64_MAX, 0, 1, Token{-7}, Token{INT64_MAX}};
    ManifestEdit edit{{first, second}, {}, {{table(1), 1, 4, 9, 100}}, {}};
    REQUIRE(world.run(store->edit_manifest(edit)));
    const Uuid id = world.run(store->manifest()).value().id;
    edit = {{}, {FileId{1}}, {{table(1), 1, 4, 8, 500}}, {table(2)}};
    REQUIRE(world.run(store->edit_manifest(edit)));
    reopen();
    ManifestState state = world.run(store->manifest()).value();
    CHECK_EQ(state.id, id);
    CHECK_FALSE(id.is_zero());
    CHECK(state.live.empty());
    CHECK_EQ(state.dead, std::vector{FileId{1}, FileId{2}});
    REQUIRE_EQ(state.flushed.size(), 1);
    CHECK_EQ(state.flushed[0].segment, 9);  // a position never goes back
    CHECK_EQ(state.flushed[0].offset, 100);
    REQUIRE(world.run(store->forget_dead({FileId{1}})));
    REQUIRE(world.run(store->forget_flushed_before(10)));
    state = world.run(store->manifest()).value();
    CHECK_EQ(state.dead, std::vector{FileId{2}});
    CHECK(state.flushed.empty());
  }

  TEST_CASE_FIXTURE(Fixture, "a file keeps every field across a restart") {
    const ManifestFile file{FileId{7}, table(9), 5, 1234567890123, 3, 8, Token{-42}, Token{42}};
    REQUIRE(world.run(store->edit_manifest({{file}, {}, {}, {}})));
    reopen();
    const ManifestFile found = world.run(store->manifest()).value().live.at(0);
    CHECK_EQ(found.id, file.id);
    CHECK_EQ(found.table, file.table);
    CHECK_EQ(found.level, 5);
    CHECK_EQ(found.bytes, file.bytes);
    CHECK_EQ(found.shard, 3);
    CHECK_EQ(found.shard_count, 8);
    CHECK_EQ(found.first_token, file.first_token);
    CHECK_EQ(found.last_token, file.last_token);
  }

  TEST_CASE_FIXTURE(Fixture, "the catalog is its newest snapshot and the commands after it") {
    for (uint64_t i = 1; i <= 5; ++i) REQUIRE(world.run(store->append_catalog({SchemaVersion{i}, std::to_string(i)})));
    REQUIRE(world.run(store->snapshot_catalog({SchemaVersion{3}, "snapshot"})));
    reopen();
    LocalStore::Catalog found = world.run(store->catalog()).value();
    CHECK_EQ(found.snapshot.value().command, "snapshot");
    REQUIRE_EQ(found.commands.size(), 2);
    CHECK_EQ(found.commands[0].index, SchemaVersion{4});
    CHECK_EQ(found.commands[1].command, "5");
    REQUIRE(world.run(store->snapshot_catalog({SchemaVersion{5}, "all"})));
    REQUIRE(world.run(store->append_catalog({SchemaVersion{6}, "six"})));
    found = world.run(store->catalog()).value();
    CHECK_EQ(found.snapshot.value().index, SchemaVersion{5});
    CHECK_EQ(found.commands.size(), 1);
  }

  TEST_CASE_FIXTURE(Fixture, "prepared statements survive a restart until they are forgotten") {
    REQUIRE(world.run(store->keep_prepared("id1", "ks", "SELECT 1")));
    REQUIRE(world.run(store->keep_prepared("id2", "", "SELECT 2")));
    REQUIRE(world.run(store->forget_prepared("id1")));
    reopen();
    const auto found = world.run(store->prepared_statements()).value();
    REQUIRE_EQ(found.size(), 1);
    CHECK_EQ(found.at("id2").second, "SELECT 2");
  }

  TEST_CASE_FIXTURE(Fixture, "metadata.db lost beside data is an error that says so, and nothing is changed") {
    close();
    REQUIRE(world.disk().make_directory("sstables/x"));
    REQUIRE(world.disk().remove("metadata.db"));
    const auto opened = world.run(LocalStore::open(world.env()));
    REQUIRE_FALSE(opened);
    CHECK_EQ(opened.error().code, Errc::corrupt);
    CHECK_NE(opened.error().detail.find("lost its metadata"), std::string::npos);
    CHECK_FALSE(world.disk().exists("metadata.db").value());
  }

  TEST_CASE_FIXTURE(Fixture, "any single flipped bit in metadata.db is reported as damage, not read") {
    REQUIRE(world.run(store->set_setting("name", "value")));
    close();
    auto file = world.disk().open("metadata.db", OpenMode::write).value();
    Bytes bytes(file->size_now().value(), 0);
    REQUIRE(file->read_now(0, bytes));
    for (size_t at = 3; at < bytes.size(); at += 997) {
      CAPTURE(at);
      const char good = bytes[at], bad = static_cast<char>(good ^ 16);
      REQUIRE(file->write_now(at, {&bad, 1}));
      auto opened = world.run(LocalStore::open(world.env()));
      Status status = opened ? Status{} : fail(opened.error());
      if (opened) {
        LocalStore& damaged = **opened;
        const auto note = [&status](const auto& answer) {
          if (!answer) status = fail(answer.error());
        };
        note(world.run(damaged.setting("name")));
        note(world.run(damaged.manifest()));
        note(world.run(damaged.catalog()));
        note(world.run(damaged.take_ids("x", 1)));
        note(world.run(damaged.prepared_statements()));
        (void)world.run(damaged.close());
      }
      if (!status) CHECK_EQ(status.error().code, Errc::corrupt);
      REQUIRE(file->write_now(0, bytes));
      REQUIRE(file->truncate_now(bytes.size()));
    }
    open();
    CHECK_EQ(world.run(store->setting("name")).value(), "value");
  }
}

}  // namespace
}  // namespace ringlet
