// Query processor of one shard: text or prepared statement in, result out. The wire's only door into the database.
//
//   query     parse -> plan -> carry out
//   prepare   parse -> plan -> remember, under an id that is a function of keyspace and text
//   execute   recall the plan -> bind -> carry out
//
// Always holds
//   - a statement runs against one schema snapshot from beginning to end
//   - a prepared plan whose table changed is planned again before it is used; one whose table is gone is Errc::invalid
//   - prepared statements are known on every shard and survive a restart; an unknown id is Errc::unprepared with the id
// Runs on its shard's executor. Every argument that is a view or a reference must outlive the returned Task.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "core/cluster/coordinator.h"
#include "core/cluster/node_info.h"
#include "core/env/request_context.h"
#include "core/env/task.h"
#include "core/meta/catalog.h"
#include "core/query/result.h"
#include "core/query/system_tables.h"
#include "core/query/trace.h"

namespace ringlet {

// What a connection knows across requests. USE changes the keyspace.
struct ClientState {
  std::string keyspace;  // empty: none yet
  std::string user = "anonymous";
  std::string address;  // of the peer, text
  uint16_t port = 0;
  uint8_t protocol_version = 4;
};

struct BatchStatement {
  BytesView what;  // text, or a prepared id
  bool prepared = false;
  std::vector<BoundValue> values;
};
struct BatchRequest {
  enum class Kind : uint8_t { logged = 0, unlogged = 1, counter = 2 };
  Kind kind = Kind::logged;
  std::vector<BatchStatement> statements;
  QueryOptions options;  // no values of its own
};

class QueryProcessor {
 public:
  virtual ~QueryProcessor() = default;
  virtual Task<Result<QueryResult>> query(std::string_view text, const QueryOptions& options, ClientState& client,
                                          const RequestContext& context) = 0;
  virtual Task<Result<QueryResult>> prepare(std::string_view text, std::optional<std::string_view> keyspace,
                                            ClientState& client, const RequestContext& context) = 0;
  virtual Task<Result<QueryResult>> execute(BytesView id, const QueryOptions& options, ClientState& client,
                                            const RequestContext& context) = 0;
  // The short way of execute(), without a coroutine, for what has nothing to wait for, or only the log.
  //   declined  the statement is not of that kind or anything about it is unusual: nothing was done, call execute()
  //   entered   a write; `waiter` is told, perhaps before this returns
  //   rows      `rows` is filled; its storage may be used again
  // The options may go when this returns.
  enum class Direct : uint8_t { declined, entered, rows };
  virtual Direct execute_directly(BytesView id, const QueryOptions& options, WriteWaiter& waiter, RowsResult& rows) = 0;
  virtual Task<Result<QueryResult>> batch(const BatchRequest& request, ClientState& client,
                                          const RequestContext& context) = 0;

  // For a request whose client wants it traced: its context carries the trace. End it once it has been answered: it is
  // stored behind, unless too many of them wait for that.
  virtual std::unique_ptr<Trace> begin_trace(const ClientState& client) = 0;
  virtual void end_trace(std::unique_ptr<Trace> trace) = 0;
};

class PreparedTexts;

// What a processor works with. Everything outlives it.
struct QueryServices {
  Env& env;
  Coordinator& coordinator;  // of this shard
  Catalog& catalog;
  PreparedTexts& prepared;  // the node's; on shard 0's executor
  const NodeInfo& node;
  // Tells every connection that registered for it; any shard's executor.
  std::function<void(const SchemaChange&)> announce;
  // Who is connected to a shard, for system_views.clients; asked on that shard's executor.
  std::function<std::vector<ConnectedClient>(ShardId)> clients;
  // Runs a task beside, on the executor it is spawned from; the node waits for it when it stops.
  std::function<void(Task<void>)> spawn;
  // Before a table (or all of a keyspace: no table named) is dropped or truncated; where it fails, the statement does.
  std::function<Task<Status>(bool drop, std::string keyspace, std::string table)> before_loss;
};
std::unique_ptr<QueryProcessor> make_query_processor(QueryServices services);

}  // namespace ringlet
