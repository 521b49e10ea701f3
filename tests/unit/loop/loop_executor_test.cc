#include "net/loop/loop_executor.h"

#include <doctest/doctest.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include "core/env/event.h"
#include "core/env/task_group.h"
#include "core/os/os_clock.h"
#include "core/os/os_disk.h"
#include "core/os/run_and_wait.h"

namespace ringlet {
namespace {

LoopExecutor::Options polling_for(Duration duration) {
  LoopExecutor::Options options;
  options.poll_before_sleep = duration;
  return options;
}

struct RunningLoop {  // a loop on its own thread
  explicit RunningLoop(const Clock& clock, Duration poll = micros(0)) : loop(clock, polling_for(poll)) {
    thread = std::thread([this] { loop.run(); });
  }
  ~RunningLoop() {
    loop.stop();
    thread.join();
  }
  LoopExecutor loop;
  std::thread thread;
};

Task<int> ping_pong(Executor& a, Executor& b, int times) {
  int hops = 0;
  for (int n = 0; n < times; ++n) {
    co_await b.hop();
    hops += b.is_current();
    co_await a.hop();
    hops += a.is_current();
  }
  co_return hops;
}

Task<void> count_on(Executor& target, int& counted) {
  co_await target.hop();
  ++counted;
}

TEST_SUITE("loop_executor") {
  TEST_CASE("a task hops between two loops without losing a wake-up, whether they poll or sleep") {
    const OsClock clock;
    for (const Duration poll : {micros(0), micros(20)}) {
      RunningLoop a(clock, poll), b(clock, poll);
      CHECK_EQ(run_and_wait(a.loop, ping_pong(a.loop, b.loop, 3000)), 6000);
    }
  }

  TEST_CASE("handles posted by four threads at once all run on the loop's own") {
    const OsClock clock;
    RunningLoop target(clock);
    int counted = 0;
    {
      std::vector<std::thread> threads;
      for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&] {
          for (int n = 0; n < 300; ++n) run_and_wait(target.loop, count_on(target.loop, counted));
        });
      }
      for (std::thread& thread : threads) thread.join();
    }
    auto look = [](int& value) -> Task<int> { co_return value; };
    CHECK_EQ(run_and_wait(target.loop, look(counted)), 1200);
  }

  TEST_CASE("a sleeping loop wakes for its timers, in their order") {
    const OsClock clock;
    RunningLoop running(clock);
    auto sleeps = [](LoopExecutor& loop) -> Task<std::string> {
      std::string order;
      auto wait = [](LoopExecutor& on, std::string& out, char name, Duration duration) -> Task<void> {
        co_await on.sleep_until(on.clock().now() + duration);
        out += name;
      };
      TaskGroup group;
      group.spawn(wait(loop, order, 'c', millis(6)));
      group.spawn(wait(loop, order, 'a', millis(2)));
      group.spawn(wait(loop, order, 'b', millis(4)));
      co_await group.join();
      co_return order;
    };
    CHECK_EQ(run_and_wait(running.loop, sleeps(running.loop)), "abc");
  }

  TEST_CASE("a loop that polls sleeps all the same while what it waits for takes long") {
    struct Sync final : Poller {
      ~Sync() override { close(event); }
      int fd() const override { return event; }
      bool poll() override {
        ++looks;
        return false;
      }
      bool waits_long() const override { return long_wait; }
      int event = eventfd(0, EFD_CLOEXEC);
      bool long_wait = false;
      int looks = 0;
    };
    auto looks_in_5_ms = [](LoopExecutor& loop, Sync& sync, bool long_wait) -> Task<int> {
      sync.long_wait = long_wait;
      const int before = sync.looks;
      co_await loop.sleep_until(loop.clock().now() + millis(5));
      co_return sync.looks - before;
    };
    const OsClock clock;
    Sync sync;
    LoopExecutor loop(clock, polling_for(seconds(1000)));
    loop.add_poller(sync);
    std::thread thread([&] { loop.run(); });
    CHECK_LE(run_and_wait(loop, looks_in_5_ms(loop, sync, true)), 3);
    CHECK_GT(run_and_wait(loop, looks_in_5_ms(loop, sync, false)), 3);
    loop.stop();
    thread.join();
  }

  TEST_CASE("a loop drives an io_uring: file calls complete on it, from polling and from sleep") {
    const OsClock clock;
    std::string name = (std::filesystem::temp_directory_path() / "ringlet-loop-XXXXXX").string();
    const std::string folder = mkdtemp(name.data());
    auto disk = OsDisk::open(folder).value();
    for (const Duration poll : {micros(0), micros(50)}) {
      auto ring = disk->open_ring();
      if (ring == nullptr) {
        MESSAGE("no io_uring here");
        break;
      }
      LoopExecutor loop(clock, polling_for(poll));
      loop.add_poller(*ring);
      std::thread thread([&] {
        ring->attach();
        loop.run();
      });
      auto write_many = [](LoopExecutor& on, Disk& d) -> Task<int> {
        auto file = d.open("a", OpenMode::create_or_open).value();
        int right = 0;
        for (uint64_t n = 0; n < 20; ++n) {
          const std::string text = "number " + std::to_string(n);
          const Status written = co_await file->write_and_sync(n * 4096, text);
          std::string back(text.size(), '?');
          const Result<size_t> got = co_await file->read(n * 4096, back);
          right += written && got && back == text && on.is_current();
        }
        co_return right;
      };
      CHECK_EQ(run_and_wait(loop, write_many(loop, *disk)), 20);
      loop.stop();
      thread.join();
    }
    disk.reset();
    std::filesystem::remove_all(folder);
  }
}

}  // namespace
}  // namespace ringlet
