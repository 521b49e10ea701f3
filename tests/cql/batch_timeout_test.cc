// USING TIMEOUT of a batch and of the statements in it.
#include <doctest/doctest.h>

#include "core/base/murmur3.h"
#include "core/data/keys.h"
#include "tests/cql/with_node.h"

using namespace ringlet;
using namespace ringlet::cqltest;

namespace {

// While somebody else's read-before-write has the partition.
void gives_up_after(Duration time, const std::string& batch) {
  with_node({.setup = {"CREATE TABLE t (k int PRIMARY KEY, l list<int>)", "INSERT INTO t (k, l) VALUES (1, [1])"}},
            [&](NodeScene& scene) -> Task<void> {
              const TableId table = scene.node.catalog().schema()->table("test", "t")->id;
              const Bytes key("\0\0\0\1", 4);
              Bytes lock(table.bytes());
              append_partition_prefix(token_of(key), key, lock);
              const RequestContext forever{scene.world.clock};
              const auto guard = co_await scene.node.shards()[ShardId{0}].locks.lock(lock, forever);
              REQUIRE(guard.has_value());
              const Instant begun = scene.world.clock.now();
              const Error error = co_await scene.error(batch);
              CHECK_EQ(error.code, Errc::timeout);
              CHECK(scene.world.clock.now() - begun >= time);
              CHECK(scene.world.clock.now() - begun < seconds(1));
            });
}

}  // namespace

TEST_SUITE("batch timeouts") {
  TEST_CASE("a batch gives up after the shortest time that one of its statements allows") {
    gives_up_after(millis(20),
                   "BEGIN BATCH UPDATE t USING TIMEOUT 5s SET l[0] = 2 WHERE k = 1; "
                   "UPDATE t USING TIMEOUT 20ms SET l[0] = 3 WHERE k = 1 APPLY BATCH");
  }
  TEST_CASE("a batch gives up after its own time") {
    gives_up_after(millis(20), "BEGIN BATCH USING TIMEOUT 20ms UPDATE t SET l[0] = 2 WHERE k = 1 APPLY BATCH");
  }
}
