// The commit log in mode group on this machine's disk: 1, 8 and 16 writers on one shard and on two, each waiting for its
// record before it appends the next. Prints records a second, how many shared a sync, and how long an append took.
//
// A shard is what a node has: a loop on a thread of its own, with an io_uring where there is one.
//
//   log_bench DIRECTORY [SECONDS] [RECORD_BYTES]
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "core/env/task_group.h"
#include "core/local/local_store.h"
#include "core/os/io_ring.h"
#include "core/os/os_clock.h"
#include "core/os/os_disk.h"
#include "core/os/os_rng.h"
#include "core/os/run_and_wait.h"
#include "core/os/worker_executor.h"
#include "core/storage/commit_log.h"
#include "net/loop/loop_executor.h"

using namespace ringlet;

namespace {

struct NoNet final : Net {
  Task<Result<Bytes>> call(NodeId, Bytes, Instant) override { co_return fail(Errc::unavailable, "a ring of one"); }
};

struct Shard {
  Shard(const Clock& clock, OsDisk& disk) : loop(clock), thread([this, &disk] { run(disk); }) {}
  ~Shard() {
    loop.stop();
    thread.join();
  }
  void run(OsDisk& disk) {
    const std::unique_ptr<IoRing> ring = disk.open_ring();
    if (ring) {
      ring->attach();
      loop.add_poller(*ring);
    }
    loop.run();
  }
  LoopExecutor loop;
  std::thread thread;
};

class Bench {
 public:
  Bench(const std::string& directory, size_t shards) : disk_(OsDisk::open(directory).value()) {
    std::vector<Executor*> executors;
    for (size_t n = 0; n < shards; ++n) {
      shards_.push_back(std::make_unique<Shard>(clock_, *disk_));
      executors.push_back(&shard(n));
    }
    env_.reset(new Env{clock_, *disk_, net_, rng_, executors, background_, merges_, local_});
    took_.resize(shards);
    run_and_wait(shard(0), open());
  }
  ~Bench() {
    run_and_wait(shard(0), close());
    shards_.clear();
    background_.stop();
    merges_.stop();
    local_.stop();
  }

  void run(size_t writers, int seconds, size_t record_bytes) {
    for (auto& times : took_) times.clear();
    const CommitLog::Counts before = log_->counts();
    const Instant start = clock_.now();
    end_ = start + ringlet::seconds(seconds);
    run_and_wait(shard(0), all(writers, std::string(record_bytes, 'r')));
    const double elapsed = static_cast<double>((clock_.now() - start).nanos) / 1e9;
    print(writers, before, elapsed);
  }

 private:
  LoopExecutor& shard(size_t n) { return shards_[n]->loop; }

  Task<void> open() {
    local_store_ = (co_await LocalStore::open(*env_)).value();
    auto replay = [](const LogRecord&) -> Result<std::optional<ShardId>> { return std::nullopt; };
    log_ = (co_await CommitLog::open(*env_, *local_store_, {}, replay, report_)).value();
  }
  Task<void> close() {
    (void)co_await log_->stop();
    (void)co_await local_store_->close();
  }

  Task<void> writer(size_t shard, const std::string& record) {
    std::vector<LogUse> uses;
    const ShardId id{static_cast<uint16_t>(shard)};
    while (clock_.now() < end_) {
      const Instant begun = clock_.now();
      const LogPosition at = (co_await log_->append_one(TableId{}, id, record, true)).value();
      took_[shard].push_back((clock_.now() - begun).nanos);
      // As if its memtable were flushed at every new segment.
      if (!uses.empty() && uses.back().segment != at.segment) log_->release(TableId{}, id, std::exchange(uses, {}));
      if (uses.empty()) uses.push_back({at.segment, 0});
      uses.back().bytes += record.size();
    }
    log_->release(TableId{}, id, std::move(uses));
  }

  Task<void> writers_on(size_t n, size_t writers, const std::string& record) {
    co_await shard(n).hop();
    TaskGroup group;
    for (size_t i = 0; i < writers; ++i) group.spawn(writer(n, record));
    co_await group.join();
    co_await shard(0).hop();
  }

  Task<void> all(size_t writers, std::string record) {
    TaskGroup group;
    for (size_t n = 0; n < shards_.size(); ++n)
      group.spawn(writers_on(n, std::max<size_t>(1, writers / shards_.size()), record));
    co_await group.join();
  }

  void print(size_t writers, const CommitLog::Counts& before, double elapsed) {
    std::vector<int64_t> times;
    for (const auto& each : took_) times.insert(times.end(), each.begin(), each.end());
    std::ranges::sort(times);
    const auto at = [&](double share) {
      return static_cast<double>(times[static_cast<size_t>(share * static_cast<double>(times.size() - 1))]) / 1e3;
    };
    const CommitLog::Counts after = log_->counts();
    const auto syncs = static_cast<double>(after.syncs - before.syncs);
    std::printf(
        "%zu shards %2zu writers: %8.0f records/s %7.0f syncs/s %5.1f records a sync  p50 %6.0f us  p99 %6.0f us  "
        "p99.9 %6.0f us\n",
        shards_.size(), writers, static_cast<double>(times.size()) / elapsed, syncs / elapsed,
        static_cast<double>(times.size()) / syncs, at(0.5), at(0.99), at(0.999));
  }

  OsClock clock_;
  OsRng rng_;
  NoNet net_;
  std::unique_ptr<OsDisk> disk_;
  std::vector<std::unique_ptr<Shard>> shards_;
  WorkerExecutor background_{clock_, "background"}, merges_{clock_, "merges"}, local_{clock_, "local"};
  std::unique_ptr<Env> env_;
  std::unique_ptr<LocalStore> local_store_;
  LogReplayReport report_;
  std::unique_ptr<CommitLog> log_;
  Instant end_;
  std::vector<std::vector<int64_t>> took_;  // nanoseconds, by shard
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: log_bench DIRECTORY [SECONDS] [RECORD_BYTES]\n");
    return 2;
  }
  const int seconds = argc > 2 ? std::atoi(argv[2]) : 2;
  const size_t bytes = argc > 3 ? static_cast<size_t>(std::atoi(argv[3])) : 140;
  for (const size_t shards : {1, 2}) {
    Bench bench(argv[1], shards);
    for (const size_t writers : {1, 8, 16}) bench.run(writers, seconds, bytes);
  }
  return 0;
}
