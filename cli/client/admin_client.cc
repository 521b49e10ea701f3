#include "cli/client/admin_client.h"

#include <nlohmann/json.hpp>

#include "cli/client/socket.h"

namespace ringlet::cli {
namespace {

constexpr size_t kAnswerBytesMax = 64u << 20;

// Everything until the node closes: the request asked it to.
Result<std::string> read_all(ClientSocket& socket) {
  std::string answer, part(64u << 10, '\0');
  while (true) {
    TRY(const size_t got, socket.receive(part));
    if (got == 0) return answer;
    answer.append(part, 0, got);
    if (answer.size() > kAnswerBytesMax) return fail(Errc::protocol, "the node's answer does not end");
  }
}

std::string error_of(const std::string& body) {
  const auto json = nlohmann::json::parse(body, nullptr, false);
  if (json.is_object() && json.contains("error") && json["error"].is_string()) return json["error"].get<std::string>();
  return body.substr(0, body.find('\n'));
}

}  // namespace

Result<std::string> ask_admin(const AdminAddress& address, const std::string& method, const std::string& path,
                              const std::string& body) {
  TRY(ClientSocket socket, ClientSocket::connect(address.host, address.port));
  const std::string host = address.host.find(':') == std::string::npos ? address.host : "[" + address.host + "]";
  const std::string where = host + ":" + std::to_string(address.port);
  TRY_STATUS(socket.send_all(method + " " + path + " HTTP/1.1\r\nHost: " + where +
                             "\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
                             body));
  TRY(const std::string answer, read_all(socket));
  if (answer.empty())
    return fail(Errc::io, "the node at " + where +
                              " ended the connection before it answered: it may have stopped, see what it said last");
  const size_t head = answer.find("\r\n\r\n");
  if (head == std::string::npos || !answer.starts_with("HTTP/1.1 "))
    return fail(Errc::protocol, "what answers at " + where + " is not a node's admin port");
  const std::string content = answer.substr(head + 4);
  if (answer.compare(9, 3, "200") == 0) return content;
  const std::string error = error_of(content);
  return fail(Errc::io, error.empty() ? "the node at " + where + " answered " + answer.substr(9, 3) : error);
}

}  // namespace ringlet::cli
