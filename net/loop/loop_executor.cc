#include "net/loop/loop_executor.h"

#include <sched.h>

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/post.hpp>
#include <list>
#include <utility>

#include "core/base/must.h"

namespace ringlet {
namespace {

constexpr Duration kTurn = micros(500);       // a handle that ran this long should yield
constexpr unsigned kTurnsWithoutSockets = 4;  // under load, look at the sockets only every so many turns

bool has_processors_to_spare() {
  cpu_set_t set;
  return sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 1;
}

void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

}  // namespace

LoopExecutor::Options::Options() : poll_before_sleep(has_processors_to_spare() ? micros(50) : micros(0)) {}

struct LoopExecutor::Sockets {
  asio::io_context context{1};  // one thread runs it; others only wake it
  asio::executor_work_guard<asio::io_context::executor_type> stays_open = asio::make_work_guard(context);

  struct Watched {
    asio::posix::stream_descriptor descriptor;
    bool armed = false;
  };
  std::list<Watched> pollers;

  // Makes a sleep end when a poller has something. Armed only before a sleep: while awake, each turn asks the poller itself.
  void arm_pollers() {
    for (Watched& watched : pollers) {
      if (std::exchange(watched.armed, true)) continue;
      watched.descriptor.async_wait(asio::posix::stream_descriptor::wait_read,
                                    [&watched](const asio::error_code&) { watched.armed = false; });
    }
  }
  ~Sockets() {
    for (Watched& watched : pollers) watched.descriptor.release();  // they are the pollers' own
  }
};

LoopExecutor::LoopExecutor(const Clock& clock, Options options)
    : clock_(clock), options_(options), turn_started_(clock.now()), sockets_(std::make_unique<Sockets>()) {}

LoopExecutor::~LoopExecutor() = default;

asio::io_context& LoopExecutor::io_context() { return sockets_->context; }

void LoopExecutor::add_poller(Poller& poller) {
  pollers_.push_back(&poller);
  sockets_->pollers.push_back({asio::posix::stream_descriptor(sockets_->context, poller.fd())});
}

bool LoopExecutor::yield_due() const { return clock_.now() - turn_started_ > kTurn; }

void LoopExecutor::post(std::coroutine_handle<> next) {
  if (is_current()) {
    ready_.push_back(next);
    return;
  }
  // Only the push that found the queue empty may have to wake the loop, and only one thread then gets to.
  if (posted_.push(next) && may_be_asleep_.exchange(false)) wake();
}

void LoopExecutor::wake() {
  asio::post(sockets_->context, [] {});
}

void LoopExecutor::stop() {
  stopping_ = true;
  wake();
}

void LoopExecutor::run() {
  const Running running(this);
  Instant idle_since = kNever;
  while (true) {
    if (turn()) {
      idle_since = kNever;
      continue;
    }
    if (stopping_ && posted_.empty()) return;
    if (idle_since == kNever) idle_since = turn_started_;
    if (clock_.now() - idle_since < options_.poll_before_sleep) {
      relax();
    } else {
      wait_for_work();
      idle_since = kNever;
    }
  }
}

bool LoopExecutor::turn() {
  turn_started_ = clock_.now();
  bool worked = run_ready();
  for (Poller* poller : pollers_) worked |= poller->poll();
  if (ready_.empty() || ++turns_without_sockets_ >= kTurnsWithoutSockets) {
    turns_without_sockets_ = 0;
    worked |= sockets_->context.poll() > 0;
  }
  return worked || !ready_.empty();
}

bool LoopExecutor::run_ready() {
  posted_.take_all([this](std::coroutine_handle<> handle) { ready_.push_back(handle); });
  if (timers_.next() <= turn_started_) {
    while (const auto due = timers_.pop_due(turn_started_)) ready_.push_back(due);
  }
  running_.swap(ready_);
  for (const std::coroutine_handle<> handle : running_) handle.resume();
  const bool worked = !running_.empty();
  running_.clear();
  return worked;
}

void LoopExecutor::wait_for_work() {
  sockets_->arm_pollers();
  may_be_asleep_ = true;
  // Whoever posts after this look sees that the loop may be asleep, and wakes it.
  if (posted_.empty() && !stopping_) {
    if (timers_.next() == kNever) {
      sockets_->context.run_one();
    } else {
      sockets_->context.run_one_for(std::chrono::nanoseconds((timers_.next() - clock_.now()).nanos));
    }
  }
  may_be_asleep_ = false;
}

}  // namespace ringlet
