#include <doctest/doctest.h>

#include <set>

#include "core/local/local_store.h"
#include "tests/sim/sim_world.h"

namespace ringlet::sim {
namespace {

// A client of the store that remembers what it was told. Step n is one transaction: it takes ids, adds a pair of files that
// come and go together, appends catalog command, or sets the setting "step" to n.
struct Client {
  std::set<uint64_t> ids;                 // handed out: never again
  std::set<uint64_t> files, maybe_files;  // first ids of pairs: told to be there; asked for, answer unknown
  uint64_t commands = 0, maybe_commands = 0;
  uint64_t setting = 0, maybe_setting = 0;
  uint64_t failures = 0;
  bool frozen = true;  // the power may go in the middle of a call; else it is only the disk that fails

  Task<void> step(LocalStore& store, uint64_t n);
  Task<Status> check(LocalStore& store);  // and takes what it finds as decided
};

ManifestFile file(uint64_t id) { return {FileId{id}, Uuid{{1}}, 0, 100, 0, 1, Token{0}, Token{1}}; }

Task<void> Client::step(LocalStore& store, uint64_t n) {
  Status done;
  if (n % 4 == 0) {
    const auto taken = co_await store.take_ids("files", 3);
    if (taken) {
      for (uint64_t id = *taken; id < *taken + 3; ++id)
        CHECK_MESSAGE(ids.insert(id).second, "an id was handed out twice");
    } else {
      done = fail(taken.error());
    }
  } else if (n % 4 == 1) {
    ManifestEdit edit{{file(n * 2), file(n * 2 + 1)}, {}, {}, {}};
    maybe_files.insert(n * 2);
    done = co_await store.edit_manifest(edit);
    if (done) files.insert(n * 2);
    if (!done && !frozen) maybe_files.erase(n * 2);  // an error says that it did not happen
  } else if (n % 4 == 2 && commands == maybe_commands) {
    ++maybe_commands;
    const CatalogRecord record{SchemaVersion{maybe_commands}, Bytes(n % 900, 'c')};
    done = co_await store.append_catalog(record);
    if (done) commands = maybe_commands;
    if (!done && !frozen) maybe_commands = commands;
  } else {
    maybe_setting = n;
    done = co_await store.set_setting("step", std::to_string(n));
    if (done) setting = n;
  }
  failures += done ? 0 : 1;
}

Task<Status> Client::check(LocalStore& store) {
  CO_TRY(const ManifestState manifest, co_await store.manifest());
  std::set<uint64_t> found;
  for (const ManifestFile& one : manifest.live) found.insert(one.id.raw);
  for (const uint64_t id : files) CHECK_MESSAGE(found.contains(id), "a file of a committed edit is missing");
  for (const uint64_t id : maybe_files)
    CHECK_MESSAGE(found.contains(id) == found.contains(id + 1), "half an edit is there");
  for (const uint64_t id : found)
    CHECK_MESSAGE((maybe_files.contains(id) || maybe_files.contains(id - 1)), "a file nobody added");
  for (const uint64_t id : maybe_files) {
    if (found.contains(id)) files.insert(id);
  }
  maybe_files = files;
  CO_TRY(const LocalStore::Catalog catalog, co_await store.catalog());
  CHECK_GE(catalog.commands.size(), commands);
  CHECK_LE(catalog.commands.size(), maybe_commands);
  commands = maybe_commands = catalog.commands.size();
  CO_TRY(const auto value, co_await store.setting("step"));
  const uint64_t step = value ? std::stoull(*value) : 0;
  CHECK_GE(step, setting);
  CHECK_LE(step, maybe_setting);
  setting = maybe_setting = step;
  CO_TRY(const uint64_t id, co_await store.take_ids("files", 1));
  CHECK_MESSAGE(ids.insert(id).second, "an id was handed out twice");
  co_return Status{};
}

// Opens each of many survivors, checks it, and lives a few steps and one more power cut in some.
Task<void> recover(SimWorld& world, const Client& before, uint64_t survivors, uint64_t salt) {
  const DiskState frozen = world.disk.state();
  world.disk.clear_faults();
  for (uint64_t n = 0; n < survivors; ++n) {
    const uint64_t survivor = n < 2 ? n : salt * 1000 + n;
    CAPTURE(survivor);
    world.disk.restart(survivor_of(frozen, survivor));
    Client client = before;
    for (int life = 0; life < (n % 2 == 0 ? 2 : 1); ++life) {
      auto store = co_await LocalStore::open(world.env);
      REQUIRE_MESSAGE(store, (store ? "" : store.error().detail));
      REQUIRE(co_await client.check(**store));
      for (uint64_t step = 0; step < 6; ++step)
        co_await client.step(**store, 100000 + n * 100 + static_cast<uint64_t>(life) * 10 + step);
      if (life == 0) world.disk.crash();
      (void)co_await (*store)->close();
      if (life == 0) world.disk.restart(survivor + 3);
    }
  }
}

// A life of `steps` under a planned fault, ended by a power cut if the fault was none.
Task<void> live_with(SimWorld& world, Client& client, const Fault& fault, uint64_t steps) {
  world.disk.plan(fault);
  auto store = co_await LocalStore::open(world.env);
  if (store) {
    for (uint64_t n = 1; n <= steps && !world.disk.crashed(); ++n) co_await client.step(**store, n);
  }
  if (!world.disk.crashed()) world.disk.crash();
  if (store) (void)co_await (*store)->close();
}

TEST_SUITE("local_store_sim") {
  TEST_CASE("sim: what the local store confirmed survives a power cut at any disk operation, whole") {
    constexpr DiskOp kKinds[] = {DiskOp::open, DiskOp::write, DiskOp::sync, DiskOp::remove, DiskOp::sync_directory};
    for (const DiskOp kind : kKinds) {
      const std::string op = name_of(kind);
      CAPTURE(op);
      uint64_t cuts = 0;
      for (const uint64_t seed : seeds(10)) {
        run_sim(seed, [&](SimWorld& world) -> Task<void> {
          Client client;
          const bool frequent = kind == DiskOp::write || kind == DiskOp::sync;
          const uint64_t nth = frequent ? seed * 7 : 1 + seed % 4;
          co_await live_with(world, client, {.kind = FaultKind::crash, .op = kind, .nth = nth}, 40);
          cuts += world.disk.faults_fired();
          co_await recover(world, client, 5, seed);
        });
      }
      CHECK_GT(cuts, 0);
    }
  }

  TEST_CASE("sim: a long life with checkpoints, cut anywhere, keeps what was confirmed") {
    for (const uint64_t seed : seeds(12)) {
      run_sim(seed, [&](SimWorld& world) -> Task<void> {
        Client client;
        co_await live_with(world, client, {.kind = FaultKind::crash, .nth = 1500 + seed * 211}, 400);
        co_await recover(world, client, 6, seed);
      });
    }
  }

  TEST_CASE("sim: after a failed sync of metadata.db the store goes on by itself, and what it then says stays so") {
    for (const uint64_t seed : seeds(60)) {
      run_sim(seed, [&](SimWorld& world) -> Task<void> {
        auto store = co_await LocalStore::open(world.env);
        REQUIRE(store);
        Client client{.frozen = false};
        world.disk.plan({.kind = FaultKind::io_error, .op = DiskOp::sync, .nth = seed, .path_contains = "metadata"});
        if (seed % 2 == 0) {  // and once more, when the connection is closed: then only opening it again can tell
          world.disk.plan(
              {.kind = FaultKind::io_error, .op = DiskOp::sync, .nth = seed + 1, .path_contains = "metadata"});
        }
        for (uint64_t n = 1; n <= 30 && client.failures == 0; ++n) co_await client.step(**store, n);
        world.disk.clear_faults();
        REQUIRE(co_await client.check(**store));  // whatever the failed call did is decided now
        world.disk.crash();
        (void)co_await (*store)->close();
        co_await recover(world, client, 6, seed);
      });
    }
  }

  TEST_CASE("sim: any disk operation may fail once, and the store works again without a restart") {
    for (const uint64_t seed : seeds(80)) {
      run_sim(seed, [&](SimWorld& world) -> Task<void> {
        auto store = co_await LocalStore::open(world.env);
        REQUIRE(store);
        Client client{.frozen = false};
        for (uint64_t n = 1; n <= 8; ++n) co_await client.step(**store, n);
        world.disk.plan({.kind = FaultKind::io_error, .nth = seed, .path_contains = "metadata"});
        for (uint64_t n = 9; n <= 40 && client.failures == 0; ++n) co_await client.step(**store, n);
        world.disk.clear_faults();
        REQUIRE(co_await client.check(**store));
        const uint64_t failures = client.failures;
        for (uint64_t n = 41; n <= 48; ++n) co_await client.step(**store, n);
        CHECK_EQ(client.failures, failures);
        world.disk.crash();
        (void)co_await (*store)->close();
        co_await recover(world, client, 3, seed);
      });
    }
  }

  TEST_CASE("sim: on a full disk changes fail with no_space, reads go on, and it is over when there is room again") {
    for (const uint64_t seed : seeds(10)) {
      run_sim(seed, [&](SimWorld& world) -> Task<void> {
        auto store = co_await LocalStore::open(world.env);
        REQUIRE(store);
        Client client;
        for (uint64_t n = 1; n <= 8; ++n) co_await client.step(**store, n);
        world.disk.set_capacity(world.disk.used_bytes());
        const std::string value(20000, 'v');
        const Status full = co_await (*store)->set_setting("large", value);
        REQUIRE_FALSE(full);
        CHECK_EQ(full.error().code, Errc::no_space);
        CHECK(co_await (*store)->manifest());
        world.disk.set_capacity(uint64_t{1} << 30);
        REQUIRE(co_await (*store)->set_setting("large", value));
        REQUIRE(co_await client.check(**store));
        world.disk.crash();
        (void)co_await (*store)->close();
        co_await recover(world, client, 4, seed);
      });
    }
  }

  TEST_CASE("sim: an edit that removes a file that was never live is only reported as done when it is") {
    uint64_t failed = 0;
    for (uint64_t nth = 1, done = 0; done == 0; ++nth) {
      run_sim(nth, [&](SimWorld& world) -> Task<void> {
        CAPTURE(nth);
        auto store = co_await LocalStore::open(world.env);
        REQUIRE(store);
        const uint64_t before = world.disk.faults_fired();
        world.disk.plan({.kind = FaultKind::io_error, .nth = nth, .path_contains = "metadata"});
        const ManifestEdit truncation{{}, {FileId{7}}, {{Uuid{{1}}, 0, 1, 3, 100}}, {}, true, {}};
        const Status edited = co_await (*store)->edit_manifest(truncation);
        done = world.disk.faults_fired() == before ? 1 : 0;
        failed += edited ? 0 : 1;
        world.disk.clear_faults();
        const auto manifest = co_await (*store)->manifest();
        REQUIRE(manifest);
        CHECK_EQ(manifest->flushed.size(), edited ? 1 : 0);
        REQUIRE(co_await (*store)->close());
      });
    }
    CHECK_GT(failed, 0);
  }

  TEST_CASE("sim: where nobody can tell what became of a manifest edit, no other is taken until a restart") {
    for (const uint64_t seed : seeds(5)) {
      run_sim(seed, [&](SimWorld& world) -> Task<void> {
        auto store = co_await LocalStore::open(world.env);
        REQUIRE(store);
        Client client;
        for (uint64_t n = 1; n <= 8; ++n) co_await client.step(**store, n);
        world.disk.plan(
            {.kind = FaultKind::io_error, .op = DiskOp::sync, .for_good = true, .path_contains = "metadata"});
        co_await client.step(**store, 13);
        CHECK_EQ(client.failures, 1);
        world.disk.clear_faults();
        co_await client.step(**store, 17);
        CHECK_EQ(client.failures, 2);
        CHECK(co_await (*store)->set_setting("other", "calls go on"));
        REQUIRE(co_await (*store)->close());
        store = co_await LocalStore::open(world.env);
        REQUIRE(store);
        REQUIRE(co_await client.check(**store));
        co_await client.step(**store, 21);
        CHECK_EQ(client.failures, 2);
        REQUIRE(co_await (*store)->close());
      });
    }
  }
}

}  // namespace
}  // namespace ringlet::sim
