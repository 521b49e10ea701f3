// Trace: what one request did, for a client that asked with the protocol's tracing flag. Once the request has been answered
// it is written to system_traces.sessions and .events, behind, and kept for a day.
//
// Always holds
//   - a request without the flag pays one look at a null pointer wherever there could be an event
//   - at most kTraceEventsMax events of one request, of kTraceTextBytesMax each: further ones are left out
//   - the session's row is written last: drivers take a trace with a duration for whole
#pragma once

#include <atomic>
#include <map>
#include <string>
#include <vector>

#include "core/cluster/node_info.h"
#include "core/data/mutation.h"
#include "core/data/schema.h"
#include "core/env/env.h"
#include "core/env/request_context.h"

namespace ringlet {

class Trace final : public TraceSink {
 public:
  // `session` is a time uuid of its own; `client` the peer's address as text.
  Trace(Env& env, const Uuid& session, std::string client);

  const Uuid& session() const { return session_; }
  void request(const char* what) { request_ = what; }  // "Execute CQL3 query"
  void event(std::string activity) override;
  void parameter(const char* name, std::string value) override;

  // What is to be written, in order, once the request is over; `stamp` is when.
  std::vector<Mutation> finish(const Schema& schema, const NodeInfo& node, Timestamp stamp);

 private:
  struct Event {
    uint64_t ticks;
    int32_t elapsed_micros;
    std::string thread, activity;
  };
  class Hold;
  int32_t elapsed_micros() const;

  Env& env_;
  const Uuid session_;
  const std::string client_;
  const Timestamp started_;
  const Instant begun_;
  std::string request_ = "Execute CQL3 query";
  std::atomic_flag busy_;  // events may come from two shards at a time
  std::map<std::string, std::string> parameters_;
  std::vector<Event> events_;
};

}  // namespace ringlet
