// A node's Env on this machine: a fresh folder, real threads. What tests of the durable parts run on when they want to see
// threads race; faults and power cuts are the simulator's (tests/sim).
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "core/env/env.h"
#include "core/os/os_clock.h"
#include "core/os/os_disk.h"
#include "core/os/os_rng.h"
#include "core/os/run_and_wait.h"
#include "core/os/worker_executor.h"

namespace ringlet {

class OsWorld {
 public:
  explicit OsWorld(size_t shards = 1) : folder_(make_folder()), disk_(OsDisk::open(folder_).value()) {
    std::vector<Executor*> executors;
    for (size_t i = 0; i < shards; ++i) {
      shards_.push_back(std::make_unique<WorkerExecutor>(clock_, "shard"));
      executors.push_back(shards_.back().get());
    }
    env_.reset(new Env{clock_, *disk_, net_, rng_, executors, background_, merges_, local_});
  }
  ~OsWorld() {
    for (const auto& shard : shards_) shard->stop();
    background_.stop();
    merges_.stop();
    local_.stop();
    env_.reset();
    std::filesystem::remove_all(folder_);
  }

  Env& env() { return *env_; }
  OsDisk& disk() { return *disk_; }
  Executor& shard(size_t i = 0) { return *shards_[i]; }
  template <class T>
  T run(Task<T> task) {
    return run_and_wait(shard(), std::move(task));
  }

 private:
  struct NoNet final : Net {
    Task<Result<Bytes>> call(NodeId, Bytes, Instant) override { co_return fail(Errc::unavailable, "a ring of one"); }
  };
  static std::string make_folder() {
    std::string name = (std::filesystem::temp_directory_path() / "ringlet-world-XXXXXX").string();
    MUST(mkdtemp(name.data()) != nullptr);
    return name;
  }

  OsClock clock_;
  OsRng rng_;
  NoNet net_;
  const std::string folder_;
  std::unique_ptr<OsDisk> disk_;
  std::vector<std::unique_ptr<WorkerExecutor>> shards_;
  WorkerExecutor background_{clock_, "background"};
  WorkerExecutor merges_{clock_, "merges"};
  WorkerExecutor local_{clock_, "local"};
  std::unique_ptr<Env> env_;
};

}  // namespace ringlet
