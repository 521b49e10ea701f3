// What the sweep of failing disk operations works on: a small database that remembers for every row which values it may show, for
// every table whether it may be there, and the pieces of everyday work that are swept.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/sim/node_driver.h"

namespace ringlet::sim {

class SweepScene {
 public:
  SweepScene(SimWorld& w, NodeDriver& d) : world(w), driver(d) {}
  SimWorld& world;
  NodeDriver& driver;
  // 0: the rows that are worked on; 1: one row, never touched but by DROP and restore; 2: made by a scenario.
  const std::vector<Table> tables = {model_table(1, "ks", true), model_table(2, "ks", true),
                                     model_table(3, "more", true)};
  size_t shards = 1;
  bool metadata_lost = false;
  std::vector<Error> errors;  // that clients and operators were told

  Task<void> set_up();
  Task<bool> write(std::string key, size_t bytes = 200);
  Task<void> remove(std::string key);
  Task<void> batch(size_t bytes);
  Task<void> truncate();
  Task<void> make_table();
  Task<void> drop_table();
  Task<void> restart(bool clean);
  Task<void> restart_on(size_t with_shards);
  Task<void> take_snapshot(std::string name);
  Task<void> restore_snapshot(std::string name);
  Task<void> back_up(std::string snapshot);  // from here on: the snapshot is taken
  Task<void> work(FileWork what);
  Task<void> cut(uint64_t survivor);
  void note(const Status& status);

  // Everything that a client can see is something it may see. `settled`: right after a start, where what was unknown becomes one or
  // the other for good.
  Task<void> check(bool settled);
  Task<void> settle();  // what was acknowledged may be lost no more
  Task<void>
  finish();  // on a new node: what was begun can be done now, and what was backed up is there, or told to be missing

 private:
  using Values = std::set<std::string>;  // "": no such row
  Task<void> check_rows(bool settled);
  Task<void> check_tables(bool settled);
  Task<void> check_snapshots(bool settled);
  Task<void> check_backups();
  Task<Status> run_write(Mutation mutation);

  std::map<std::string, Values> rows_;
  std::map<size_t, std::set<bool>> there_;  // by table
  std::map<std::string, std::set<bool>> snapshots_;
  std::set<std::string> one_batch_;  // all of them, or none
  std::string backed_up_;            // a snapshot, and the backups since
  std::string half_restored_;        // the snapshot: its table may be there and empty, until the restore is made again
  int64_t stamp_ = 10;
  uint64_t next_value_ = 0;
};

struct SweepScenario {
  const char* name;
  std::function<void(NodeOptions&)> configure;
  std::function<Task<void>(SweepScene&)> prepare, act;
};
const std::vector<SweepScenario>& sweep_scenarios();

}  // namespace ringlet::sim
