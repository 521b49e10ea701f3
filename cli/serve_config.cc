#include "cli/serve_config.h"

#include <algorithm>
#include <charconv>
#include <thread>

#include <toml++/toml.h>

#include "cli/version.h"

namespace ringlet::cli {
namespace {

template <class T>
bool take(const toml::node& node, T& into) {
  if constexpr (std::is_same_v<T, bool>) {
    const auto value = node.value<bool>();
    if (value) into = *value;
    return value.has_value();
  } else if constexpr (std::is_integral_v<T>) {
    const auto value = node.value<int64_t>();
    if (!value || *value < 0 || *value > std::numeric_limits<T>::max()) return false;
    into = static_cast<T>(*value);
    return true;
  } else {
    const auto value = node.value<std::string>();
    if (value) into = *value;
    return value.has_value();
  }
}

// The one list of names; flags have the same. Ends at the first that `visit` takes.
template <class Visit>
bool visit_settings(Visit visit) {
  using C = ServeConfig;
  return visit("data", &C::data) || visit("listen", &C::listen) || visit("advertise", &C::advertise) ||
         visit("cql-port", &C::cql_port) || visit("http-port", &C::http_port) || visit("peer-port", &C::peer_port) ||
         visit("memory", &C::memory) || visit("shards", &C::shards) || visit("name", &C::name) ||
         visit("cluster-name", &C::cluster_name) || visit("dc", &C::dc) || visit("rack", &C::rack) ||
         visit("join", &C::join) || visit("token", &C::token) || visit("log-mode", &C::log_mode) ||
         visit("log-period-ms", &C::log_period_ms) || visit("log-window-us", &C::log_window_us) ||
         visit("compaction", &C::compaction) || visit("compaction-rate", &C::compaction_rate) ||
         visit("flash-write-budget", &C::flash_write_budget) || visit("auto-snapshot-hours", &C::auto_snapshot_hours) ||
         visit("incremental-backups", &C::incremental_backups) ||
         visit("tombstone-warn-threshold", &C::tombstone_warn_threshold) ||
         visit("tombstone-failure-threshold", &C::tombstone_failure_threshold) || visit("telemetry", &C::telemetry) ||
         visit("insecure-listen", &C::insecure_listen);
}

bool is_loopback(const std::string& host) { return host == "localhost" || host == "::1" || host.starts_with("127."); }

}  // namespace

Status read_config_file(const std::string& path, ServeConfig& config) {
  toml::table table;
  try {
    table = toml::parse_file(path);
  } catch (const toml::parse_error& error) {
    const auto at = error.source().begin;
    return fail(Errc::config, path + ", line " + std::to_string(at.line) + ": " + std::string(error.description()));
  }
  for (const auto& [key, node] : table) {
    bool known = false, fits = false;
    visit_settings([&, name = key.str()](const char* setting, auto member) {
      if (name != setting) return false;
      known = true;
      fits = take(node, config.*member);
      return true;
    });
    const std::string name(key.str());
    if (!known)
      return fail(Errc::config, path + ": unknown setting '" + name + "'; settings are the flags of ringlet serve");
    if (!fits) return fail(Errc::config, path + ": setting '" + name + "' has a value of the wrong kind or range");
  }
  return {};
}

void apply_flags(const std::function<bool(const std::string&)>& given, const ServeConfig& flags, ServeConfig& config) {
  visit_settings([&](const char* setting, auto member) {
    if (given(std::string("--") + setting)) config.*member = flags.*member;
    return false;
  });
}

static Result<uint64_t> parse_bytes(const std::string& text) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string suffix(end, text.data() + text.size());
  int shift = -1;
  if (suffix.empty())
    shift = 0;
  else if (suffix == "K" || suffix == "k")
    shift = 10;
  else if (suffix == "M" || suffix == "m")
    shift = 20;
  else if (suffix == "G" || suffix == "g")
    shift = 30;
  if (error != std::errc{} || shift < 0 || number == 0 || number > (UINT64_MAX >> shift))
    return fail(Errc::config, "'" + text + "' is no size: write it as 64M, 256M or 1G");
  return number << shift;
}

Result<size_t> parse_size(const std::string& text) {
  TRY(const uint64_t bytes, parse_bytes(text));
  if (bytes > SIZE_MAX) return fail(Errc::config, "'" + text + "' is more than this machine can address");
  return static_cast<size_t>(bytes);
}

Result<uint64_t> parse_rate(const std::string& text) { return text == "0" ? Result<uint64_t>(0) : parse_bytes(text); }

Status check(const ServeConfig& config) {
  if (config.data.empty())
    return fail(Errc::config, "--data is missing: name the directory that holds the node's data");
  if (!config.join.empty() || !config.token.empty())
    return fail(Errc::config, "--join: this version runs rings of one node and cannot join another");
  if (!is_loopback(config.listen) && config.insecure_listen != kAcceptRisk)
    return fail(Errc::config, "--listen " + config.listen +
                                  " can be reached by others, and this version has neither TLS nor passwords: "
                                  "listen on 127.0.0.1, or say --insecure-listen " +
                                  kAcceptRisk);
  if (config.log_mode != "group" && config.log_mode != "periodic")
    return fail(Errc::config, "--log-mode is '" + config.log_mode + "': it can be group or periodic");
  if (!config.incremental_backups.empty() && config.incremental_backups != "on" && config.incremental_backups != "off")
    return fail(Errc::config, "--incremental-backups is '" + config.incremental_backups + "': it can be on or off");
  if (config.shards > kShardsMax) return fail(Errc::config, "--shards: at most " + std::to_string(kShardsMax));
  if (config.tombstone_failure_threshold == 0 || config.tombstone_failure_threshold < config.tombstone_warn_threshold)
    return fail(Errc::config, "--tombstone-failure-threshold must be at least 1 and --tombstone-warn-threshold");
  TRY_STATUS(parse_size(config.memory));
  TRY_STATUS(parse_rate(config.compaction_rate));
  TRY_STATUS(parse_rate(config.flash_write_budget));
  return {};
}

uint16_t shard_count(const ServeConfig& config) {
  if (config.shards != 0) return config.shards;
  return static_cast<uint16_t>(std::clamp(static_cast<int>(std::thread::hardware_concurrency()) - 1, 1, 64));
}

Result<NodeOptions> node_options(const ServeConfig& config) {
  NodeOptions options;
  TRY(options.memory_bytes, parse_size(config.memory));
  options.log.mode = config.log_mode == "periodic" ? LogMode::periodic : LogMode::group;
  options.log.period = millis(config.log_period_ms);
  options.log.window = micros(config.log_window_us);
  options.compaction = config.compaction;
  TRY(options.compaction_bytes_per_second, parse_rate(config.compaction_rate));
  TRY(options.flash_write_budget, parse_rate(config.flash_write_budget));
  options.auto_snapshot_hours = config.auto_snapshot_hours;
  if (!config.incremental_backups.empty()) options.incremental_backups = config.incremental_backups == "on";
  NodeInfo& info = options.info;
  info.name = config.name.empty() ? "ringlet" : config.name;
  info.cluster_name = config.cluster_name;
  info.data_center = config.dc;
  info.rack = config.rack;
  info.address = !config.advertise.empty()      ? config.advertise
                 : config.listen == "localhost" ? "127.0.0.1"
                                                : config.listen;
  if (info.address == "0.0.0.0" || info.address == "::")
    return fail(Errc::config, "--listen " + config.listen +
                                  " is every address: say with --advertise which one clients reach this node by");
  info.tombstones = {config.tombstone_warn_threshold, config.tombstone_failure_threshold};
  info.cql_port = config.cql_port;
  info.http_port = config.http_port;
  info.peer_port = config.peer_port;
  info.version = build_info().version;
  return options;
}

}  // namespace ringlet::cli
