// Everything `ringlet serve` can be told, by flags or by a TOML file with the same names. A flag wins over the file.
#pragma once

#include <functional>
#include <string>

#include "core/base/result.h"
#include "core/node/node.h"

namespace ringlet::cli {

struct ServeConfig {
  std::string data;
  std::string listen = "127.0.0.1";
  std::string advertise;  // empty: the listen address
  uint16_t cql_port = 9042, http_port = 8080, peer_port = 7000;
  std::string memory = "256M";
  uint16_t shards = 0;  // 0: cores - 1, at least 1
  std::string config_file;
  std::string name, cluster_name = "ringlet", dc = "datacenter1", rack = "rack1";
  std::string join, token;
  std::string log_mode = "group";  // or "periodic"
  uint32_t log_period_ms = 1000, log_window_us = 0;
  bool compaction = true;
  std::string compaction_rate = "64M";   // bytes a second that compactions read and write; 0: no bound
  std::string flash_write_budget = "0";  // bytes a day that compaction keeps to; 0: no bound
  std::string incremental_backups;       // on, off, or empty: as they were switched last
  uint32_t auto_snapshot_hours = 24;     // that what DROP and TRUNCATE took away is kept for; 0: it is not
  uint32_t tombstone_warn_threshold = kTombstoneWarn, tombstone_failure_threshold = kTombstoneFail;
  bool telemetry = true;
  std::string insecure_listen;  // must say kAcceptRisk for a listener that others can reach
};
inline constexpr const char* kAcceptRisk = "i-accept-the-risk";

Status read_config_file(const std::string& path, ServeConfig& config);  // sets what it names; unknown names are errors
// What was given as a flag wins over the file; what was not leaves what the file says.
void apply_flags(const std::function<bool(const std::string&)>& given, const ServeConfig& flags, ServeConfig& config);
Status check(const ServeConfig& config);
Result<size_t> parse_size(const std::string& text);    // "64M", "1G", bytes without a suffix
Result<uint64_t> parse_rate(const std::string& text);  // the same, or 0 for no bound
Result<NodeOptions> node_options(const ServeConfig& config);
uint16_t shard_count(const ServeConfig& config);

}  // namespace ringlet::cli
