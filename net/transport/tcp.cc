#include "net/transport/tcp.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace ringlet {
namespace {

struct Address {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  sockaddr* raw() { return reinterpret_cast<sockaddr*>(&storage); }
  const sockaddr* raw() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

std::string words_of(int error_number) {
  const char* words = strerrordesc_np(error_number);
  return words != nullptr ? words : "error " + std::to_string(error_number);
}

uint16_t port_of(const Address& address) {
  return ntohs(address.storage.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6*>(address.raw())->sin6_port
                                                     : reinterpret_cast<const sockaddr_in*>(address.raw())->sin_port);
}

std::string text_of(const Address& address) {
  char host[INET6_ADDRSTRLEN] = "?";
  const bool v6 = address.storage.ss_family == AF_INET6;
  const void* bytes = v6 ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in6*>(address.raw())->sin6_addr)
                         : static_cast<const void*>(&reinterpret_cast<const sockaddr_in*>(address.raw())->sin_addr);
  inet_ntop(address.storage.ss_family, bytes, host, sizeof host);
  return (v6 ? "[" + std::string(host) + "]" : std::string(host)) + ":" + std::to_string(port_of(address));
}

Result<Address> resolve(const std::string& host, uint16_t port) {
  addrinfo wanted{}, *found = nullptr;
  wanted.ai_socktype = SOCK_STREAM;
  const int error = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &wanted, &found);
  if (error != 0) return fail(Errc::invalid, "cannot find the address of " + host + ": " + gai_strerror(error));
  Address address;
  address.size = found->ai_addrlen;
  std::memcpy(&address.storage, found->ai_addr, found->ai_addrlen);
  freeaddrinfo(found);
  return address;
}

Result<Socket> open_socket(const Address& address) {
  Socket socket(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (socket.fd() < 0) return fail(Errc::io, "cannot open a socket for " + text_of(address) + ": " + words_of(errno));
  return socket;
}

void set_option(int fd, int level, int option) {
  const int on = 1;
  setsockopt(fd, level, option, &on, sizeof on);  // a refusal costs latency at most
}

Address local_address(int fd) {
  Address address;
  getsockname(fd, address.raw(), &address.size);
  return address;
}

std::string peer_text(int fd) {
  Address address;
  return getpeername(fd, address.raw(), &address.size) == 0 ? text_of(address) : "?";
}

class TcpStream final : public Stream {
 public:
  TcpStream(LoopExecutor& loop, Socket socket)
      : socket_(std::move(socket)), peer_(peer_text(socket_.fd())), readiness_(loop, socket_.fd()) {
    set_option(socket_.fd(), IPPROTO_TCP, TCP_NODELAY);
    set_option(socket_.fd(), SOL_SOCKET, SO_KEEPALIVE);
  }

  Result<std::optional<size_t>> try_read(std::span<char> out) override {
    while (!readiness_.stopped() && readiness_.may_read()) {
      const ssize_t got = recv(socket_.fd(), out.data(), out.size(), 0);
      if (got > 0 && static_cast<size_t>(got) < out.size()) readiness_.drained();
      if (got >= 0) return static_cast<size_t>(got);
      if (errno == EAGAIN)
        readiness_.used_up(Readiness::kRead);
      else if (errno != EINTR)
        return broken("read from");
    }
    if (readiness_.stopped()) return stopped();
    return std::nullopt;
  }

  Result<size_t> try_write(BytesView bytes) override {
    while (!readiness_.stopped()) {
      const ssize_t taken = send(socket_.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (taken >= 0 && static_cast<size_t>(taken) < bytes.size()) readiness_.used_up(Readiness::kWrite);
      if (taken >= 0) return static_cast<size_t>(taken);
      if (errno == EAGAIN) {
        readiness_.used_up(Readiness::kWrite);
        return 0;
      }
      if (errno != EINTR) return broken("write to");
    }
    return stopped();
  }

  Task<Status> wait_readable() override {
    if (co_await readiness_.readable()) co_return Status{};
    co_return stopped();
  }
  Task<Status> wait_writable() override {
    if (co_await readiness_.writable()) co_return Status{};
    co_return stopped();
  }
  void end_write() override { shutdown(socket_.fd(), SHUT_WR); }
  void end_read() override { shutdown(socket_.fd(), SHUT_RD); }
  void stop() override { readiness_.stop(); }
  const std::string& peer() const override { return peer_; }

 private:
  std::unexpected<Error> stopped() const {
    return fail(Errc::cancelled, "the connection with " + peer_ + " was stopped here");
  }
  std::unexpected<Error> broken(const char* doing) const {
    return fail(Errc::io, std::string("cannot ") + doing + " " + peer_ + ": " + words_of(errno));
  }

  Socket socket_;
  const std::string peer_;
  Readiness readiness_;
};

}  // namespace

Socket::~Socket() {
  if (fd_ >= 0) close(fd_);
}

Result<std::unique_ptr<TcpListener>> TcpListener::open(LoopExecutor& loop, const std::string& host, uint16_t port) {
  TRY(const Address address, resolve(host, port));
  TRY(Socket socket, open_socket(address));
  set_option(socket.fd(), SOL_SOCKET, SO_REUSEADDR);  // a restart need not wait for old connections to be forgotten
  const bool bound = bind(socket.fd(), address.raw(), address.size) == 0 && listen(socket.fd(), SOMAXCONN) == 0;
  if (!bound && errno == EADDRINUSE)
    return fail(Errc::busy, "cannot listen on " + text_of(address) +
                                ": the address is in use (stop the program that has it, or choose another port)");
  if (!bound) return fail(Errc::io, "cannot listen on " + text_of(address) + ": " + words_of(errno));
  const Address actual = local_address(socket.fd());
  return std::unique_ptr<TcpListener>(new TcpListener(loop, std::move(socket), text_of(actual), port_of(actual)));
}

Task<Result<Socket>> TcpListener::accept() {
  while (true) {
    if (readiness_.stopped()) co_return fail(Errc::cancelled, "no longer listening on " + address_);
    const int fd = accept4(socket_.fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) co_return Socket(fd);
    switch (errno) {
      case EAGAIN:
        readiness_.used_up(Readiness::kRead);
        co_await readiness_.readable();
        break;
      case EMFILE:
      case ENFILE:
      case ENOBUFS:
      case ENOMEM:
        co_return fail(Errc::overloaded, "cannot accept on " + address_ + ": " + words_of(errno));
      case EBADF:
      case EINVAL:
      case ENOTSOCK:
        co_return fail(Errc::io, "cannot accept on " + address_ + ": " + words_of(errno));
      default:  // the connection failed before it was taken (ECONNABORTED, network errors, EINTR): there will be others
        break;
    }
  }
}

std::unique_ptr<Stream> make_tcp_stream(LoopExecutor& loop, Socket socket) {
  return std::make_unique<TcpStream>(loop, std::move(socket));
}

Task<Result<std::unique_ptr<Stream>>> tcp_connect(LoopExecutor& loop, std::string host, uint16_t port) {
  CO_TRY(const Address address, resolve(host, port));
  CO_TRY(Socket socket, open_socket(address));
  int error = connect(socket.fd(), address.raw(), address.size) == 0 ? 0 : errno;
  if (error == EINPROGRESS) {
    Readiness readiness(loop, socket.fd());
    co_await readiness.writable();
    socklen_t size = sizeof error;
    getsockopt(socket.fd(), SOL_SOCKET, SO_ERROR, &error, &size);
  }
  if (error != 0) co_return fail(Errc::io, "cannot connect to " + text_of(address) + ": " + words_of(error));
  co_return make_tcp_stream(loop, std::move(socket));
}

}  // namespace ringlet
