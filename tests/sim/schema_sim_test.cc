// Schema changes of a whole node, at once and through crashes.
#include <doctest/doctest.h>

#include "core/env/task_group.h"
#include "core/node/node.h"
#include "tests/sim/sim_world.h"

using namespace ringlet;
using namespace ringlet::sim;

namespace {

constexpr size_t kStatements = 40;  // at once
constexpr const char* kCreateKs =
    "CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}";

NodeOptions small_node() {
  NodeOptions options;
  options.memory_bytes = 128u << 20;
  return options;
}

// On that shard, as one of its connections would.
Task<Status> run(Node& node, ShardId shard, std::string cql) {
  ClientState client;
  const QueryOptions options;
  const RequestContext context{node.env().clock};
  auto here = [&](Shard&) -> Task<Status> {
    const auto result = co_await node.processor(shard).query(cql, options, client, context);
    if (!result) co_return fail(result.error());
    co_return Status{};
  };
  co_return co_await node.shards().run_on(shard, here);
}

Task<void> create(Node& node, size_t number, size_t& done) {
  const ShardId shard{static_cast<uint16_t>(number % node.shards().count())};
  const Status status =
      co_await run(node, shard, "CREATE TABLE ks.t" + std::to_string(number) + " (k int PRIMARY KEY)");
  const std::string problem = status ? "" : status.error().detail;
  CHECK_EQ(problem, "");
  ++done;
}

}  // namespace

TEST_SUITE("schema") {
  TEST_CASE("sim: statements of many connections at once all change the schema, one after the other") {
    for (const uint64_t seed : seeds(5)) {
      run_sim(seed, {.shards = 3}, [](SimWorld& world) -> Task<void> {
        auto node = co_await Node::start(world.env, small_node());
        REQUIRE(node.has_value());
        REQUIRE((co_await run(**node, ShardId{0}, kCreateKs)).has_value());
        size_t done = 0;
        TaskGroup group;
        for (size_t i = 0; i < kStatements; ++i) group.spawn(create(**node, i, done));
        co_await group.join();
        CHECK_EQ(done, kStatements);
        CHECK_EQ((*node)->catalog().schema()->keyspace("ks")->tables.size(), kStatements);
        const Instant deadline = world.clock.now() + seconds(60);
        CHECK((co_await (*node)->stop(deadline)).has_value());
      });
    }
  }

  TEST_CASE("sim: the schema after a restart is the schema before it, its version's uuid included") {
    for (const uint64_t seed : seeds(5)) {
      run_sim(seed, {.shards = 2}, [](SimWorld& world) -> Task<void> {
        Uuid version;
        {
          auto node = co_await Node::start(world.env, small_node());
          REQUIRE(node.has_value());
          for (const char* cql :
               {kCreateKs, "CREATE TYPE ks.u (x int)", "CREATE TABLE ks.t (k int PRIMARY KEY, v frozen<u>, w int)",
                "ALTER TABLE ks.t DROP w", "ALTER TYPE ks.u ADD y text"})
            CHECK((co_await run(**node, ShardId{1}, cql)).has_value());
          version = (*node)->catalog().schema()->version_uuid;
          world.disk.crash();
          (void)co_await (*node)->stop(world.clock.now());
        }
        world.restart(0);
        auto node = co_await Node::start(world.env, small_node());
        REQUIRE(node.has_value());
        const SchemaRef schema = (*node)->catalog().schema();
        CHECK_EQ(schema->version_uuid, version);
        CHECK_EQ(schema->table("ks", "t")->find("v")->type->field_names.size(), 2);
        const Instant deadline = world.clock.now() + seconds(60);
        CHECK((co_await (*node)->stop(deadline)).has_value());
      });
    }
  }
}
