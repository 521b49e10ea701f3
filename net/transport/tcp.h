// TCP: a listener on one loop, streams on any. A connection is accepted where the listener is and handed to the loop that will
// serve it, round robin or as its owner chooses: with few connections the kernel's own spreading (SO_REUSEPORT) puts several on
// one shard, and it would let a second node share the port unnoticed.
#pragma once

#include <memory>
#include <utility>

#include "net/loop/readiness.h"
#include "net/transport/stream.h"

namespace ringlet {

// A connected socket that no loop watches yet; free to move to another thread.
class Socket {
 public:
  Socket() = default;
  explicit Socket(int fd) : fd_(fd) {}
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Socket& operator=(Socket&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Socket();
  int fd() const { return fd_; }

 private:
  int fd_ = -1;
};

class TcpListener {
 public:
  // Port 0 takes any free one. Errc::busy when the address is taken; the error names address and port.
  static Result<std::unique_ptr<TcpListener>> open(LoopExecutor& loop, const std::string& host, uint16_t port);

  // Errc::cancelled after stop(); Errc::overloaded when the system is out of descriptors or memory: wait a little, go on.
  Task<Result<Socket>> accept();
  void stop() { readiness_.stop(); }
  uint16_t port() const { return port_; }

 private:
  TcpListener(LoopExecutor& loop, Socket socket, std::string address, uint16_t port)
      : socket_(std::move(socket)), address_(std::move(address)), port_(port), readiness_(loop, socket_.fd()) {}

  Socket socket_;
  const std::string address_;
  const uint16_t port_;
  Readiness readiness_;
};

std::unique_ptr<Stream> make_tcp_stream(LoopExecutor& loop, Socket socket);  // on the loop's thread
Task<Result<std::unique_ptr<Stream>>> tcp_connect(LoopExecutor& loop, std::string host,
                                                  uint16_t port);  // resolving blocks

}  // namespace ringlet
