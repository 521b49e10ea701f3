#include "net/cql/server.h"

#include "net/cql/inet.h"
#include "net/cql/refused_connection.h"

namespace ringlet {

// One shard's sessions. Its members belong to that shard's thread.
struct CqlServer::ShardPart {
  ShardPart(Node& node, LoopExecutor& on, ShardId shard)
      : id(shard),
        loop(on),
        host{node.env(),
             node.processor(shard),
             node.info(),
             MemoryBudget(node.memory_plan().request_bytes),
             {},
             0,
             {},
             0,
             address_bytes(node.info().address)} {}
  const ShardId id;
  LoopExecutor& loop;
  wire::SessionHost host;
  std::list<wire::Session*> sessions;
  bool stopping = false;
  TaskGroup serving;
};

CqlServer::CqlServer(Node& node, std::vector<LoopExecutor*> loops) : node_(node), loops_(std::move(loops)) {
  for (uint16_t s = 0; s < loops_.size(); ++s) {
    parts_.push_back(std::make_unique<ShardPart>(node_, *loops_[s], ShardId{s}));
    ShardPart* part = parts_.back().get();
    node_.on_schema_change(ShardId{s}, [part](const SchemaChange& change) {
      for (wire::Session* session : part->sessions) session->announce(change);
    });
  }
  node_.on_list_clients([this](ShardId shard) {
    std::vector<ConnectedClient> clients;
    for (const wire::Session* session : parts_[shard.raw]->sessions) clients.push_back(session->describe());
    return clients;
  });
}

CqlServer::~CqlServer() = default;

Result<std::unique_ptr<CqlServer>> CqlServer::open(Node& node, std::vector<LoopExecutor*> loops,
                                                   const std::string& host, uint16_t port) {
  std::unique_ptr<CqlServer> server(new CqlServer(node, std::move(loops)));
  TRY(server->listener_, TcpListener::open(*server->loops_.front(), host, port));
  return server;
}

void CqlServer::run() { accepting_.spawn(accept_loop()); }

Task<void> CqlServer::accept_loop() {
  constexpr Duration kPauseWhenFull = millis(100);
  while (!stopping_) {
    auto socket = co_await listener_->accept();
    if (!socket) {
      if (socket.error().code == Errc::cancelled) break;
      co_await stopped_.wait_until(node_.env().clock.now() +
                                   kPauseWhenFull);  // out of descriptors: some will be free again
      continue;
    }
    if (connections_.load() >= kConnectionsMax) {
      if (refusing_ < kConnectionsRefusedAtOnceMax) accepting_.spawn(refuse(*std::move(socket)));
      continue;  // closes it
    }
    ShardPart& part = *parts_[next_shard_++ % parts_.size()];
    ++connections_;
    accepting_.spawn(hand_over(part, *std::move(socket)));
  }
}

Task<void> CqlServer::refuse(Socket socket) {
  ++refusing_;
  const auto stream = make_tcp_stream(*loops_.front(), std::move(socket));
  Error why{Errc::overloaded,
            "This node has " + std::to_string(kConnectionsMax) +
                " client connections, as many as it takes: close some, or use fewer per client",
            {}};
  co_await wire::refuse_connection(*stream, node_.env().clock, std::move(why));
  --refusing_;
}

Task<void> CqlServer::hand_over(ShardPart& part, Socket socket) {
  Executor& home = *Executor::current();
  co_await part.loop.hop();
  if (!part.stopping)
    part.serving.spawn(serve(part, std::move(socket)));
  else
    --connections_;
  co_await home.hop();
}

Task<void> CqlServer::serve(ShardPart& part, Socket socket) {
  wire::Session session(part.host, make_tcp_stream(part.loop, std::move(socket)));
  const auto at = part.sessions.insert(part.sessions.end(), &session);
  co_await session.run();
  part.sessions.erase(at);
  --connections_;
}

Task<void> CqlServer::stop() {
  stopping_ = true;
  stopped_.notify_all();
  listener_->stop();
  co_await accepting_.join();
  Executor& home = *Executor::current();
  for (const auto& part : parts_) {
    co_await part->loop.hop();
    part->stopping = true;
    for (wire::Session* session : part->sessions) session->stop();
    co_await part->serving.join();
    co_await home.hop();
  }
}

Task<uint64_t> CqlServer::requests() {
  uint64_t sum = 0;
  Executor& home = *Executor::current();
  for (const auto& part : parts_) {
    co_await part->loop.hop();
    sum += part->host.requests;
    co_await home.hop();
  }
  co_return sum;
}

}  // namespace ringlet
