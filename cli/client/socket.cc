#include "cli/client/socket.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

namespace ringlet::cli {
namespace {

// A static program has no resolver worth the name (it would load the system's at run time), so names are localhost or addresses.
Result<std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>> resolve(const std::string& host, uint16_t port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const std::string address = host == "localhost" ? "127.0.0.1" : host;
  if (getaddrinfo(address.c_str(), std::to_string(port).c_str(), &hints, &found) != 0)
    return fail(Errc::invalid, "'" + host + "' is no address: give an IP address, or localhost");
  return std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>(found, &freeaddrinfo);
}

}  // namespace

Result<ClientSocket> ClientSocket::connect(const std::string& host, uint16_t port) {
  TRY(const auto address, resolve(host, port));
  ClientSocket socket;
  socket.peer_ = host + ":" + std::to_string(port);
  socket.fd_ = ::socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket.fd_ < 0) return socket.lost(errno);
  if (::connect(socket.fd_, address->ai_addr, address->ai_addrlen) != 0) {
    return fail(Errc::io, "cannot reach a node at " + socket.peer_ + " (" + std::strerror(errno) +
                              "): is one running there? Start it with `ringlet serve`, or name another host and port");
  }
  const int one = 1;
  setsockopt(socket.fd_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  return socket;
}

ClientSocket::ClientSocket(ClientSocket&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), peer_(std::move(other.peer_)) {}

ClientSocket& ClientSocket::operator=(ClientSocket&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(peer_, other.peer_);
  return *this;
}

ClientSocket::~ClientSocket() {
  if (fd_ >= 0) ::close(fd_);
}

std::unexpected<Error> ClientSocket::lost(int error_number) const {
  return fail(Errc::io, "lost the connection to " + peer_ + " (" + std::strerror(error_number) + ")");
}

Status ClientSocket::send_all(BytesView bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return lost(errno);
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return {};
}

Result<size_t> ClientSocket::receive(std::span<char> out) {
  while (true) {
    const ssize_t got = ::recv(fd_, out.data(), out.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return lost(errno);
    return static_cast<size_t>(got);
  }
}

void ClientSocket::set_nonblocking() { ::fcntl(fd_, F_SETFL, ::fcntl(fd_, F_GETFL) | O_NONBLOCK); }

Result<size_t> ClientSocket::try_send(BytesView bytes) {
  const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) return size_t{0};
  if (sent < 0) return lost(errno);
  return static_cast<size_t>(sent);
}

Result<size_t> ClientSocket::try_receive(std::span<char> out, bool& ended) {
  const ssize_t got = ::recv(fd_, out.data(), out.size(), 0);
  ended = got == 0;
  if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) return size_t{0};
  if (got < 0) return lost(errno);
  return static_cast<size_t>(got);
}

}  // namespace ringlet::cli
