// ringlet serve: builds the world, starts the node and its ports, and waits to be told to stop.
#include <malloc.h>
#include <pthread.h>
#include <signal.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "cli/command.h"
#include "cli/machine.h"
#include "cli/serve_config.h"
#include "core/node/telemetry.h"
#include "core/os/os_host_probe.h"
#include "core/os/run_and_wait.h"
#include "net/cql/server.h"
#include "net/http/admin_api.h"
#include "net/http/http_server.h"

namespace ringlet::cli {
namespace {

constexpr Duration kStopWithin = seconds(8);  // the contract allows ten

// Signals are waited for, not handled: blocked here before any thread exists, so that every thread inherits it.
sigset_t block_stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);  // a file at the limit of sizes is an error like a full disk
  return signals;
}

// Large blocks come and go with memtables: they go back to the system at once instead of into the heap.
void tune_allocator() {
  mallopt(M_MMAP_THRESHOLD, 128 << 10);
  mallopt(M_TRIM_THRESHOLD, 256 << 10);
  mallopt(M_MXFAST,
          0);  // fast bins are emptied all at once now and then: a pause for what the thread cache does better
  mallopt(M_ARENA_MAX, 4);
}

struct Serving {
  OsHostProbe probe;
  std::unique_ptr<Node> node;
  std::unique_ptr<CqlServer> cql;
  std::unique_ptr<http::AdminApi> admin;
  std::unique_ptr<http::HttpServer> http;
  std::unique_ptr<Telemetry> telemetry;
};

Task<http::CqlCounts> count_clients(CqlServer& cql) {
  http::CqlCounts counts;
  counts.connections = cql.connections();
  counts.requests = co_await cql.requests();
  co_return counts;
}

Status open_ports(Machine& machine, const ServeConfig& config, Serving& serving) {
  TRY(serving.cql, CqlServer::open(*serving.node, machine.loops(), config.listen, config.cql_port));
  serving.admin = std::make_unique<http::AdminApi>(*serving.node, serving.probe,
                                                   [&serving] { return count_clients(*serving.cql); });
  TRY(serving.http,
      http::HttpServer::open(*machine.loops().front(), config.listen, config.http_port,
                             [&serving](const http::Request& request) { return serving.admin->handle(request); }));
  return {};
}

Task<Status> start(Machine& machine, const ServeConfig& config, NodeOptions options, Serving& serving) {
  CO_TRY(serving.node, co_await Node::start(machine.env(), std::move(options)));
  const Status opened = open_ports(machine, config, serving);
  if (!opened) {
    (void)co_await serving.node->stop(machine.env().clock.now() + kStopWithin);
    serving.cql.reset();
    serving.node.reset();
    co_return opened;
  }
  if (config.telemetry) {
    serving.telemetry = std::make_unique<Telemetry>(*serving.node, serving.probe);
    co_await serving.telemetry->start();
  }
  serving.cql->run();
  serving.http->run();
  co_return Status{};
}

// The admin port's long work ends with the node's, so its handlers are waited for after that.
Task<Status> stop(Machine& machine, Serving& serving) {
  const Instant deadline = machine.env().clock.now() + kStopWithin;
  serving.admin->stop();
  serving.http->stop();
  if (serving.telemetry) co_await serving.telemetry->stop();
  co_await serving.cql->stop();
  const Status stopped = co_await serving.node->stop(deadline);
  co_await serving.http->join();
  serving.http.reset();
  serving.admin.reset();
  serving.cql.reset();
  serving.telemetry.reset();
  serving.node.reset();
  co_return stopped;
}

void report_start(const Serving& serving, const ServeConfig& config) {
  const LogReplayReport& replay = serving.node->replay_report();
  if (const RebuildReport& rebuild = serving.node->rebuild_report(); !rebuild.why.empty()) {
    std::fprintf(stderr, "ringlet: %s: metadata.db was rebuilt, with %llu tables and %llu sstables\n",
                 rebuild.why.c_str(), static_cast<unsigned long long>(rebuild.tables),
                 static_cast<unsigned long long>(rebuild.files));
    for (const std::string& left : rebuild.left_out) std::fprintf(stderr, "ringlet: left out: %s\n", left.c_str());
  }
  for (const std::string& hole : replay.holes)
    std::fprintf(stderr, "ringlet: damage in the commit log: %s\n", hole.c_str());
  if (replay.torn_tail) std::fprintf(stderr, "ringlet: the commit log's torn tail was cut: %s\n", replay.torn.c_str());
  for (const std::string& stray : serving.node->strays().quarantined)
    std::fprintf(stderr, "ringlet: a file that is not this node's was moved to %s\n", stray.c_str());
  std::printf(
      "ringlet %s serves CQL on %s:%u and its page on http://%s:%u/ (%u shards, %s memory, %llu log records "
      "replayed)\n",
      serving.node->info().version.c_str(), config.listen.c_str(), serving.cql->port(), config.listen.c_str(),
      serving.http->port(), serving.node->info().shards, config.memory.c_str(),
      static_cast<unsigned long long>(replay.records));
  std::fflush(stdout);
}

int serve(ServeConfig config) {
  if (const Status status = check(config); !status) return fail_with(status.error());
  auto options = node_options(config);
  if (!options) return fail_with(options.error());
  const sigset_t signals = block_stop_signals();
  tune_allocator();
  options->warn = [](const std::string& text) { std::fprintf(stderr, "ringlet: %s\n", text.c_str()); };
  auto machine = Machine::open(config.data, shard_count(config));
  if (!machine) return fail_with(machine.error());
  Serving serving;
  LoopExecutor& first = *(*machine)->loops().front();
  const Status started = run_and_wait(first, start(**machine, config, *std::move(options), serving));
  if (!started) return fail_with(started.error());
  report_start(serving, config);
  int signal_number = 0;
  sigwait(&signals, &signal_number);
  const Status stopped = run_and_wait(first, stop(**machine, serving));
  if (!stopped) return fail_with(stopped.error());
  return kDone;
}

}  // namespace

void add_serve(CLI::App& app, Chosen& chosen) {
  auto* command = app.add_subcommand("serve", "run a node");
  auto config = std::make_shared<ServeConfig>();
  command->add_option("--data", config->data, "directory that holds everything this node keeps");
  command->add_option("--listen", config->listen, "address for clients and the console")->capture_default_str();
  command->add_option("--advertise", config->advertise, "address that clients reach this node by, where it differs");
  command->add_option("--cql-port", config->cql_port)->capture_default_str();
  command->add_option("--http-port", config->http_port)->capture_default_str();
  command->add_option("--peer-port", config->peer_port)->capture_default_str();
  command->add_option("--memory", config->memory, "memory that the node may use, as 64M or 1G")->capture_default_str();
  command->add_option("--shards", config->shards, "threads that own data; 0 is one for each core but one")
      ->capture_default_str();
  command->add_option("--config", config->config_file, "TOML file with settings named as these flags");
  command->add_option("--name", config->name, "this node's name");
  command->add_option("--cluster-name", config->cluster_name)->capture_default_str();
  command->add_option("--dc", config->dc)->capture_default_str();
  command->add_option("--rack", config->rack)->capture_default_str();
  command->add_option("--join", config->join, "HOST:PORT of a node of the ring to join");
  command->add_option("--token", config->token, "join token");
  command->add_option("--log-mode", config->log_mode, "group: acknowledged is durable; periodic: synced every period")
      ->capture_default_str();
  command->add_option("--log-period-ms", config->log_period_ms)->capture_default_str();
  command->add_option("--log-window-us", config->log_window_us, "group: wait this long for company before a sync")
      ->capture_default_str();
  command->add_option("--compaction", config->compaction)->capture_default_str();
  command
      ->add_option("--compaction-rate", config->compaction_rate,
                   "bytes a second that compactions read and write; 0: no bound")
      ->capture_default_str();
  command
      ->add_option(
          "--flash-write-budget", config->flash_write_budget,
          "bytes a day that the node may write (2G): compaction gets what the log and flushes leave; 0: no bound")
      ->capture_default_str();
  command->add_option(
      "--incremental-backups", config->incremental_backups,
      "on: every new sstable is linked into backups/; off; left out: as ringlet backup switched them last");
  command
      ->add_option("--auto-snapshot-hours", config->auto_snapshot_hours,
                   "DROP and TRUNCATE keep what they take away as a snapshot for so long, while the disk has space; 0: "
                   "they do not")
      ->capture_default_str();
  command
      ->add_option("--tombstone-warn-threshold", config->tombstone_warn_threshold,
                   "a read that meets more tombstones answers with a warning")
      ->capture_default_str();
  command
      ->add_option("--tombstone-failure-threshold", config->tombstone_failure_threshold,
                   "a read that meets more tombstones fails")
      ->capture_default_str();
  command->add_option("--telemetry", config->telemetry, "record this host's state")->capture_default_str();
  command->add_option("--insecure-listen", config->insecure_listen,
                      std::string("to listen beyond loopback without TLS, say ") + kAcceptRisk);
  command->callback([command, config, &chosen] {
    chosen = [command, config] {
      ServeConfig merged;
      if (!config->config_file.empty()) {
        if (const Status status = read_config_file(config->config_file, merged); !status)
          return fail_with(status.error());
      }
      apply_flags([&](const std::string& flag) { return command->get_option(flag)->count() != 0; }, *config, merged);
      return serve(std::move(merged));
    };
  });
}

}  // namespace ringlet::cli
