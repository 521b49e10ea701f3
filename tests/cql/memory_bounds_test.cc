// What a statement may ask of a node's memory, and what it hears beyond that.
#include <doctest/doctest.h>

#include "core/query/select.h"
#include "tests/cql/with_node.h"

using namespace ringlet;
using namespace ringlet::cqltest;

namespace {

const std::vector<std::string> kTable = {"CREATE TABLE t (k int, c int, v blob, PRIMARY KEY (k, c))",
                                         "INSERT INTO t (k, c, v) VALUES (1, 1, 0x00)"};

std::string insert_of(size_t bytes) {
  return "INSERT INTO t (k, c, v) VALUES (1, 1, 0x" + std::string(2 * bytes, '0') + ")";
}

Task<Result<QueryResult>> scan(NodeScene& scene, MemoryBudget& budget) {
  RequestContext context{scene.world.clock};
  context.memory = &budget;
  ClientState client;
  const QueryOptions options;
  co_return co_await scene.node.processor(ShardId{0}).query("SELECT * FROM test.t", options, client, context);
}

}  // namespace

TEST_SUITE("memory bounds") {
  TEST_CASE("a mutation over a thirty-second of the memory is refused, whole, and one below is taken") {
    with_node({.memory_bytes = 64u << 20, .setup = kTable}, [](NodeScene& scene) -> Task<void> {
      for (const char* condition : {"", " IF EXISTS"}) {
        const Error error = co_await scene.error("UPDATE t SET v = 0x" + std::string(4u << 20, '0') +
                                                 " WHERE k = 1 AND c = 1" + condition);
        CHECK_EQ(error.code, Errc::invalid);
        CHECK(error.detail.starts_with("Mutation of 20"));
        CHECK(error.detail.ends_with(" bytes is too large for the maximum size of 2097152"));
      }
      const Error error =
          co_await scene.error("BEGIN BATCH " + insert_of(1u << 20) + "; INSERT INTO t (k, c, v) VALUES " +
                               "(1, 2, 0x" + std::string(2u << 20, '0') + ") APPLY BATCH");
      CHECK(error.detail.contains("is too large for the maximum size of 2097152"));
      (void)co_await scene.rows(insert_of((2u << 20) - 1000));
      CHECK_EQ((co_await scene.rows("SELECT k FROM t")).size(), 1);
    });
  }

  TEST_CASE("a scan that finds no memory waits for others to end, and is Overloaded when they do not") {
    for (const size_t shards : {1, 3})
      with_node({.shards = shards, .setup = kTable}, [](NodeScene& scene) -> Task<void> {
        MemoryBudget budget(4u << 20);
        MemoryShare others(&budget);
        others.set(4u << 20);
        const Instant begun = scene.world.clock.now();
        const auto refused = co_await scan(scene, budget);
        REQUIRE(!refused);
        CHECK_EQ(refused.error().code, Errc::overloaded);
        CHECK(scene.world.clock.now() - begun >= seconds(kScanWaitSecondsMax));
        auto leave = [](NodeScene& s, MemoryShare& held) -> Task<void> {
          co_await s.pass(millis(10));
          held.set(0);
        };
        TaskGroup leaving;
        leaving.spawn(leave(scene, others));
        CHECK((co_await scan(scene, budget)).has_value());
        co_await leaving.join();
        CHECK(!budget.short_of(budget.bytes()));  // all of it came back
      });
  }

  TEST_CASE("a scan counts for the files that it reads, and never for more than half of the memory") {
    with_node({.setup = kTable}, [](NodeScene& scene) -> Task<void> {
      const Table& table = *scene.node.catalog().schema()->table("test", "t");
      Coordinator& coordinator = scene.node.coordinator(ShardId{0});
      CHECK_EQ(coordinator.scan_bytes(table), 0);
      for (int i = 0; i < 3; ++i) {
        (void)co_await scene.rows("INSERT INTO t (k, c) VALUES (1, " + std::to_string(i) + ")");
        REQUIRE((co_await scene.node.shards()[ShardId{0}].engine.flush(table.id)).has_value());
      }
      CHECK(coordinator.scan_bytes(table) >= 3 * (128u << 10));
      MemoryBudget little(64u << 10);
      CHECK((co_await scan(scene, little)).has_value());
    });
  }
}
