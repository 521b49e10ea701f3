// Load generator: one thread, many connections, a fixed number of requests in flight on each (closed loop) or a fixed rate
// (open loop: latency counts from when a request was due, so that a stalled server is not forgiven).
//
//   load --target ringlet|redis --port P [--host H] --op read|write|fill [--connections 50] [--in-flight 1] [--seconds 5]
//        [--keys 100000] [--value-bytes 100] [--rate R] [--server-pid PID] [--overloaded-is-fine 1]
// `fill` writes every key once. Prints one JSON object; per_cpu_second needs --server-pid. Errors make it fail.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <map>
#include <vector>

#include "tests/bench/dialects.h"
#include "tests/bench/histogram.h"

namespace ringlet::bench {
namespace {

int64_t now_nanos() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

[[noreturn]] void die(const std::string& what) {
  std::fprintf(stderr, "load: %s\n", what.c_str());
  std::exit(1);
}

struct Options {
  std::map<std::string, std::string> given;
  std::string text(const char* name, const char* otherwise) const {
    const auto it = given.find(name);
    return it == given.end() ? otherwise : it->second;
  }
  int64_t number(const char* name, int64_t otherwise) const {
    const auto it = given.find(name);
    return it == given.end() ? otherwise : std::stoll(it->second);
  }
};

int connect_to(const std::string& host, int port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  inet_pton(AF_INET, host.c_str(), &address.sin_addr);
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
    die("cannot connect to " + host + ":" + std::to_string(port));
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

std::string blocking_exchange(int fd, const Dialect& dialect, const std::string& request) {
  if (::write(fd, request.data(), request.size()) != static_cast<ssize_t>(request.size())) die("short write");
  std::string buffer;
  for (char chunk[4096];;) {
    if (const auto answer = dialect.parse(buffer)) {
      if (answer->error) die("server says: " + std::string(answer->what.substr(answer->what.size() > 6 ? 6 : 0)));
      return buffer.substr(0, answer->bytes);
    }
    const ssize_t got = ::read(fd, chunk, sizeof chunk);
    if (got <= 0) die("connection closed");
    buffer.append(chunk, static_cast<size_t>(got));
  }
}

std::string prepare(int fd, const Dialect& dialect, const char* text) {
  const std::string answer = blocking_exchange(fd, dialect, Cql::prepare(text));
  const auto bytes = load_big<uint16_t>(answer.data() + 9 + 4);
  return answer.substr(9 + 4 + 2, bytes);
}

std::unique_ptr<Dialect> make_dialect(const Options& options) {
  const auto value_bytes = static_cast<size_t>(options.number("value-bytes", 100));
  if (options.text("target", "ringlet") == "redis") return std::make_unique<Redis>(value_bytes);
  const Cql plain("", "", 0);
  const int fd = connect_to(options.text("host", "127.0.0.1"), static_cast<int>(options.number("port", 9042)));
  blocking_exchange(fd, plain, Cql::startup());
  blocking_exchange(fd, plain,
                    Cql::query("CREATE KEYSPACE IF NOT EXISTS bench WITH replication = "
                               "{'class': 'SimpleStrategy', 'replication_factor': 1}"));
  blocking_exchange(fd, plain, Cql::query("CREATE TABLE IF NOT EXISTS bench.kv (k text PRIMARY KEY, v blob)"));
  const std::string insert = prepare(fd, plain, "INSERT INTO bench.kv (k, v) VALUES (?, ?)");
  const std::string select = prepare(fd, plain, "SELECT v FROM bench.kv WHERE k = ?");
  close(fd);
  return std::make_unique<Cql>(insert, select, value_bytes);
}

double cpu_seconds(int64_t pid) {
  if (pid == 0) return 0;
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  std::getline(file, line);
  unsigned long user = 0, system = 0;
  std::sscanf(line.c_str() + line.rfind(')') + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user,
              &system);
  return static_cast<double>(user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

struct Connection {
  int fd = -1;
  std::string out, in;
  size_t sent = 0, read_at = 0;
  std::vector<int64_t> started;  // by slot
  std::deque<int> order;         // slots in order of sending
  std::vector<int> free_slots;
  bool wants_write = false;
};

// p99 of each tenth of a second, and the median of those: what a neighbour on the same machine does now and then moves it little.
class Tenths {
 public:
  void add(int64_t now, int64_t nanos) {
    if (now >= ends_) {
      if (current_.total() != 0) p99s_.push_back(current_.micros(0.99));
      current_ = {};
      ends_ = now + 100'000'000;
    }
    current_.add(nanos);
  }
  double median_p99() {
    if (p99s_.empty()) return 0;
    std::ranges::nth_element(p99s_, p99s_.begin() + static_cast<std::ptrdiff_t>(p99s_.size() / 2));
    return p99s_[p99s_.size() / 2];
  }

 private:
  Histogram current_;
  int64_t ends_ = 0;
  std::vector<double> p99s_;
};

class Load {
 public:
  Load(const Options& options, const Dialect& dialect)
      : dialect_(dialect),
        write_(options.text("op", "read") != "read"),
        fill_(options.text("op", "read") == "fill"),
        overloaded_is_fine_(options.number("overloaded-is-fine", 0) != 0),
        keys_(static_cast<uint64_t>(options.number("keys", 100000))),
        rate_(options.number("rate", 0)),
        epoll_(epoll_create1(EPOLL_CLOEXEC)) {
    const auto in_flight = static_cast<int>(options.number("in-flight", 1));
    connections_.resize(static_cast<size_t>(options.number("connections", 50)));
    for (Connection& c : connections_) {
      c.fd = connect_to(options.text("host", "127.0.0.1"), static_cast<int>(options.number("port", 9042)));
      blocking_exchange(c.fd, dialect_, dialect_.hello());
      fcntl(c.fd, F_SETFL, O_NONBLOCK);
      c.started.resize(static_cast<size_t>(in_flight));
      for (int slot = in_flight - 1; slot >= 0; --slot) c.free_slots.push_back(slot);
      epoll_event event{.events = EPOLLIN, .data = {.ptr = &c}};
      epoll_ctl(epoll_, EPOLL_CTL_ADD, c.fd, &event);
    }
  }

  void run(double seconds) {
    begin_ = now_nanos();
    const int64_t end = begin_ + static_cast<int64_t>(seconds * 1e9);
    if (rate_ == 0)
      for (Connection& c : connections_) fill_slots(c);
    for (Connection& c : connections_) send(c);
    epoll_event events[256];
    while (now_nanos() < end || busy()) {
      if (fill_ && next_key_ >= keys_ && !busy()) break;
      stopping_ = now_nanos() >= end;
      if (rate_ != 0 && !stopping_) issue_due();
      const int n = epoll_wait(epoll_, events, 256, rate_ != 0 && !stopping_ ? 0 : 100);
      for (int i = 0; i < n; ++i) serve(*static_cast<Connection*>(events[i].data.ptr), events[i].events);
      if (now_nanos() > end + 10'000'000'000) die("requests are still unanswered ten seconds after the end");
    }
    seconds_ = static_cast<double>(now_nanos() - begin_) / 1e9;
  }

  void report(double cpu) {
    const double rate = static_cast<double>(latency_.total()) / seconds_;
    std::printf(
        "{\"requests_per_second\": %.0f, \"per_cpu_second\": %.0f, \"server_cpu_share\": %.2f, \"p50_us\": %.1f, "
        "\"p99_us\": %.1f, \"p99_of_tenths_us\": %.1f, "
        "\"p999_us\": %.1f, \"requests\": %llu, \"errors\": %llu, \"overloaded\": %llu}\n",
        rate, cpu > 0 ? static_cast<double>(latency_.total()) / cpu : 0.0, cpu / seconds_, latency_.micros(0.5),
        latency_.micros(0.99), tenths_.median_p99(), latency_.micros(0.999),
        static_cast<unsigned long long>(latency_.total()), static_cast<unsigned long long>(errors_),
        static_cast<unsigned long long>(overloaded_));
  }
  bool failed() const { return errors_ != 0; }

 private:
  bool busy() const { return outstanding_ != 0; }

  uint64_t pick() {
    if (fill_) return next_key_++;
    dice_ ^= dice_ << 13;
    dice_ ^= dice_ >> 7;
    dice_ ^= dice_ << 17;
    return dice_ % keys_;
  }
  void issue(Connection& c, int64_t due) {
    const int slot = c.free_slots.back();
    c.free_slots.pop_back();
    c.started[static_cast<size_t>(slot)] = due;
    c.order.push_back(slot);
    dialect_.append_request(write_, pick(), slot, c.out);
    ++outstanding_;
  }
  void fill_slots(Connection& c) {
    while (!c.free_slots.empty() && !stopping_ && !(fill_ && next_key_ >= keys_)) issue(c, now_nanos());
  }
  // Open loop: whatever is due is sent on the next connection with a free slot; what finds none waits and its wait counts.
  void issue_due() {
    for (;;) {
      const int64_t due =
          begin_ + static_cast<int64_t>(static_cast<double>(issued_) * 1e9 / static_cast<double>(rate_));
      if (due > now_nanos()) return;
      size_t tried = 0;
      while (tried < connections_.size() && connections_[turn_].free_slots.empty()) {
        turn_ = (turn_ + 1) % connections_.size();
        ++tried;
      }
      if (tried == connections_.size()) return;
      Connection& c = connections_[turn_];
      turn_ = (turn_ + 1) % connections_.size();
      issue(c, due);
      ++issued_;
      send(c);
    }
  }
  void send(Connection& c) {
    while (c.sent < c.out.size()) {
      const ssize_t n = ::send(c.fd, c.out.data() + c.sent, c.out.size() - c.sent, MSG_NOSIGNAL);
      if (n < 0) break;
      c.sent += static_cast<size_t>(n);
    }
    const bool wants = c.sent < c.out.size();
    if (!wants) {
      c.out.clear();
      c.sent = 0;
    }
    if (wants == c.wants_write) return;
    c.wants_write = wants;
    epoll_event event{.events = EPOLLIN | (wants ? EPOLLOUT : 0u), .data = {.ptr = &c}};
    epoll_ctl(epoll_, EPOLL_CTL_MOD, c.fd, &event);
  }
  void serve(Connection& c, uint32_t events) {
    if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) receive(c);
    if (rate_ == 0) fill_slots(c);
    send(c);
  }
  void receive(Connection& c) {
    char chunk[65536];
    const ssize_t got = ::read(c.fd, chunk, sizeof chunk);
    if (got == 0) die("the server closed a connection");
    if (got < 0) return;
    c.in.append(chunk, static_cast<size_t>(got));
    const int64_t now = now_nanos();
    while (const auto answer = dialect_.parse(std::string_view(c.in).substr(c.read_at))) {
      const int slot = answer->slot >= 0 ? answer->slot : c.order.front();
      if (answer->slot < 0) c.order.pop_front();
      latency_.add(now - c.started[static_cast<size_t>(slot)]);
      if (rate_ != 0) tenths_.add(now, now - c.started[static_cast<size_t>(slot)]);
      c.free_slots.push_back(slot);
      --outstanding_;
      overloaded_ += answer->overloaded ? 1 : 0;
      if (answer->error && !(answer->overloaded && overloaded_is_fine_) && errors_++ == 0)
        std::fprintf(stderr, "load: %.*s\n", static_cast<int>(answer->what.size()), answer->what.data());
      c.read_at += answer->bytes;
    }
    if (c.read_at == c.in.size() || c.read_at > 65536) {
      c.in.erase(0, c.read_at);
      c.read_at = 0;
    }
    if (c.order.size() > 1u << 16) c.order.clear();  // answers name their slots: nobody looks at the order
  }

  const Dialect& dialect_;
  const bool write_, fill_, overloaded_is_fine_;
  const uint64_t keys_;
  const int64_t rate_;
  const int epoll_;
  std::vector<Connection> connections_;
  Histogram latency_;
  Tenths tenths_;
  uint64_t dice_ = 88172645463325252u, next_key_ = 0, errors_ = 0, overloaded_ = 0, outstanding_ = 0;
  int64_t issued_ = 0, begin_ = 0;
  size_t turn_ = 0;
  bool stopping_ = false;
  double seconds_ = 1;
};

}  // namespace
}  // namespace ringlet::bench

int main(int argc, char** argv) {
  using namespace ringlet::bench;
  Options options;
  for (int i = 1; i + 1 < argc; i += 2) options.given[std::string(argv[i]).substr(2)] = argv[i + 1];
  const auto dialect = make_dialect(options);
  Load load(options, *dialect);
  const int64_t pid = options.number("server-pid", 0);
  const double before = cpu_seconds(pid);
  load.run(static_cast<double>(options.number("seconds", options.text("op", "read") == "fill" ? 3600 : 5)));
  load.report(cpu_seconds(pid) - before);
  return load.failed() ? 1 : 0;
}
