#include "core/os/os_disk.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>

#include "core/env/task_group.h"
#include "core/os/os_clock.h"
#include "core/os/run_and_wait.h"
#include "core/os/worker_executor.h"

namespace ringlet {
namespace {

struct Folder {  // a fresh directory, gone at the end
  std::string path;
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "ringlet-os-disk-XXXXXX").string();
    path = mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path); }
};

struct Fixture {
  Folder folder;
  std::unique_ptr<OsDisk> disk = OsDisk::open(folder.path + "/data").value();
};

std::string read_all(File& file) {
  std::string out(static_cast<size_t>(file.size_now().value()), '?');
  REQUIRE_EQ(file.read_now(0, out).value(), out.size());
  return out;
}

TEST_SUITE("os_disk") {
  TEST_CASE("a sync that the system refuses is an error, and counted") {
    const auto disk = OsDisk::open("/proc/self").value();
    const auto file = disk->open("status", OpenMode::read).value();
    CHECK_EQ(disk->failed_syncs(), 0);
    CHECK_FALSE(file->sync_now());
    CHECK_EQ(disk->failed_syncs(), 1);
  }

  TEST_CASE_FIXTURE(Fixture, "what was written is read back, and a read past the end is short") {
    auto file = disk->open("a", OpenMode::create).value();
    REQUIRE(file->write_now(0, "hello"));
    REQUIRE(file->write_now(5, " world"));
    REQUIRE(file->sync_now());
    char buffer[64];
    CHECK_EQ(file->read_now(6, buffer).value(), 5);
    CHECK_EQ(BytesView(buffer, 5), "world");
    CHECK_EQ(file->read_now(100, buffer).value(), 0);
  }

  TEST_CASE_FIXTURE(Fixture, "open modes say whether the file must or must not be there, and the error names it") {
    CHECK_EQ(disk->open("a", OpenMode::read).error().code, Errc::not_found);
    CHECK_EQ(disk->open("a", OpenMode::write).error().code, Errc::not_found);
    CHECK(disk->open("a", OpenMode::create));
    const Error error = disk->open("a", OpenMode::create).error();
    CHECK_EQ(error.code, Errc::exists);
    CHECK_NE(error.detail.find(folder.path + "/data/a"), std::string::npos);
    CHECK(disk->open("a", OpenMode::create_or_open));
    CHECK_EQ(disk->open("a", OpenMode::read).value()->write_now(0, "x").error().code, Errc::io);
  }

  TEST_CASE_FIXTURE(Fixture, "folders are made with their parents, listed sorted, and removed when empty") {
    REQUIRE(disk->make_directory("s/t"));
    REQUIRE(disk->make_directory("s/t"));
    for (const char* name : {"s/c", "s/a", "s/b"}) REQUIRE(disk->open(name, OpenMode::create));
    CHECK_EQ(disk->list("s").value(), std::vector<std::string>{"a", "b", "c", "t/"});
    CHECK_EQ(disk->list("none").error().code, Errc::not_found);
    CHECK_FALSE(disk->remove("s"));
    REQUIRE(disk->remove("s/t"));
    CHECK_FALSE(disk->exists("s/t").value());
    CHECK(disk->sync_directory("s"));
    CHECK(disk->sync_directory(""));
  }

  TEST_CASE_FIXTURE(Fixture, "rename replaces, link gives a second name, remove takes one name") {
    REQUIRE(disk->open("new", OpenMode::create).value()->write_now(0, "new"));
    REQUIRE(disk->open("old", OpenMode::create).value()->write_now(0, "old"));
    REQUIRE(disk->rename("new", "old"));
    REQUIRE(disk->link("old", "second"));
    CHECK_EQ(disk->link("old", "second").error().code, Errc::exists);
    REQUIRE(disk->remove("old"));
    CHECK_EQ(disk->remove("old").error().code, Errc::not_found);
    CHECK_EQ(read_all(*disk->open("second", OpenMode::read).value()), "new");
  }

  TEST_CASE_FIXTURE(Fixture, "reserving grows a file with zeros and keeps what it held") {
    auto file = disk->open("a", OpenMode::create).value();
    REQUIRE(file->write_now(0, "abc"));
    REQUIRE(file->reserve_now(10000));
    CHECK_EQ(read_all(*file), "abc" + std::string(9997, '\0'));
    REQUIRE(file->reserve_now(5));
    CHECK_EQ(file->size_now().value(), 10000);
    REQUIRE(file->truncate_now(2));
    CHECK_EQ(read_all(*file), "ab");
  }

  TEST_CASE_FIXTURE(Fixture, "a cached read gives the file's bytes or says that it cannot, never anything else") {
    auto file = disk->open("a", OpenMode::create).value();
    REQUIRE(file->write_now(0, "cached"));
    char buffer[64];
    const auto answer = file->read_cached(0, buffer).value();
    if (answer) {
      CHECK_EQ(BytesView(buffer, *answer), "cached");
    }
  }

  TEST_CASE_FIXTURE(Fixture, "a locked directory says which process holds it, and is free again after release") {
    auto held = disk->lock("LOCK").value();
    auto other = OsDisk::open(folder.path + "/data").value();
    const Error error = other->lock("LOCK").error();
    CHECK_EQ(error.code, Errc::busy);
    CHECK_NE(error.detail.find("held by process " + std::to_string(getpid())), std::string::npos);
    held.reset();
    CHECK(other->lock("LOCK"));
  }

  TEST_CASE("a full disk is no_space, and the error says where") {
    // /dev/full answers every write with ENOSPC; it is reached through a link in the data directory.
    Fixture fixture;
    std::filesystem::create_symlink("/dev/full", fixture.folder.path + "/data/full");
    const Error error = fixture.disk->open("full", OpenMode::write).value()->write_now(0, "x").error();
    CHECK_EQ(error.code, Errc::no_space);
    CHECK_NE(error.detail.find("/data/full"), std::string::npos);
  }

  TEST_CASE("a data directory that cannot be made is an error that names it") {
    const auto disk = OsDisk::open("/proc/ringlet/data");
    REQUIRE_FALSE(disk);
    CHECK_NE(disk.error().detail.find("/proc/ringlet"), std::string::npos);
  }

  TEST_CASE_FIXTURE(Fixture, "free space is at most the total") {
    const DiskSpace space = disk->space().value();
    CHECK_GT(space.total_bytes, 0);
    CHECK_LE(space.free_bytes, space.total_bytes);
  }
}

// Suspending calls, once by threads and once by a ring driven as a loop drives it.
Task<void> write_and_check(File& file, uint64_t at, Executor& expected, int& failures) {
  const std::string text = "record at " + std::to_string(at);
  Status written = co_await file.write_and_sync(at, text);
  std::string back(text.size(), '?');
  const Result<size_t> got = co_await file.read(at, back);
  if (!written || !got || *got != text.size() || back != text || Executor::current() != &expected) ++failures;
}

Task<int> many_at_once(File& file, Executor& executor) {
  int failures = 0;
  TaskGroup group;
  for (uint64_t n = 0; n < 64; ++n) group.spawn(write_and_check(file, n * 100, executor, failures));
  co_await group.join();
  char buffer[100];
  const Result<size_t> short_read = co_await file.read(63 * 100, buffer);
  const std::string last = "record at 6300";
  if (!short_read || *short_read != last.size()) ++failures;
  const Result<size_t> past_end = co_await file.read(1 << 20, buffer);
  if (!past_end || *past_end != 0) ++failures;
  const Status synced = co_await file.sync();
  co_return failures + (synced ? 0 : 1);
}

// A loop of one thread, enough to drive a ring.
class RingLoop final : public Executor {
 public:
  void post(std::coroutine_handle<> next) override { posted_.push(next); }
  TimerId start_timer(Instant, std::coroutine_handle<>) override { return {}; }
  bool cancel_timer(TimerId) override { return false; }
  bool yield_due() const override { return false; }
  void run(IoRing& ring, Task<void> task) {
    const Running running(this);
    TaskGroup group;
    group.spawn(std::move(task));
    while (group.running() > 0) {
      posted_.take_all([](std::coroutine_handle<> handle) { handle.resume(); });
      waited_long |= ring.waits_long();
      ring.poll();
    }
  }

  bool waited_long = false;

 private:
  RemoteQueue posted_;
};

Task<void> keep(Task<int> task, int& answer) { answer = co_await task; }

TEST_SUITE("os_disk_suspending") {
  TEST_CASE_FIXTURE(Fixture, "reads and synced writes by I/O threads resume on the executor they came from") {
    const OsClock clock;
    auto file = disk->open("a", OpenMode::create).value();
    WorkerExecutor one(clock, "one"), two(clock, "two");
    CHECK_EQ(run_and_wait(one, many_at_once(*file, one)), 0);
    CHECK_EQ(run_and_wait(two, many_at_once(*file, two)), 0);
  }

  TEST_CASE_FIXTURE(Fixture,
                    "reads and synced writes through io_uring do the same, also when the ring is too small for all") {
    auto file = disk->open("a", OpenMode::create).value();
    for (const unsigned entries : {256u, 8u}) {
      const std::unique_ptr<IoRing> ring = disk->open_ring(entries);
      if (ring == nullptr) {
        MESSAGE("no io_uring here: the I/O threads are tested alone");
        return;
      }
      ring->attach();
      RingLoop loop;
      int failures = -1;
      loop.run(*ring, keep(many_at_once(*file, loop), failures));
      CHECK_EQ(failures, 0);
    }
  }

  TEST_CASE_FIXTURE(Fixture, "a ring says that it waits long while a sync is under way, and not for a write alone") {
    auto file = disk->open("a", OpenMode::create).value();
    const std::unique_ptr<IoRing> ring = disk->open_ring();
    if (ring == nullptr) return;
    ring->attach();
    auto write = [](File& to, bool synced, Status& out) -> Task<void> {
      if (synced)
        out = co_await to.write_and_sync(0, "x");
      else
        out = co_await to.write(0, "x");
    };
    for (const bool synced : {false, true}) {
      RingLoop loop;
      Status status;
      loop.run(*ring, write(*file, synced, status));
      CHECK(status);
      CHECK_EQ(loop.waited_long, synced);
      CHECK_FALSE(ring->waits_long());
    }
  }

  TEST_CASE_FIXTURE(Fixture, "a write that fails in the ring takes its sync with it, and says why the write failed") {
    std::filesystem::create_symlink("/dev/full", folder.path + "/data/full");
    auto file = disk->open("full", OpenMode::write).value();
    const std::unique_ptr<IoRing> ring = disk->open_ring();
    if (ring == nullptr) return;
    ring->attach();
    RingLoop loop;
    Status status;
    auto write = [](File& full, Status& out) -> Task<void> { out = co_await full.write_and_sync(0, "x"); };
    loop.run(*ring, write(*file, status));
    REQUIRE_FALSE(status);
    CHECK_EQ(status.error().code, Errc::no_space);
  }

  TEST_CASE_FIXTURE(Fixture, "an error of a suspended write carries its code and the path") {
    const OsClock clock;
    std::filesystem::create_symlink("/dev/full", folder.path + "/data/full");
    auto file = disk->open("full", OpenMode::write).value();
    WorkerExecutor worker(clock, "worker");
    auto write = [](File& full) -> Task<Status> { co_return co_await full.write_and_sync(0, "x"); };
    const Status status = run_and_wait(worker, write(*file));
    REQUIRE_FALSE(status);
    CHECK_EQ(status.error().code, Errc::no_space);
    CHECK_NE(status.error().detail.find("/data/full"), std::string::npos);
  }
}

}  // namespace
}  // namespace ringlet
