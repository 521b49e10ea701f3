#include "net/transport/tcp.h"

#include <doctest/doctest.h>
#include <sys/socket.h>

#include <random>
#include <thread>

#include "core/env/task_group.h"
#include "core/os/os_clock.h"
#include "core/os/run_and_wait.h"

namespace ringlet {
namespace {

struct Fixture {
  OsClock clock;
  LoopExecutor loop{clock};
  std::thread thread{[this] { loop.run(); }};
  ~Fixture() {
    loop.stop();
    thread.join();
  }
};

Task<void> echo_one(LoopExecutor& loop, TcpListener& listener) {
  Result<Socket> socket = co_await listener.accept();
  if (!socket) co_return;
  const std::unique_ptr<Stream> stream = make_tcp_stream(loop, std::move(*socket));
  std::string buffer(64 << 10, '\0');
  while (true) {
    const Result<size_t> got = co_await stream->read_some(buffer);
    if (!got || *got == 0) break;
    const Status written = co_await stream->write_all(BytesView(buffer).substr(0, *got));
    if (!written) break;
  }
  stream->end_write();
}

Task<void> send_all(Stream& stream, const std::string& bytes) {
  const Status written = co_await stream.write_all(bytes);
  if (written) stream.end_write();
}

Task<std::string> send_and_collect(LoopExecutor& loop, std::string bytes) {
  auto listener = TcpListener::open(loop, "127.0.0.1", 0).value();
  TaskGroup group;
  group.spawn(echo_one(loop, *listener));
  auto stream = co_await tcp_connect(loop, "127.0.0.1", listener->port());
  std::string answer;
  if (stream) {
    group.spawn(send_all(**stream, bytes));
    std::string buffer(1000, '\0');
    while (true) {
      const Result<size_t> got = co_await (*stream)->read_some(buffer);
      if (!got || *got == 0) break;
      answer.append(buffer, 0, *got);
    }
  }
  co_await group.join();
  co_return answer;
}

Task<void> read_once(Stream& stream, Result<size_t>& answer) {
  char buffer[16];
  answer = co_await stream.read_some(buffer);
}

struct Pair {  // a stream, and its peer as a bare socket
  std::unique_ptr<Stream> stream;
  Socket peer;
};

Task<Pair> connected(LoopExecutor& loop) {
  auto listener = TcpListener::open(loop, "127.0.0.1", 0).value();
  auto client = co_await tcp_connect(loop, "127.0.0.1", listener->port());
  Pair pair{std::move(client.value()), {}};
  pair.peer = (co_await listener->accept()).value();
  co_return pair;
}

void send_from(const Socket& peer, const std::string& bytes, int flags = 0) {
  CHECK_EQ(send(peer.fd(), bytes.data(), bytes.size(), flags), static_cast<ssize_t>(bytes.size()));
}

// Bytes in pieces, one of them urgent, and the end, with turns of the loop between them or none.
Task<void> send_in_any_order(LoopExecutor& loop, const Socket& peer, std::mt19937_64& random, std::string& sent) {
  const uint64_t pieces = random() % 6, urgent_at = random() % 12;
  for (uint64_t piece = 0; piece < pieces; ++piece) {
    if (piece == urgent_at) send_from(peer, "!", MSG_OOB);
    const std::string bytes(1 + random() % 20, static_cast<char>('a' + piece));
    send_from(peer, bytes);
    sent += bytes;
    for (uint64_t turns = random() % 4; turns > 0; --turns) co_await loop.yield();
  }
  shutdown(peer.fd(), SHUT_WR);
}

Task<void> collect(Stream& stream, size_t buffer_bytes, std::string& into) {
  std::string buffer(buffer_bytes, '\0');
  while (true) {
    const Result<size_t> got = co_await stream.read_some(buffer);
    if (!got || *got == 0) co_return;
    into.append(buffer, 0, *got);
  }
}

TEST_SUITE("tcp") {
  TEST_CASE_FIXTURE(Fixture, "every byte and the end are found, in whatever order they arrive and are looked for") {
    auto exchange = [](LoopExecutor& on, uint64_t seed) -> Task<bool> {
      std::mt19937_64 random(seed);
      Pair pair = co_await connected(on);
      std::string sent, got;
      TaskGroup group;
      if (random() % 2 == 0)
        group.spawn(send_in_any_order(on, pair.peer, random, sent));
      else
        co_await send_in_any_order(on, pair.peer, random, sent);
      for (uint64_t turns = random() % 8; turns > 0; --turns) co_await on.yield();
      co_await collect(*pair.stream, 1 + random() % 24, got);
      co_await group.join();
      std::erase(got, '!');  // the urgent byte may pass for an ordinary one
      co_return got == sent;
    };
    for (uint64_t seed = 1; seed <= 300; ++seed) {
      CAPTURE(seed);
      CHECK(run_and_wait(loop, exchange(loop, seed)));
    }
  }

  TEST_CASE_FIXTURE(Fixture, "a stream that was read to its end is left alone until the loop tells of more") {
    auto read_early = [](LoopExecutor& on) -> Task<std::string> {
      const Pair pair = co_await connected(on);
      send_from(pair.peer, "first");
      char buffer[16];
      std::string seen = std::to_string((co_await pair.stream->read_some(buffer)).value());
      send_from(pair.peer, "more");
      seen += pair.stream->try_read(buffer).value() ? " early" : " later";
      seen += std::to_string((co_await pair.stream->read_some(buffer)).value());
      co_return seen;
    };
    CHECK_EQ(run_and_wait(loop, read_early(loop)), "5 later4");
  }

  TEST_CASE_FIXTURE(Fixture, "end_read gives a waiting reader the end, and the peer still gets answers") {
    auto half = [](LoopExecutor& on) -> Task<std::string> {
      const Pair pair = co_await connected(on);
      Result<size_t> got = 99;
      TaskGroup group;
      group.spawn(read_once(*pair.stream, got));
      co_await on.yield();
      pair.stream->end_read();
      co_await group.join();
      CHECK_EQ(got.value(), 0);
      CHECK_EQ(pair.stream->try_write("answer").value(), 6);
      char buffer[16];
      co_return std::string(buffer, static_cast<size_t>(recv(pair.peer.fd(), buffer, sizeof buffer, 0)));
    };
    CHECK_EQ(run_and_wait(loop, half(loop)), "answer");
  }

  TEST_CASE_FIXTURE(Fixture, "a writer waits for a reader that reads nothing for a while, and loses no byte") {
    auto slow = [](LoopExecutor& on) -> Task<bool> {
      Pair pair = co_await connected(on);
      std::string bytes;
      for (int n = 0; n < 2000000; ++n) bytes += static_cast<char>('a' + n % 23);
      for (int n = 0; n < 3; ++n) bytes += bytes;
      TaskGroup group;
      group.spawn(send_all(*pair.stream, bytes));
      for (int turns = 0; turns < 50; ++turns) co_await on.yield();
      const auto reader = make_tcp_stream(on, std::move(pair.peer));
      std::string got;
      co_await collect(*reader, 100000, got);
      co_await group.join();
      co_return got == bytes;
    };
    CHECK(run_and_wait(loop, slow(loop)));
  }

  TEST_CASE_FIXTURE(Fixture, "bytes come back from an echo, more than any buffer holds, up to the half-close") {
    std::string bytes;
    for (int n = 0; n < 300000; ++n) bytes += std::to_string(n);
    CHECK(run_and_wait(loop, send_and_collect(loop, bytes)) == bytes);
  }

  TEST_CASE_FIXTURE(Fixture, "an address in use is an error that names address and port") {
    auto twice = [](LoopExecutor& on) -> Task<Error> {
      auto first = TcpListener::open(on, "127.0.0.1", 0).value();
      co_return TcpListener::open(on, "127.0.0.1", first->port()).error();
    };
    const Error error = run_and_wait(loop, twice(loop));
    CHECK_EQ(error.code, Errc::busy);
    CHECK_NE(error.detail.find("127.0.0.1:"), std::string::npos);
  }

  TEST_CASE_FIXTURE(Fixture, "nobody listening is an error that names the address") {
    auto connect_nowhere = [](LoopExecutor& on) -> Task<std::string> {
      uint16_t free_port = 0;
      {
        auto listener = TcpListener::open(on, "127.0.0.1", 0).value();
        free_port = listener->port();
      }
      auto stream = co_await tcp_connect(on, "127.0.0.1", free_port);
      co_return stream ? "" : stream.error().detail;
    };
    CHECK_NE(run_and_wait(loop, connect_nowhere(loop)).find("cannot connect to 127.0.0.1:"), std::string::npos);
  }

  TEST_CASE_FIXTURE(Fixture, "stop wakes a listener that waits for a connection") {
    auto stop_it = [](LoopExecutor& on) -> Task<Errc> {
      auto listener = TcpListener::open(on, "127.0.0.1", 0).value();
      Errc seen = Errc::io;
      auto wait = [](TcpListener& l, Errc& out) -> Task<void> {
        const Result<Socket> socket = co_await l.accept();
        if (!socket) out = socket.error().code;
      };
      TaskGroup group;
      group.spawn(wait(*listener, seen));
      co_await on.yield();
      listener->stop();
      co_await group.join();
      co_return seen;
    };
    CHECK_EQ(run_and_wait(loop, stop_it(loop)), Errc::cancelled);
  }

  TEST_CASE_FIXTURE(Fixture, "stop wakes a stream's reader, and later reads are cancelled too") {
    auto stop_it = [](LoopExecutor& on) -> Task<bool> {
      auto listener = TcpListener::open(on, "127.0.0.1", 0).value();
      auto stream = co_await tcp_connect(on, "127.0.0.1", listener->port());
      Result<size_t> waited = 0, later = 0;
      TaskGroup group;
      group.spawn(read_once(**stream, waited));
      co_await on.yield();
      (*stream)->stop();
      co_await group.join();
      co_await read_once(**stream, later);
      co_return !waited && waited.error().code == Errc::cancelled && !later && later.error().code == Errc::cancelled;
    };
    CHECK(run_and_wait(loop, stop_it(loop)));
  }

  TEST_CASE_FIXTURE(Fixture, "a peer that resets is an error for reader and writer, and no signal ends the process") {
    auto reset = [](LoopExecutor& on) -> Task<bool> {
      auto listener = TcpListener::open(on, "127.0.0.1", 0).value();
      auto stream = co_await tcp_connect(on, "127.0.0.1", listener->port());
      {
        const Result<Socket> accepted = co_await listener->accept();
        const linger now{.l_onoff = 1, .l_linger = 0};  // close sends a reset
        setsockopt(accepted->fd(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
      }
      Result<size_t> got = 0;
      co_await read_once(**stream, got);
      const std::string bytes(1 << 20, 'x');
      const Status written = co_await (*stream)->write_all(bytes);
      co_return !got && !written && written.error().code == Errc::io;
    };
    CHECK(run_and_wait(loop, reset(loop)));
  }

  TEST_CASE_FIXTURE(Fixture, "a connection accepted on one loop is served on another") {
    struct Second {
      OsClock clock;
      LoopExecutor loop{clock};
      std::thread thread{[this] { loop.run(); }};
      ~Second() {
        loop.stop();
        thread.join();
      }
    } second;
    auto hand_over = [](LoopExecutor& here, LoopExecutor& there) -> Task<std::string> {
      auto listener = TcpListener::open(here, "127.0.0.1", 0).value();
      auto client = co_await tcp_connect(here, "127.0.0.1", listener->port());
      Result<Socket> socket = co_await listener->accept();
      co_await there.hop();
      {
        const auto stream = make_tcp_stream(there, std::move(*socket));
        const std::string hello = "hello";
        const Status written = co_await stream->write_all(hello);
        if (!written) co_return "not written";
      }
      co_await here.hop();
      std::string buffer(16, '\0');
      const Result<size_t> got = co_await (*client)->read_some(buffer);
      co_return buffer.substr(0, got.value_or(0));
    };
    CHECK_EQ(run_and_wait(loop, hand_over(loop, second.loop)), "hello");
  }
}

}  // namespace
}  // namespace ringlet
