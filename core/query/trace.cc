#include "core/query/trace.h"

#include <algorithm>

#include "core/base/limits.h"
#include "core/base/murmur3.h"
#include "core/data/keys.h"
#include "core/query/system_rows.h"

namespace ringlet {
namespace {

constexpr uint32_t kTraceTtlSeconds = 86400;

std::string cut(std::string text) {
  size_t end = std::min(text.size(), kTraceTextBytesMax);
  while (end < text.size() && end > 0 && (static_cast<uint8_t>(text[end]) & 0xC0) == 0x80) --end;  // between characters
  text.resize(end);
  return text;
}

std::string executor_name(const Env& env) {
  const auto here = std::ranges::find(env.shards, Executor::current());
  return here == env.shards.end() ? "background" : "shard-" + std::to_string(here - env.shards.begin());
}

Mutation to_partition(const Table& table, const Bytes& key) {
  Mutation mutation;
  mutation.table = table.id;
  mutation.schema = table.version;
  mutation.token = token_of(key);
  mutation.partition_key = key;
  return mutation;
}

}  // namespace

class Trace::Hold {
 public:
  explicit Hold(std::atomic_flag& flag) : flag_(flag) {
    while (flag_.test_and_set(std::memory_order_acquire)) {
    }
  }
  ~Hold() { flag_.clear(std::memory_order_release); }

 private:
  std::atomic_flag& flag_;
};

Trace::Trace(Env& env, const Uuid& session, std::string client)
    : env_(env), session_(session), client_(std::move(client)), started_(env.clock.wall()), begun_(env.clock.now()) {}

int32_t Trace::elapsed_micros() const {
  return static_cast<int32_t>(std::min<int64_t>((env_.clock.now() - begun_).nanos / 1000, INT32_MAX));
}

void Trace::event(std::string activity) {
  const int32_t elapsed = elapsed_micros();
  const Hold hold(busy_);
  if (events_.size() >= kTraceEventsMax) return;
  uint64_t ticks = ticks_of(started_) + static_cast<uint64_t>(elapsed) * 10;
  if (!events_.empty()) ticks = std::max(ticks, events_.back().ticks + 1);
  events_.push_back({ticks, elapsed, executor_name(env_), cut(std::move(activity))});
}

void Trace::parameter(const char* name, std::string value) {
  const Hold hold(busy_);
  if (parameters_.size() < kTraceEventsMax) parameters_[name] = cut(std::move(value));
}

std::vector<Mutation> Trace::finish(const Schema& schema, const NodeInfo& node, Timestamp stamp) {
  const TableRef sessions = schema.table("system_traces", "sessions"), events = schema.table("system_traces", "events");
  const Seconds expires{to_seconds(env_.clock.wall()).raw + kTraceTtlSeconds};
  const Liveness lives{.at = stamp, .ttl = kTraceTtlSeconds, .expires = expires};
  const Bytes id = uuid_bytes(session_);
  const std::optional<Bytes> address = inet_bytes(node.address);
  std::vector<Mutation> writes = {to_partition(*events, id), to_partition(*sessions, id)};
  for (const Event& e : events_) {
    const Uuid event = time_uuid(e.ticks, load_big<uint64_t>(session_.bytes().data() + 8));
    SystemRows::Row row = make_row(*events,
                                   {{"session_id", id},
                                    {"event_id", uuid_bytes(event)},
                                    {"activity", e.activity},
                                    {"source", address},
                                    {"source_elapsed", int_bytes(e.elapsed_micros)},
                                    {"source_port", int_bytes(node.peer_port)},
                                    {"thread", e.thread}},
                                   lives);
    writes.front().rows.push_back({std::move(row.position), std::move(row.row)});
  }
  SystemRows::Row row = make_row(*sessions,
                                 {{"session_id", id},
                                  {"client", inet_bytes(client_)},
                                  {"command", "QUERY"},
                                  {"coordinator", address},
                                  {"coordinator_port", int_bytes(node.peer_port)},
                                  {"duration", int_bytes(elapsed_micros())},
                                  {"parameters", text_map_bytes(parameters_)},
                                  {"request", request_},
                                  {"started_at", timestamp_bytes(started_)}},
                                 lives);
  writes.back().rows.push_back({std::move(row.position), std::move(row.row)});
  if (events_.empty()) writes.erase(writes.begin());
  return writes;
}

}  // namespace ringlet
