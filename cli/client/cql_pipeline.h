// Many executes of one prepared statement in flight over a few connections. One thread; the caller feeds rows and is told the
// fate of each by its number.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "cli/client/cql_client.h"

namespace ringlet::cli {

class CqlPipeline {
 public:
  struct Row {
    uint64_t number = 0;
    CqlValues values;
    int64_t timestamp = 0;
    int attempts = 0;
  };
  // Called for every row once: no error when the node has acknowledged it.
  using Done = std::function<void(const Row& row, const CqlError* error)>;

  static Result<std::unique_ptr<CqlPipeline>> open(const std::string& host, uint16_t port, size_t connections,
                                                   size_t window, Done done);
  // All connections prepare the same text: ids are a function of it.
  void use(Bytes prepared_id, CqlOptions options) { id_ = std::move(prepared_id), options_ = std::move(options); }

  bool has_room() const { return in_flight_ < connections_.size() * window_; }
  void push(Row row);  // MUST has_room()
  // Sends, and handles what has been answered; waits up to `wait_ms` when there is nothing to do.
  Status turn(int wait_ms);
  size_t in_flight() const { return in_flight_; }

 private:
  struct Connection {
    ClientSocket socket;
    Bytes out, in;
    size_t sent = 0, taken = 0;
    std::vector<int16_t> free_streams;
    std::map<int16_t, Row> waiting;
  };
  CqlPipeline(size_t window, Done done) : window_(window), done_(std::move(done)) {}
  void send(Row row);
  Status flush(Connection& connection);
  Status receive(Connection& connection);
  Status handle(Connection& connection, const CqlAnswer& answer);
  void wait(int wait_ms);

  size_t window_;
  Done done_;
  Bytes id_;
  CqlOptions options_;
  std::vector<Connection> connections_;
  std::deque<Row> again_;  // answered "later": sent again after a pause
  size_t in_flight_ = 0;
};

}  // namespace ringlet::cli
