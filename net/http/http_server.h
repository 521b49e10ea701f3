// HttpServer: the admin port. One coroutine per connection, all on shard 0's loop: this port serves people and scrapers.
//
// Always holds
//   - at most kHttpConnectionsMax connections; a request, a pause and an answer each have their time
//   - a handler's answer is sent whole or the connection ends; a handler is never cut off in its work
// stop() accepts nothing more and lets idle connections go; join() waits for the handlers that still work. Between the two the
// node may be stopped, which ends long work.
#pragma once

#include <functional>
#include <list>
#include <memory>

#include "core/env/task_group.h"
#include "net/http/http.h"
#include "net/transport/tcp.h"

namespace ringlet::http {

using Handler = std::function<Task<Response>(const Request&)>;  // the request outlives the task

class HttpServer {
 public:
  // On the loop's thread. Errc::busy when the port is taken: names address and port.
  static Result<std::unique_ptr<HttpServer>> open(LoopExecutor& loop, const std::string& host, uint16_t port,
                                                  Handler handler);
  uint16_t port() const { return listener_->port(); }
  void run();
  void stop();
  Task<void> join() { return tasks_.join(); }
  uint64_t requests() const { return requests_; }

 private:
  struct Connection {
    std::unique_ptr<Stream> stream;
    Instant deadline = kNever;  // for what the peer has to do next; kNever while we work
    bool idle = true;           // no request has begun to arrive
  };
  HttpServer(LoopExecutor& loop, std::unique_ptr<TcpListener> listener, Handler handler)
      : loop_(loop), listener_(std::move(listener)), handler_(std::move(handler)) {}
  Task<void> accept_loop();
  Task<void> close_late();
  Task<void> serve(Socket socket);
  Task<void> converse(Connection& connection);
  Task<bool> read_more(Connection& connection, RequestParser& parser);
  Task<Status> answer(Connection& connection, const Response& response, bool keep_alive, bool head_only);

  LoopExecutor& loop_;
  std::unique_ptr<TcpListener> listener_;
  Handler handler_;
  std::list<Connection> connections_;
  uint64_t requests_ = 0;
  bool stopping_ = false;
  Event stopped_;
  TaskGroup tasks_;
};

}  // namespace ringlet::http
