// Telemetry: the node records its own host, so that the first query after the first start shows real, live data.
//
//   telemetry.readings   ((host, metric, day), at)   the history, newest first, for 7 days
//   telemetry.latest     (host, metric)              the newest value of each metric
//
// At the start, a second later, and then every 5 s: CPU, memory, disk space and traffic, network, temperature. Rates are per second
// since the reading before. Keyspace and tables are ordinary ones, made once where they are missing; their writes are not made
// durable one by one (durable_writes = false), to spare the flash. A reading that cannot be written is dropped: the next one comes.
#pragma once

#include <string>
#include <vector>

#include "core/env/event.h"
#include "core/env/host_probe.h"
#include "core/env/task_group.h"
#include "core/node/node.h"

namespace ringlet {

struct TelemetryValue {
  std::string metric, unit;
  double value = 0;
  friend bool operator==(const TelemetryValue&, const TelemetryValue&) = default;
};

// Pure. Without a `before`, or where a counter went back, there are no rates.
std::vector<TelemetryValue> telemetry_values(const HostReading& now, const HostReading* before, Duration between,
                                             const Result<DiskSpace>& disk);

class Telemetry {
 public:
  // On shard 0's executor, as is all below. Both outlive it.
  Telemetry(Node& node, HostProbe& probe) : node_(node), probe_(probe) {}
  Task<void> start();  // returns once the first values are there to be queried
  Task<void> stop();   // before the node stops

 private:
  Task<void> keep_recording();
  Task<void> record();
  Task<Status> make_tables();
  Task<Status> store(const std::vector<TelemetryValue>& values);
  Task<Status> run_statement(std::string_view text, const std::vector<Bytes>& values);

  Node& node_;
  HostProbe& probe_;
  std::string host_;
  bool have_tables_ = false, stopping_ = false;
  std::optional<HostReading> before_;
  Instant read_at_{};
  Event stopped_;
  TaskGroup running_;
};

}  // namespace ringlet
