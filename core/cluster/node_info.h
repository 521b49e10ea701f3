// Who this node is, for system tables and the console. Fixed while it runs.
#pragma once

#include <string>
#include <vector>

#include "core/base/limits.h"
#include "core/base/types.h"
#include "core/base/uuid.h"

namespace ringlet {

inline constexpr const char* kReleaseVersion = "5.0.2";  // what drivers take us for: Cassandra's, one digit first
inline constexpr const char* kCqlVersion = "3.4.7";

// What a read may meet of deletions; Cassandra's settings of these names.
struct TombstoneBounds {
  uint32_t warn = kTombstoneWarn;  // more: a warning with the result
  uint32_t fail = kTombstoneFail;  // more: read failure
};

struct NodeInfo {
  Uuid host_id;        // made at the first start, stored
  Uuid counter_epoch;  // whose counter shards this run's increments go to
  std::string name = "ringlet";
  std::string cluster_name = "ringlet";
  std::string data_center = "datacenter1", rack = "rack1";
  std::string address = "127.0.0.1";  // where clients reach it; never a wildcard
  uint16_t cql_port = 9042, http_port = 8080, peer_port = 7000;
  std::vector<Token> tokens;  // ring positions it owns
  std::string version;        // Ringlet's own
  Timestamp started;
  uint16_t shards = 1;
  size_t memory_bytes = 0;
  TombstoneBounds tombstones;
};

}  // namespace ringlet
