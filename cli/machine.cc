#include "cli/machine.h"

#include "core/os/io_ring.h"

namespace ringlet::cli {
namespace {

// A ring of one has nobody to call.
class RingOfOne final : public Net {
 public:
  Task<Result<Bytes>> call(NodeId, Bytes, Instant) override {
    co_return fail(Errc::unavailable, "this ring has one node");
  }
};

void run_loop(LoopExecutor& loop, OsDisk& disk) {
  const std::unique_ptr<IoRing> ring =
      disk.open_ring();  // null where the kernel has none: the disk's threads serve then
  if (ring) {
    ring->attach();
    loop.add_poller(*ring);
  }
  loop.run();
}

}  // namespace

Result<std::unique_ptr<Machine>> Machine::open(const std::string& data_directory, uint16_t shards) {
  std::unique_ptr<Machine> machine(new Machine);
  TRY(machine->disk_, OsDisk::open(data_directory));
  machine->net_ = std::make_unique<RingOfOne>();
  machine->background_ = std::make_unique<WorkerExecutor>(machine->clock_, "background", ThreadPriority::low);
  machine->merges_ = std::make_unique<WorkerExecutor>(machine->clock_, "merges", ThreadPriority::idle);
  machine->local_ = std::make_unique<WorkerExecutor>(machine->clock_, "local");
  std::vector<Executor*> executors;
  for (uint16_t s = 0; s < shards; ++s) {
    machine->loops_.push_back(std::make_unique<LoopExecutor>(machine->clock_));
    machine->loop_pointers_.push_back(machine->loops_.back().get());
    executors.push_back(machine->loops_.back().get());
  }
  machine->env_ =
      std::make_unique<Env>(Env{machine->clock_, *machine->disk_, *machine->net_, machine->rng_, std::move(executors),
                                *machine->background_, *machine->merges_, *machine->local_});
  for (LoopExecutor* loop : machine->loop_pointers_)
    machine->threads_.emplace_back([loop, disk = machine->disk_.get()] { run_loop(*loop, *disk); });
  return machine;
}

Machine::~Machine() {
  for (LoopExecutor* loop : loop_pointers_) loop->stop();
  for (std::thread& thread : threads_) thread.join();
}

}  // namespace ringlet::cli
