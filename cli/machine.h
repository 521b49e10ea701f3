// Machine: the world of a serving node, built from the operating system: one loop and thread for each shard, a low-priority
// thread for flushes, an idle one for merges, one for SQLite. The only place that joins core/os and net/ to core/env.
#pragma once

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "core/env/env.h"
#include "core/os/os_clock.h"
#include "core/os/os_disk.h"
#include "core/os/os_rng.h"
#include "core/os/worker_executor.h"
#include "net/loop/loop_executor.h"

namespace ringlet::cli {

class Machine {
 public:
  static Result<std::unique_ptr<Machine>> open(const std::string& data_directory, uint16_t shards);
  ~Machine();  // stops the loops and joins their threads; everything on them has ended by then

  Env& env() { return *env_; }
  const std::vector<LoopExecutor*>& loops() const { return loop_pointers_; }
  OsDisk& disk() { return *disk_; }

 private:
  Machine() = default;
  OsClock clock_;
  OsRng rng_;
  std::unique_ptr<Net> net_;
  std::unique_ptr<OsDisk> disk_;
  std::unique_ptr<WorkerExecutor> background_, merges_, local_;
  std::vector<std::unique_ptr<LoopExecutor>> loops_;
  std::vector<LoopExecutor*> loop_pointers_;
  std::vector<std::thread> threads_;
  std::unique_ptr<Env> env_;
};

}  // namespace ringlet::cli
