// Deleted and expired cells count as tombstones as deleted rows do: in warnings, failures and tracing, by every way to read.
#include <doctest/doctest.h>

#include "tests/cql/with_node.h"

using namespace ringlet;
using namespace ringlet::cqltest;

namespace {

// In row 1: three deleted cells of which one is an element, an expiring one; row 2 has only two deleted cells; row 3 is deleted; the
// static row has one deleted cell of two. What is hidden in partition 2 is not met.
SceneOptions scene_with_dead_cells() {
  return {.setup = {"CREATE TABLE t (k int, c int, s int static, z int static, a int, b int, m map<int, int>, e int, "
                    "PRIMARY KEY (k, c))",
                    "INSERT INTO t (k, c, s, z, a, b, m, e) VALUES (1, 1, 1, 1, 1, 1, {1: 1, 2: 2}, 1)",
                    "DELETE a, b FROM t WHERE k = 1 AND c = 1", "DELETE m[1] FROM t WHERE k = 1 AND c = 1",
                    "UPDATE t USING TTL 100 SET e = 2 WHERE k = 1 AND c = 1",
                    "UPDATE t SET a = null, b = null WHERE k = 1 AND c = 2", "DELETE FROM t WHERE k = 1 AND c = 3",
                    "UPDATE t SET z = null WHERE k = 1", "INSERT INTO t (k, c, a, b) VALUES (2, 1, null, null)",
                    "INSERT INTO t (k, c, a, b) VALUES (2, 2, 1, 1)", "DELETE FROM t WHERE k = 2"},
          .tombstones = {.warn = 0, .fail = 100}};
}

Task<std::string> warning_of(NodeScene& scene, std::string cql) {
  ClientState client;
  client.keyspace = "test";
  const RequestContext context{scene.world.clock};
  const QueryOptions options;
  const auto result = co_await scene.node.processor(ShardId{0}).query(cql, options, client, context);
  REQUIRE_MESSAGE(result.has_value(), cql << ": " << result.error().detail);
  co_return result->warnings.empty() ? "" : result->warnings.front();
}

std::string met(int tombstones) {
  return "Read met " + std::to_string(tombstones) + " tombstones in test.t (see tombstone_warn_threshold)";
}

Task<std::optional<Errc>> error_of(NodeScene& scene, std::string cql) {
  const std::vector<std::string> binds;
  const auto answer = co_await scene.statements.run(cql, binds, std::nullopt);
  co_return answer ? std::nullopt : std::optional(answer.error().code);
}

Task<void> flush(NodeScene& scene) {
  const TableId table = scene.node.catalog().schema()->table("test", "t")->id;
  REQUIRE((co_await scene.node.shards()[ShardId{0}].engine.flush(table)).has_value());
}

}  // namespace

TEST_SUITE("tombstones") {
  TEST_CASE("every deleted and every expired cell that a read meets is counted, whether it was asked for or not") {
    with_node(scene_with_dead_cells(), [](NodeScene& scene) -> Task<void> {
      for (int flushed = 0; flushed < 2; ++flushed) {
        CAPTURE(flushed);
        CHECK_EQ(co_await warning_of(scene, "SELECT a FROM t WHERE k = 1 AND c = 1"), met(3));
        CHECK_EQ(co_await warning_of(scene, "SELECT * FROM t WHERE k = 1 AND c = 1"), met(4));  // and the static one
        CHECK_EQ(co_await warning_of(scene, "SELECT * FROM t WHERE k = 1"), met(7));
        CHECK_EQ(co_await warning_of(scene, "SELECT * FROM t WHERE k = 2"), met(1));
        CHECK_EQ(co_await warning_of(scene, "SELECT * FROM t WHERE k IN (1, 2) ORDER BY c"), met(8));
        CHECK_EQ(co_await warning_of(scene, "SELECT a FROM t"), met(8));
        co_await flush(scene);
      }
      co_await scene.pass(seconds(101));
      CHECK_EQ(co_await warning_of(scene, "SELECT a FROM t WHERE k = 1 AND c = 1"), met(4));
      CHECK_EQ(co_await warning_of(scene, "SELECT a FROM t WHERE k = 3"), "");
    });
  }

  TEST_CASE("the dead cells of one live row are enough to fail a read, by the long and the short way") {
    SceneOptions options = scene_with_dead_cells();
    options.tombstones = {.warn = 2, .fail = 2};
    with_node(options, [](NodeScene& scene) -> Task<void> {
      const std::string cql = "SELECT a FROM t WHERE k = 1 AND c = 1";
      const Error refused = co_await scene.error(cql);
      CHECK_EQ(refused.code, Errc::tombstones);
      CHECK(refused.detail.starts_with("test.t: the read met more than 2 tombstones"));
      ClientState client;
      client.keyspace = "test";
      const RequestContext context{scene.world.clock};
      const std::string text = "SELECT a FROM t WHERE k = ? AND c = ?";
      QueryProcessor& processor = scene.node.processor(ShardId{0});
      const auto prepared = co_await processor.prepare(text, std::nullopt, client, context);
      REQUIRE(prepared.has_value());
      const Bytes one("\0\0\0\1", 4);
      QueryOptions bound;
      bound.values = {{BoundValue::Kind::bytes, one}, {BoundValue::Kind::bytes, one}};
      const Bytes id = std::get<PreparedResult>(prepared->body).id;
      const auto answer = co_await processor.execute(id, bound, client, context);
      REQUIRE(!answer.has_value());
      CHECK_EQ(answer.error().code, Errc::tombstones);
    });
  }

  TEST_CASE("a write that reads first meets the same dead cells, each once; an increment counts none") {
    for (const uint32_t most : {3, 4, 5}) {
      SceneOptions options = scene_with_dead_cells();
      options.setup.push_back("ALTER TABLE t ADD l list<int>");
      options.setup.push_back("UPDATE t SET l = [1, 2] WHERE k = 1 AND c = 1");
      options.setup.push_back(
          "CREATE TABLE n (k int, c int, a counter, b counter, d counter, e counter, f counter, g counter, PRIMARY KEY "
          "(k, c))");
      options.setup.push_back(
          "UPDATE n SET a = a + 1, b = b + 1, d = d + 1, e = e + 1, f = f + 1, g = g + 1 WHERE k = 1 AND c = 1");
      options.setup.push_back("DELETE a, d, e, f, g FROM n WHERE k = 1 AND c = 1");
      options.tombstones = {.warn = 100, .fail = most};
      with_node(options, [most](NodeScene& scene) -> Task<void> {
        CAPTURE(most);
        // Three of the row and the static one.
        for (const char* cql :
             {"UPDATE t SET e = 3 WHERE k = 1 AND c = 1 IF e = 2", "UPDATE t SET l[0] = 7 WHERE k = 1 AND c = 1"}) {
          CAPTURE(cql);
          const std::string text = cql;
          const auto got = co_await error_of(scene, text);
          CHECK_EQ(got, most < 4 ? std::optional(Errc::tombstones) : std::nullopt);
        }
        const std::string increment = "UPDATE n SET b = b + 1 WHERE k = 1 AND c = 1";
        CHECK_EQ(co_await error_of(scene, increment), std::nullopt);
      });
    }
  }
}
