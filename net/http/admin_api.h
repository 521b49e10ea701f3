// The admin API: what /api/v1 and /metrics answer, and the page at /. JSON out of the node's numbers, and two kinds of work.
//
//   GET  /api/v1/status    the node as a whole            GET  /api/v1/tables    each table
//   POST /api/v1/flush     memtables to sstables          POST /api/v1/compact   all files of a table into one
//   POST /api/v1/cleanup   what this node does not own    POST /api/v1/scrub     what can be read of damaged files
//   POST /api/v1/upgrade   files of older versions        POST /api/v1/verify    is every file whole?
//        body of all: {"keyspace": K, "table": T}, {"keyspace": K}, or nothing for everything; answers when done.
//        upgrade takes "all": true beside it: files of this version, too
//        Of one table one of these runs at a time, but for flush: 409; those of several tables take turns on their shards
//   GET  /api/v1/compaction   the bound on work on files, and what runs     POST   {"bytes_per_second": N} changes the bound
//                             POST   {"cancel": true} ends what was asked for of the above; what is done stays done
//   GET  /api/v1/snapshots    what there is, and what runs          POST   {"name": N (or none), "keyspace": K, "table": T} takes one
//                                                                   DELETE {"name": N}
//                             POST   {"auto_hours": N} changes how long those are kept that DROP and TRUNCATE take
//   POST /api/v1/restore      {"name": N, "keyspace": K, "table": T, "as": {"keyspace": K, "table": T}}     GET    what runs
//        "backups": true: with the backups since; "incomplete": true: though some are missing; "undo_losses": true: with what TRUNCATE
//        and DROP took away since
//   GET  /api/v1/backups      incremental backups: on or off, what there is, gaps     POST   {"on": B} switches them
//                                                                   DELETE {"before": NAME of a snapshot}, or {} for all
//   GET  /metrics          Prometheus text                GET  /, /app.js, /style.css
// An error is {"error": "..."} with a status of 4xx or 5xx.
//
// There are no passwords on loopback, but browsers are: a request is refused when its Host is a foreign name (so that a page
// cannot reach in by pointing its name here), or when it would change something and comes from another page's Origin.
#pragma once

#include <list>
#include <memory>
#include <string>

#include "net/http/http.h"
#include "net/http/node_report.h"

namespace ringlet::http {

class AdminApi {
 public:
  using CqlCounter = std::function<Task<CqlCounts>()>;
  // Everything outlives it. On shard 0's executor, as is all below.
  AdminApi(Node& node, HostProbe& probe, CqlCounter cql)
      : node_(node), probe_(probe), cql_(std::move(cql)), started_(node.env().clock.now()) {}

  Task<Response> handle(const Request& request);
  void stop() { stopping_ = true; }  // long work ends at its next step

 private:
  enum class Work : uint8_t { flush, compact, cleanup, scrub, upgrade, upgrade_all, verify };
  static std::optional<Work> work_at(const std::string& path);
  struct Progress {  // of work that runs
    Work work;
    std::vector<TableRef> tables;
    size_t done = 0;
    bool cancelled = false;
    std::string what() const;  // "compact of ks.table"
  };
  friend struct StatusText;
  Task<Response> show(const Request& request);
  Task<Response> compaction(const Request& request);
  Task<Response> snapshots(const Request& request);
  Task<Response> backups(const Request& request);
  Task<Response> carry_out(const Request& request, Work work);
  Task<Response> work_on(Progress& progress);
  std::string in_the_way_of(const std::vector<TableRef>& tables) const;  // empty: nothing
  Task<Response> cancel();
  Task<Status> work_on_table(TableRef table, Work work, FileWorkReport& report);
  Result<std::vector<TableRef>> tables_of(const std::string& body) const;
  Task<Result<NodeReport>> report();
  std::string status_json(const NodeReport& report) const;
  std::string tables_json(const NodeReport& report) const;

  Node& node_;
  HostProbe& probe_;
  const CqlCounter cql_;
  const Instant started_;
  bool stopping_ = false;
  std::list<Progress> working_;  // oldest first
};

bool is_local_host(std::string_view host_header);  // an address or localhost, with or without a port
std::string metrics_text(const NodeReport& report, const Node& node);

}  // namespace ringlet::http
