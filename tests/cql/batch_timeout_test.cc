// USING TIMEOUT of a batch and of the statements in it.
#include <doctest/doctest.h>

#include "core/base/murmur3.h"
#include "core/data/keys.h"
#include "tests/cql/statement_node.h"
#include "tests/sim/sim_world.h"

using namespace ringlet;
using namespace ringlet::cqltest;

namespace {

Task<void> wait_in_vain(std::string batch, Duration time, sim::SimWorld& world) {
  NodeOptions options;
  options.memory_bytes = 128u << 20;
  auto node = co_await Node::start(world.env, std::move(options));
  REQUIRE(node.has_value());
  StatementNode statements(**node);
  for (const char* setup :
       {"CREATE KEYSPACE test WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}", "USE test",
        "CREATE TABLE t (k int PRIMARY KEY, l list<int>)", "INSERT INTO t (k, l) VALUES (1, [1])"}) {
    const auto done = co_await statements.run(setup, {}, std::nullopt);
    REQUIRE_MESSAGE(done.has_value(), done.error().detail);
  }
  {
    // Somebody else's read-before-write has the partition, for ever.
    const TableId table = (*node)->catalog().schema()->table("test", "t")->id;
    const Bytes key("\0\0\0\1", 4);
    Bytes lock(table.bytes());
    append_partition_prefix(token_of(key), key, lock);
    const RequestContext forever{world.clock};
    const auto guard = co_await (*node)->shards()[ShardId{0}].locks.lock(lock, forever);
    REQUIRE(guard.has_value());
    const Instant begun = world.clock.now();
    const auto answer = co_await statements.run(batch, {}, std::nullopt);
    REQUIRE(!answer);
    CHECK_EQ(answer.error().code, Errc::timeout);
    CHECK(world.clock.now() - begun >= time);
    CHECK(world.clock.now() - begun < seconds(1));
  }
  const Instant deadline = world.clock.now() + seconds(60);
  CHECK((co_await (*node)->stop(deadline)).has_value());
}

void batch_gives_up_after(Duration time, const std::string& batch) {
  const sim::Scenario scenario = [&](sim::SimWorld& world) { return wait_in_vain(batch, time, world); };
  sim::WorldOptions options;
  options.shards = 1;
  sim::run_sim(1, options, scenario);
}

}  // namespace

TEST_SUITE("batch timeouts") {
  TEST_CASE("a batch gives up after the shortest time that one of its statements allows") {
    batch_gives_up_after(millis(20),
                         "BEGIN BATCH UPDATE t USING TIMEOUT 5s SET l[0] = 2 WHERE k = 1; "
                         "UPDATE t USING TIMEOUT 20ms SET l[0] = 3 WHERE k = 1 APPLY BATCH");
  }
  TEST_CASE("a batch gives up after its own time") {
    batch_gives_up_after(millis(20), "BEGIN BATCH USING TIMEOUT 20ms UPDATE t SET l[0] = 2 WHERE k = 1 APPLY BATCH");
  }
}
