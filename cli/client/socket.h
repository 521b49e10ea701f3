// Socket of a client: connect, send, receive; blocking unless said otherwise. Errors name host and port.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "core/base/bytes.h"
#include "core/base/result.h"

namespace ringlet::cli {

class ClientSocket {
 public:
  static Result<ClientSocket> connect(const std::string& host, uint16_t port);
  ClientSocket() = default;
  ClientSocket(ClientSocket&& other) noexcept;
  ClientSocket& operator=(ClientSocket&& other) noexcept;
  ~ClientSocket();

  Status send_all(BytesView bytes);
  Result<size_t> receive(std::span<char> out);  // 0: the peer has ended
  void set_nonblocking();
  Result<size_t> try_send(BytesView bytes);  // after set_nonblocking(): 0 when it would wait
  Result<size_t> try_receive(std::span<char> out, bool& ended);
  int fd() const { return fd_; }

 private:
  std::unexpected<Error> lost(int error_number) const;
  int fd_ = -1;
  std::string peer_;
};

}  // namespace ringlet::cli
