// loop_echo [CONNECTIONS [SECONDS]]: what a request costs a shard's loop, against a bare epoll loop that does the same.
//
// Echoes 100 bytes over CONNECTIONS loopback connections with one request in flight each, first by LoopExecutor and Stream, then
// by epoll and recv/send alone, and prints requests per second and per CPU-second of the serving thread. Trust the ratio.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <thread>
#include <vector>

#include "core/env/task_group.h"
#include "core/os/os_clock.h"
#include "core/os/run_and_wait.h"
#include "net/transport/tcp.h"

using namespace ringlet;

namespace {

constexpr size_t kMessageBytes = 100;

double cpu_seconds_of_this_thread() {
  rusage usage{};
  getrusage(RUSAGE_THREAD, &usage);
  const auto seconds_of = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
}

int connect_to(uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  MUST(connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

// Answers what arrives on `fds` by calling `answer` until `done`; both sides of the benchmark use it.
void epoll_loop(const std::vector<int>& fds, const std::function<bool(int)>& answer,
                const std::function<bool()>& done) {
  const int epoll = epoll_create1(0);
  for (const int fd : fds) {
    epoll_event event{.events = EPOLLIN, .data = {.fd = fd}};
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
  }
  epoll_event events[64];
  size_t open = fds.size();
  while (open > 0 && !done()) {
    const int ready = epoll_wait(epoll, events, 64, 100);
    for (int n = 0; n < ready; ++n) {
      if (answer(events[n].data.fd)) continue;
      epoll_ctl(epoll, EPOLL_CTL_DEL, events[n].data.fd, nullptr);
      --open;
    }
  }
  close(epoll);
}

uint64_t drive(uint16_t port, size_t connections, double seconds_to_run) {
  std::vector<int> fds;
  const char message[kMessageBytes] = {};
  for (size_t n = 0; n < connections; ++n) fds.push_back(connect_to(port));
  const OsClock clock;
  const Instant until = clock.now() + Duration{static_cast<int64_t>(seconds_to_run * 1e9)};
  uint64_t answers = 0;
  for (const int fd : fds) (void)!send(fd, message, sizeof message, 0);
  const auto answer = [&](int fd) {
    char buffer[kMessageBytes];
    if (recv(fd, buffer, sizeof buffer, MSG_WAITALL) != sizeof buffer) return false;
    ++answers;
    return send(fd, message, sizeof message, 0) > 0;
  };
  epoll_loop(fds, answer, [&] { return clock.now() >= until; });
  for (const int fd : fds) close(fd);
  return answers;
}

struct Served {
  uint64_t requests = 0;
  double cpu_seconds = 0;
};

Task<void> echo(LoopExecutor& loop, Socket socket, std::string& shared_buffer) {
  const std::unique_ptr<Stream> stream = make_tcp_stream(loop, std::move(socket));
  while (true) {
    const auto got = stream->try_read(shared_buffer);
    if (!got || *got == size_t{0}) co_return;
    if (*got) {
      const auto taken = stream->try_write(BytesView(shared_buffer).substr(0, **got));
      if (!taken) co_return;
    }
    const Status ready = co_await stream->wait_readable();
    if (!ready) co_return;
  }
}

Task<void> serve(LoopExecutor& loop, size_t connections, std::atomic<uint16_t>& port) {
  auto listener = TcpListener::open(loop, "127.0.0.1", 0).value();
  port = listener->port();
  std::string shared_buffer(64 << 10, '\0');
  TaskGroup sessions;
  for (size_t n = 0; n < connections; ++n) {
    Result<Socket> socket = co_await listener->accept();
    MUST(socket.has_value());
    sessions.spawn(echo(loop, std::move(*socket), shared_buffer));
  }
  co_await sessions.join();
}

Served by_loop(size_t connections, double duration) {
  const OsClock clock;
  LoopExecutor::Options options;
  options.poll_before_sleep = micros(0);  // both sides sleep in epoll: a like comparison
  LoopExecutor loop(clock, options);
  Served served;
  std::thread thread([&] {
    loop.run();
    served.cpu_seconds = cpu_seconds_of_this_thread();
  });
  std::atomic<uint16_t> port{0};
  std::thread starter([&] { run_and_wait(loop, serve(loop, connections, port)); });
  while (port == 0) std::this_thread::yield();
  served.requests = drive(port, connections, duration);
  starter.join();
  loop.stop();
  thread.join();
  return served;
}

Served by_epoll(size_t connections, double duration) {
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  MUST(bind(listener, reinterpret_cast<sockaddr*>(&address), size) == 0 && listen(listener, 1024) == 0);
  getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  Served served;
  std::thread thread([&] {
    std::vector<int> fds;
    for (size_t n = 0; n < connections; ++n) fds.push_back(accept4(listener, nullptr, nullptr, SOCK_NONBLOCK));
    const auto answer = [](int fd) {
      char buffer[4096];
      const ssize_t got = recv(fd, buffer, sizeof buffer, 0);
      return got > 0 && send(fd, buffer, static_cast<size_t>(got), MSG_NOSIGNAL) == got;
    };
    epoll_loop(fds, answer, [] { return false; });
    for (const int fd : fds) close(fd);
    served.cpu_seconds = cpu_seconds_of_this_thread();
  });
  served.requests = drive(ntohs(address.sin_port), connections, duration);
  thread.join();
  close(listener);
  return served;
}

double report(const char* name, const Served& served, double duration) {
  const double per_cpu_second = static_cast<double>(served.requests) / served.cpu_seconds;
  std::printf("%-6s %9.0f requests/s %9.0f per server CPU-second\n", name,
              static_cast<double>(served.requests) / duration, per_cpu_second);
  return per_cpu_second;
}

}  // namespace

int main(int argc, char** argv) {
  const size_t connections = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 50;
  const double duration = argc > 2 ? std::strtod(argv[2], nullptr) : 2;
  const double loop = report("loop", by_loop(connections, duration), duration);
  const double epoll = report("epoll", by_epoll(connections, duration), duration);
  std::printf("ratio %.2f\n", loop / epoll);
}
