// CqlServer: the CQL port. Accepts on shard 0's loop and hands each connection to the next shard; drivers that know nothing of
// shards then spread over all of them.
#pragma once

#include <list>
#include <memory>
#include <vector>

#include "core/node/node.h"
#include "net/cql/session.h"
#include "net/transport/tcp.h"

namespace ringlet {

class CqlServer {
 public:
  // On shard 0's executor. Errc::busy when the port is taken: names address and port.
  static Result<std::unique_ptr<CqlServer>> open(Node& node, std::vector<LoopExecutor*> loops, const std::string& host,
                                                 uint16_t port);
  ~CqlServer();
  uint16_t port() const { return listener_->port(); }
  void run();         // begins to accept
  Task<void> stop();  // answers what is in flight, closes every connection
  size_t connections() const { return connections_.load(std::memory_order_relaxed); }
  Task<uint64_t> requests();  // served so far, by all shards

 private:
  struct ShardPart;
  CqlServer(Node& node, std::vector<LoopExecutor*> loops);
  Task<void> accept_loop();
  Task<void> serve(ShardPart& part, Socket socket);
  Task<void> refuse(Socket socket);
  Task<void> hand_over(ShardPart& part, Socket socket);

  Node& node_;
  std::vector<LoopExecutor*> loops_;
  std::unique_ptr<TcpListener> listener_;
  std::vector<std::unique_ptr<ShardPart>> parts_;
  std::atomic<size_t> connections_{0};
  size_t next_shard_ = 0, refusing_ = 0;
  bool stopping_ = false;
  Event stopped_;
  TaskGroup accepting_;
};

}  // namespace ringlet
