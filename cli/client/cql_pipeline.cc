#include "cli/client/cql_pipeline.h"

#include <poll.h>

#include <algorithm>

#include "core/base/must.h"

namespace ringlet::cli {
namespace {

constexpr size_t kReceiveBytes = 64u << 10;
constexpr int kAttemptsMax = 20;
constexpr int kPauseMs = 100;

// Upserts with a timestamp of their own may be sent again without harm, whatever became of the first.
bool is_worth_another_try(const CqlError& error) {
  return error.code == kCqlOverloaded || error.code == kCqlWriteTimeout;
}

}  // namespace

Result<std::unique_ptr<CqlPipeline>> CqlPipeline::open(const std::string& host, uint16_t port, size_t connections,
                                                       size_t window, Done done) {
  std::unique_ptr<CqlPipeline> pipeline(new CqlPipeline(window, std::move(done)));
  for (size_t i = 0; i < connections; ++i) {
    TRY(CqlClient client, CqlClient::connect(host, port));
    Connection connection;
    connection.socket = client.take_socket();
    connection.socket.set_nonblocking();
    for (size_t stream = window; stream-- > 0;) connection.free_streams.push_back(static_cast<int16_t>(stream));
    pipeline->connections_.push_back(std::move(connection));
  }
  return pipeline;
}

void CqlPipeline::push(Row row) {
  MUST(has_room());
  ++in_flight_;
  send(std::move(row));
}

void CqlPipeline::send(Row row) {
  Connection& connection =
      *std::ranges::max_element(connections_, {}, [](const Connection& c) { return c.free_streams.size(); });
  MUST(!connection.free_streams.empty());
  const int16_t stream = connection.free_streams.back();
  connection.free_streams.pop_back();
  options_.timestamp = row.timestamp;
  append_execute(stream, id_, row.values, options_, connection.out);
  ++row.attempts;
  connection.waiting.emplace(stream, std::move(row));
}

Status CqlPipeline::turn(int wait_ms) {
  for (Connection& connection : connections_) TRY_STATUS(flush(connection));
  wait(again_.empty() ? wait_ms : std::min(wait_ms, kPauseMs));
  for (Connection& connection : connections_) TRY_STATUS(receive(connection));
  if (!again_.empty() && again_.size() == in_flight_) ::poll(nullptr, 0, kPauseMs);  // all the node said was "later"
  for (std::deque<Row> rows = std::exchange(again_, {}); !rows.empty(); rows.pop_front()) send(std::move(rows.front()));
  return {};
}

void CqlPipeline::wait(int wait_ms) {
  std::vector<pollfd> polled;
  for (const Connection& connection : connections_) {
    const bool unsent = connection.sent < connection.out.size();
    polled.push_back({connection.socket.fd(), static_cast<short>(POLLIN | (unsent ? POLLOUT : 0)), 0});
  }
  ::poll(polled.data(), polled.size(), wait_ms);
}

Status CqlPipeline::flush(Connection& connection) {
  while (connection.sent < connection.out.size()) {
    TRY(const size_t sent, connection.socket.try_send(BytesView(connection.out).substr(connection.sent)));
    if (sent == 0) return {};
    connection.sent += sent;
  }
  connection.out.clear();
  connection.sent = 0;
  return {};
}

Status CqlPipeline::receive(Connection& connection) {
  bool ended = false;
  while (true) {
    const size_t before = connection.in.size();
    resize_for_overwrite(connection.in, before + kReceiveBytes);
    const auto got = connection.socket.try_receive({connection.in.data() + before, kReceiveBytes}, ended);
    connection.in.resize(before + got.value_or(0));
    if (!got) return fail(got.error());
    if (ended) return fail(Errc::io, "the node closed the connection");
    if (*got < kReceiveBytes) break;
  }
  size_t taken = 0;
  while (true) {
    const BytesView left = BytesView(connection.in).substr(taken);
    TRY(const auto whole, message_bytes(left));
    if (!whole) break;
    TRY(const CqlAnswer answer, decode_answer(left.substr(0, *whole)));
    TRY_STATUS(handle(connection, answer));
    taken += *whole;
  }
  connection.in.erase(0, taken);
  return {};
}

Status CqlPipeline::handle(Connection& connection, const CqlAnswer& answer) {
  auto node = connection.waiting.extract(answer.stream);
  if (node.empty()) return fail(Errc::protocol, "the node answered what it was not asked");
  connection.free_streams.push_back(answer.stream);
  const auto* error = std::get_if<CqlError>(&answer.body);
  if (error != nullptr && is_worth_another_try(*error) && node.mapped().attempts < kAttemptsMax) {
    again_.push_back(std::move(node.mapped()));
    return {};
  }
  --in_flight_;
  done_(node.mapped(), error);
  return {};
}

}  // namespace ringlet::cli
