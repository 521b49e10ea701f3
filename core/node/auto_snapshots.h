// Snapshots that the node takes by itself, before DROP and TRUNCATE take data away: `dropped-<ms>-<name>` and
// `truncated-<ms>-<name>`, as Cassandra calls them. A snapshot is links: it costs nothing but the space that would have been freed.
//
// On a gateway that space matters. So they are kept for hours, not for ever: long enough for a mistake to be seen. The hours are
// those that the node has run, counted in metadata.db: a wall clock that jumps forward takes nothing away before its time. The oldest go
// sooner where less than an eighth of the disk is free, and none is taken then: who drops a table on a full disk wants the space.
// At most kAutoSnapshotsMax are kept. Where one cannot be taken for another reason the statement fails, and nothing is lost.
#pragma once

#include <map>

#include "core/env/event.h"
#include "core/node/snapshots.h"

namespace ringlet {

struct AutoSnapshot {
  std::string name;
  int64_t taken_ms = 0;  // as its name says
  int64_t age_ms = 0;    // that the node has run since
};
using SnapshotAges = std::map<std::string, int64_t>;  // in milliseconds
// Those of these names, the oldest first.
std::vector<AutoSnapshot> auto_snapshots(const std::vector<std::string>& names, const SnapshotAges& ages);
// The first so many of them are to go. Pure.
size_t outlived(const std::vector<AutoSnapshot>& oldest_first, uint32_t hours);
Bytes encode_ages(const SnapshotAges& ages);
SnapshotAges decode_ages(BytesView bytes);  // what makes no sense counts as none: kept for longer
bool is_short_of_space(const DiskSpace& space);

class AutoSnapshots {
 public:
  // `hours` 0: none is taken.
  AutoSnapshots(Env& env, LocalStore& local, Shards& shards, Snapshots& snapshots, uint32_t hours)
      : env_(env), local_(local), shards_(shards), snapshots_(snapshots), hours_(hours), looked_(env.clock.now()) {}
  Task<Status> begin();

  Task<Status> before_drop(TableScope scope) { return before("dropped", std::move(scope)); }  // on shard 0's executor,
  Task<Status> before_truncate(TableScope scope) { return before("truncated", std::move(scope)); }  // as all of it
  Task<void> keep();  // removes what has outlived its time, until stop(); spawned by the node
  void stop();
  uint32_t hours() const { return hours_; }
  void set_hours(uint32_t hours);  // what is kept now counts too

 private:
  Task<Status> before(const char* what, TableScope scope);
  Task<bool> holds_anything(const TableScope& scope);
  Task<void> remove_outlived();
  std::vector<AutoSnapshot> aged(const std::vector<std::string>& names);
  Task<Result<DiskSpace>> space();

  Env& env_;
  LocalStore& local_;
  Shards& shards_;
  Snapshots& snapshots_;
  uint32_t hours_;
  SnapshotAges ages_;  // as of `looked_`
  Instant looked_;
  bool stopping_ = false;
  Event stopped_;  // or there is another reason to look
};

}  // namespace ringlet
