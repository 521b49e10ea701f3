// A session over a stream of the test's own: what is done about clients that do not go on.
#include "net/cql/session.h"

#include <doctest/doctest.h>

#include "core/query/trace.h"
#include "net/cql/refused_connection.h"
#include "tests/sim/sim_world.h"
#include "tests/unit/net_cql/wire_test_help.h"

using namespace ringlet;
using namespace ringlet::wire;
using namespace ringlet::wire_test;

namespace {

// What the peer has sent is read in pieces as large as the reader likes; then the reader waits.
class TestStream final : public Stream {
 public:
  Result<std::optional<size_t>> try_read(std::span<char> out) override {
    if (sent_.empty()) return ended_ ? std::optional<size_t>(0) : std::nullopt;
    const size_t n = std::min(out.size(), sent_.size());
    std::copy_n(sent_.begin(), n, out.begin());
    sent_.erase(0, n);
    return std::optional(n);
  }
  Result<size_t> try_write(BytesView bytes) override {
    answers += bytes;
    return bytes.size();
  }
  Task<Status> wait_readable() override {
    while (sent_.empty() && !ended_) co_await readable_.wait();
    co_return Status{};
  }
  Task<Status> wait_writable() override { co_return Status{}; }
  void end_write() override {}
  void end_read() override { end(); }
  void stop() override { end(); }
  const std::string& peer() const override { return peer_; }

  void send(BytesView bytes) {
    sent_ += bytes;
    readable_.notify_all();
  }
  void end() {
    ended_ = true;
    readable_.notify_all();
  }
  Bytes answers;

 private:
  Bytes sent_;
  bool ended_ = false;
  Event readable_;
  const std::string peer_ = "10.0.0.7:1234";
};

class NoQueries final : public QueryProcessor {
 public:
  Task<Result<QueryResult>> query(std::string_view, const QueryOptions&, ClientState&, const RequestContext&) override {
    co_return QueryResult{};
  }
  Task<Result<QueryResult>> prepare(std::string_view, std::optional<std::string_view>, ClientState&,
                                    const RequestContext&) override {
    co_return QueryResult{};
  }
  Task<Result<QueryResult>> execute(BytesView, const QueryOptions&, ClientState&, const RequestContext&) override {
    co_return QueryResult{};
  }
  Task<Result<QueryResult>> batch(const ringlet::BatchRequest&, ClientState&, const RequestContext&) override {
    co_return QueryResult{};
  }
  Direct execute_directly(BytesView, const QueryOptions&, WriteWaiter&, RowsResult&) override {
    return Direct::declined;
  }
  std::unique_ptr<Trace> begin_trace(const ClientState&) override { return nullptr; }
  void end_trace(std::unique_ptr<Trace>) override {}
};

constexpr size_t kBudget = 4u << 20;

Bytes startup_v4() {
  return request(Version::v4, Opcode::startup, hex("0001 000b 43514c5f56455253494f4e 0005 332e302e30"));
}

// The header of a QUERY of so many bytes, and as much of it as there is.
Bytes begun_query(size_t body_bytes, BytesView body, int16_t stream) {
  Bytes bytes = request(Version::v4, Opcode::query, body, stream);
  store_big(bytes.data() + 5, static_cast<uint32_t>(body_bytes));
  return bytes;
}

Task<void> pass(sim::SimWorld& world, Duration time) {
  Event nothing;
  co_await nothing.wait_until(world.clock.now() + time);
}

using SessionWork = std::function<Task<void>(sim::SimWorld&, SessionHost&, TestStream&)>;

void with_session(const SessionWork& work) {
  const sim::Scenario scenario = [&](sim::SimWorld& world) -> Task<void> {
    NoQueries processor;
    const NodeInfo node;
    SessionHost host{world.env, processor, node, MemoryBudget(kBudget), {}, 0, {}, 0, Bytes("\x7F\0\0\1", 4)};
    auto owned = std::make_unique<TestStream>();
    TestStream& stream = *owned;
    Session session(host, std::move(owned));
    TaskGroup running;
    running.spawn(session.run());
    stream.send(startup_v4());
    co_await pass(world, millis(1));
    co_await work(world, host, stream);
    stream.end();
    co_await running.join();
    CHECK(!host.memory.short_of(kBudget));  // nothing is left taken
  };
  sim::run_sim(1, scenario);
}

}  // namespace

TEST_SUITE("session") {
  TEST_CASE("a large request that stalls is refused in time, and its memory is there for others again") {
    with_session([](sim::SimWorld& world, SessionHost& host, TestStream& stream) -> Task<void> {
      stream.send(begun_query(1u << 20, Bytes(100'000, 'x'), 77));
      co_await pass(world, seconds(kLargeRequestSecondsMax));
      CHECK(host.memory.short_of(kBudget - (2u << 20) + 1));  // twice its size is held
      CHECK_EQ(read_answers(stream.answers, Version::v4, Compression::none, false).size(), 1);
      co_await pass(world, seconds(17));  // a second for each 64 KiB of it
      CHECK(!host.memory.short_of(kBudget));
      const auto answers = read_answers(stream.answers, Version::v4, Compression::none, false);
      REQUIRE_EQ(answers.size(), 2);
      CHECK_EQ(answers[1].header.opcode(), Opcode::error);
      CHECK_EQ(answers[1].header.stream, 77);
      CHECK_EQ(load_big<uint32_t>(answers[1].body.data()), static_cast<uint32_t>(ErrorCode::protocol_error));
      CHECK(answers[1].body.contains("did not arrive in its time"));
      CHECK_EQ(*stream.try_read({}), std::optional<size_t>(0));  // and the connection has ended
    });
  }

  TEST_CASE("a large request that arrives slowly but in its time is answered, and the next one has a time of its own") {
    with_session([](sim::SimWorld& world, SessionHost&, TestStream& stream) -> Task<void> {
      Bytes query = hex("00100000") + Bytes(1u << 20, 'x') + hex("0001 00");
      for (size_t round = 0; round < 3; ++round) {
        const Bytes whole = request(Version::v4, Opcode::query, query, static_cast<int16_t>(round));
        for (size_t at = 0; at < whole.size(); at += 64u << 10) {
          stream.send(BytesView(whole).substr(at, 64u << 10));
          co_await pass(world, seconds(2));
        }
      }
      const auto answers = read_answers(stream.answers, Version::v4, Compression::none, false);
      REQUIRE_EQ(answers.size(), 4);
      for (size_t i = 1; i < 4; ++i) CHECK_EQ(answers[i].header.opcode(), Opcode::result);
    });
  }

  TEST_CASE("a connection over the bound hears why in its own version, and one that says nothing does not stay") {
    for (const Version version : kVersions) {
      const sim::Scenario scenario = [version](sim::SimWorld& world) -> Task<void> {
        TestStream stream;
        TaskGroup running;
        running.spawn(refuse_connection(stream, world.clock, Error{Errc::overloaded, "too many", {}}));
        stream.send(request(version, Opcode::options, "", 5));
        co_await running.join();
        const auto answers = read_answers(stream.answers, version, Compression::none, false);
        REQUIRE_EQ(answers.size(), 1);
        CHECK_EQ(answers[0].header.version(), version);
        CHECK_EQ(answers[0].header.stream, 5);
        CHECK_EQ(load_big<uint32_t>(answers[0].body.data()), static_cast<uint32_t>(ErrorCode::overloaded));
        CHECK(answers[0].body.contains("too many"));
        TestStream silent;
        const Instant begun = world.clock.now();
        co_await refuse_connection(silent, world.clock, Error{Errc::overloaded, "too many", {}});
        CHECK(silent.answers.empty());
        CHECK_EQ((world.clock.now() - begun).nanos / 1'000'000'000, kRefusedConnectionSecondsMax);
      };
      sim::run_sim(1, scenario);
    }
  }
}
