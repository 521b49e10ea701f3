#include "core/os/worker_executor.h"

#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>

#include "core/base/must.h"

namespace ringlet {
namespace {

constexpr Duration kTurn = millis(2);

// All of it is best effort: a container may forbid it, and the work is then merely less polite.
void become(ThreadPriority priority) {
  if (priority == ThreadPriority::normal) return;
  constexpr int kIoprioWhoProcess = 1, kIoprioClassShift = 13, kIoprioClassBestEffort = 2, kIoprioLowest = 7;
  const auto thread_id = static_cast<id_t>(syscall(SYS_gettid));
  if (priority == ThreadPriority::idle) {
    const sched_param none{};
    sched_setscheduler(static_cast<pid_t>(thread_id), SCHED_IDLE, &none);
  } else {
    setpriority(PRIO_PROCESS, thread_id, 10);
  }
  syscall(SYS_ioprio_set, kIoprioWhoProcess, 0, kIoprioClassBestEffort << kIoprioClassShift | kIoprioLowest);
}

}  // namespace

WorkerExecutor::WorkerExecutor(const Clock& clock, std::string name, ThreadPriority priority)
    : clock_(clock), name_(std::move(name)), priority_(priority), turn_started_(clock.now()) {
  thread_ = std::thread([this] { run(); });
}

WorkerExecutor::~WorkerExecutor() {
  stop();
  thread_.join();
}

void WorkerExecutor::post(std::coroutine_handle<> next) {
  if (is_current()) {
    ready_.push_back(next);
    return;
  }
  if (!posted_.push(next)) return;  // whoever made it non-empty wakes the worker
  const std::lock_guard lock(mutex_);
  wake_.notify_one();
}

bool WorkerExecutor::yield_due() const { return clock_.now() - turn_started_ > kTurn; }

void WorkerExecutor::stop() {
  const std::lock_guard lock(mutex_);
  stopping_ = true;
  wake_.notify_one();
}

void WorkerExecutor::run() {
  pthread_setname_np(pthread_self(), name_.substr(0, 15).c_str());
  become(priority_);
  const Running running(this);
  while (true) {
    take_ready();
    if (ready_.empty()) {
      if (stopping_ && posted_.empty()) return;
      wait_for_work();
      continue;
    }
    const std::coroutine_handle<> next = ready_.front();
    ready_.pop_front();
    turn_started_ = clock_.now();
    next.resume();
  }
}

void WorkerExecutor::take_ready() {
  posted_.take_all([this](std::coroutine_handle<> handle) { ready_.push_back(handle); });
  const Instant now = clock_.now();
  while (const auto due = timers_.pop_due(now)) ready_.push_back(due);
}

void WorkerExecutor::wait_for_work() {
  std::unique_lock lock(mutex_);
  const auto has_work = [this] { return stopping_ || !posted_.empty(); };
  if (timers_.next() == kNever) {
    wake_.wait(lock, has_work);
  } else {
    wake_.wait_for(lock, std::chrono::nanoseconds((timers_.next() - clock_.now()).nanos), has_work);
  }
}

}  // namespace ringlet
