#include "net/http/http_server.h"

#include "core/base/limits.h"

namespace ringlet::http {
namespace {

Response refusal_response(const Refusal& refusal) {
  return {.status = refusal.status, .content_type = "text/plain; charset=utf-8", .body = refusal.reason + "\n"};
}

}  // namespace

Result<std::unique_ptr<HttpServer>> HttpServer::open(LoopExecutor& loop, const std::string& host, uint16_t port,
                                                     Handler handler) {
  TRY(auto listener, TcpListener::open(loop, host, port));
  return std::unique_ptr<HttpServer>(new HttpServer(loop, std::move(listener), std::move(handler)));
}

void HttpServer::run() {
  tasks_.spawn(accept_loop());
  tasks_.spawn(close_late());
}

void HttpServer::stop() {
  stopping_ = true;
  listener_->stop();
  stopped_.notify_all();
  for (Connection& connection : connections_)
    if (connection.idle) connection.stream->stop();
}

Task<void> HttpServer::accept_loop() {
  while (!stopping_) {
    Result<Socket> socket = co_await listener_->accept();
    if (!socket && socket.error().code == Errc::overloaded) {
      co_await stopped_.wait_until(loop_.clock().now() + millis(100));
      continue;
    }
    if (!socket) co_return;
    if (connections_.size() < kHttpConnectionsMax) tasks_.spawn(serve(std::move(*socket)));
  }
}

// One timer for all connections: a second more or less does not matter here.
Task<void> HttpServer::close_late() {
  while (!stopping_) {
    co_await stopped_.wait_until(loop_.clock().now() + seconds(1));
    const Instant now = loop_.clock().now();
    for (Connection& connection : connections_)
      if (now > connection.deadline) connection.stream->stop();
  }
  // Whoever is in the middle of a request or an answer still has its time, but not more than a moment of it.
  const Instant last = loop_.clock().now() + seconds(1);
  while (!connections_.empty() && loop_.clock().now() < last)
    co_await loop_.sleep_until(loop_.clock().now() + millis(20));
  for (Connection& connection : connections_) connection.stream->stop();
}

Task<void> HttpServer::serve(Socket socket) {
  const auto at = connections_.emplace(connections_.end());
  at->stream = make_tcp_stream(loop_, std::move(socket));
  co_await converse(*at);
  connections_.erase(at);
}

Task<void> HttpServer::converse(Connection& connection) {
  RequestParser parser;
  while (true) {
    switch (parser.next()) {
      case RequestParser::Next::more_bytes: {
        const bool more = co_await read_more(connection, parser);
        if (!more) co_return;
        break;
      }
      case RequestParser::Next::refused: {
        const Response refused = refusal_response(parser.refusal());
        (void)co_await answer(connection, refused, false, false);
        co_return;
      }
      case RequestParser::Next::request: {
        ++requests_;
        connection.idle = false;
        connection.deadline = kNever;
        const Request& request = parser.request();
        const Response response = co_await handler_(request);
        const bool keep_alive = request.keep_alive && !stopping_;
        const Status sent = co_await answer(connection, response, keep_alive, request.method == "HEAD");
        if (!sent || !keep_alive) co_return;
        break;
      }
    }
  }
}

Task<bool> HttpServer::read_more(Connection& connection, RequestParser& parser) {
  if (parser.between_requests()) {
    connection.idle = true;
    if (stopping_) co_return false;
    connection.deadline = loop_.clock().now() + seconds(kHttpIdleSecondsMax);
  } else if (connection.idle) {  // from its first byte on, a request has this long, however slowly it drips
    connection.idle = false;
    connection.deadline = loop_.clock().now() + seconds(kHttpRequestSecondsMax);
  }
  std::string buffer(4096, '\0');
  const Result<size_t> got = co_await connection.stream->read_some(buffer);
  if (!got || *got == 0) co_return false;
  parser.feed(BytesView(buffer).substr(0, *got));
  co_return true;
}

Task<Status> HttpServer::answer(Connection& connection, const Response& response, bool keep_alive, bool head_only) {
  connection.deadline = loop_.clock().now() + seconds(kHttpRequestSecondsMax);
  const Bytes bytes = encode_response(response, keep_alive, head_only);
  Status sent = co_await connection.stream->write_all(bytes);
  if (sent && !keep_alive) connection.stream->end_write();
  co_return sent;
}

}  // namespace ringlet::http
