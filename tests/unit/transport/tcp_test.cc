#include "net/transport/tcp.h"

#include <doctest/doctest.h>
#include <sys/socket.h>

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

TEST_SUITE("tcp") {
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
