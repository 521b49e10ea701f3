#include "core/storage/commit_log.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>

#include "core/env/task_group.h"
#include "core/local/local_store.h"
#include "core/storage/commit_log_format.h"
#include "core/storage/log_segments.h"
#include "tests/unit/os_world.h"

namespace ringlet {
namespace {

TableId table(uint8_t n) {
  TableId id;
  id.raw[0] = n;
  return id;
}

// What LZ4 cannot make smaller.
std::string noise(size_t bytes) {
  static std::mt19937_64 dice(1);
  std::string text;
  while (text.size() < bytes) text += static_cast<char>(dice());
  return text;
}

struct Fixture {
  OsWorld world{2};
  std::unique_ptr<LocalStore> local;
  std::unique_ptr<CommitLog> log;
  LogOptions options{.segment_bytes = 64u << 10, .bytes_max = 512u << 10};
  LogReplayReport report;
  std::vector<std::string> replayed;
  std::vector<LogPosition> positions;
  std::optional<ShardId> taken_by = ShardId{0};

  Fixture() { open(); }
  ~Fixture() { close(); }
  void open() {
    local = world.run(LocalStore::open(world.env())).value();
    replayed.clear();
    positions.clear();
    report = {};
    auto replay = [this](const LogRecord& record) -> Result<std::optional<ShardId>> {
      replayed.emplace_back(record.payload);
      positions.push_back(record.end);
      return taken_by;
    };
    auto opened = world.run(CommitLog::open(world.env(), *local, options, replay, report));
    REQUIRE_MESSAGE(opened, opened.error().detail);
    log = *std::move(opened);
  }
  void close() {
    if (log != nullptr) CHECK(world.run(log->stop()));
    log.reset();
    if (local != nullptr) CHECK(world.run(local->close()));
    local.reset();
  }
  void reopen() {
    close();
    open();
  }
  Result<LogPosition> append(std::string record, bool durable = true) {
    return world.run(log->append_one(table(1), ShardId{0}, record, durable));
  }
};

TEST_SUITE("commit_log") {
  TEST_CASE_FIXTURE(Fixture, "appended records come back in order, with the positions that append returned") {
    std::vector<std::string> written;
    std::vector<LogPosition> ends;
    for (int i = 0; i < 300; ++i) {
      written.push_back(noise(static_cast<size_t>(1 + i * 7)));
      const auto end = append(written.back());
      REQUIRE(end);
      ends.push_back(*end);
    }
    CHECK_GT(log->counts().segments, 1);
    reopen();
    CHECK_EQ(replayed, written);
    CHECK(positions == ends);
    CHECK(report.holes.empty());
    CHECK_FALSE(report.torn_tail);
    CHECK_GT(append("more").value(), ends.back());
    reopen();
    CHECK_EQ(replayed.size(), written.size() + 1);
  }

  TEST_CASE_FIXTURE(Fixture, "a record larger than a segment gets a segment of its own") {
    const std::string large(300u << 10, 'x');
    REQUIRE(append("before"));
    REQUIRE(append(large));
    REQUIRE(append("after"));
    reopen();
    CHECK(replayed == std::vector<std::string>{"before", large, "after"});
    CHECK_EQ(append(std::string(17u << 20, 'x')).error().code, Errc::invalid);
  }

  TEST_CASE_FIXTURE(Fixture, "records appended together are all there, however many segments they take") {
    std::vector<std::string> written;
    std::vector<LogAppend> together;
    for (int i = 0; i < 400; ++i) written.push_back(noise(static_cast<size_t>(1 + i * 9)));
    for (const std::string& record : written) together.push_back({table(1), record, true, {}});
    REQUIRE(world.run(log->append(together, ShardId{0})));
    CHECK_GT(log->counts().segments, 8);
    CHECK_EQ(log->counts().records, written.size());
    for (int i = 0; i < 20; ++i) REQUIRE(append("after"));
    std::vector<LogPosition> ends;
    for (const LogAppend& each : together) ends.push_back(each.end);
    reopen();
    REQUIRE_EQ(replayed.size(), written.size() + 20);
    for (size_t i = 0; i < written.size(); ++i) {
      CHECK_EQ(replayed[i], written[i]);
      CHECK(positions[i] == ends[i]);
    }
  }

  TEST_CASE_FIXTURE(Fixture,
                    "records that repeat each other are written as compressed groups, and come back as they were") {
    std::vector<std::string> written;
    std::vector<LogAppend> together;
    for (int i = 0; i < 3000; ++i) written.push_back("reading " + std::to_string(i) + " of a sensor in the third hall");
    for (const std::string& record : written) together.push_back({table(1), record, true, {}});
    REQUIRE(world.run(log->append(together, ShardId{1})));
    const CommitLog::Counts counts = log->counts();
    CHECK_EQ(counts.records, written.size());
    CHECK_GT(counts.groups, 8);
    CHECK_LT(counts.bytes_written, written.size() * 30);
    reopen();
    CHECK_EQ(replayed, written);
    for (size_t i = 0; i < positions.size(); ++i) CHECK(positions[i] == together[i].end);
  }

  TEST_CASE_FIXTURE(Fixture, "released segments are used again, and the log stays within its bound") {
    std::map<SegmentId, uint64_t> uses;
    for (int i = 0; i < 800; ++i) {
      const auto end = append(noise(5000), i % 10 == 0);
      REQUIRE_MESSAGE(end, end.error().detail);
      uses[end->segment] += 5000;
      if (uses.size() < 3) continue;
      const auto oldest = uses.begin();
      log->release(table(1), ShardId{0}, {{oldest->first, oldest->second}});
      uses.erase(oldest);
    }
    CHECK_LE(log->counts().live_bytes, options.bytes_max);
    CHECK_LE(world.disk().list("commitlog").value().size(), 10);
    reopen();
    CHECK_LE(replayed.size(), 120);
  }

  TEST_CASE_FIXTURE(
      Fixture, "past the bound, whoever holds the oldest segment is asked to flush, and then writers are refused") {
    std::vector<std::pair<TableId, ShardId>> asked;
    log->on_pressure([&asked](TableId id, ShardId shard) { asked.emplace_back(id, shard); });
    const std::string record = noise(8000);
    Result<LogPosition> last;
    for (int i = 0; i < 300 && last; ++i) last = world.run(log->append_one(table(7), ShardId{1}, record, true));
    REQUIRE_FALSE(last);
    CHECK_EQ(last.error().code, Errc::overloaded);
    REQUIRE_FALSE(asked.empty());
    CHECK_EQ(asked.front(), std::pair{table(7), ShardId{1}});
  }

  TEST_CASE_FIXTURE(Fixture, "what the log is told that nobody took is gone at the next start but one") {
    REQUIRE(append("a"));
    taken_by = std::nullopt;
    reopen();
    CHECK_EQ(replayed.size(), 1);
    for (int i = 0; i < 40; ++i) REQUIRE(append(noise(5000)));
    reopen();
    CHECK_EQ(std::ranges::count(replayed, "a"), 0);
  }

  TEST_CASE_FIXTURE(Fixture, "after stop nothing is taken any more") {
    REQUIRE(append("a"));
    REQUIRE(world.run(log->stop()));
    CHECK_EQ(append("b").error().code, Errc::cancelled);
  }

  TEST_CASE_FIXTURE(Fixture, "a request whose deadline has passed is not written") {
    std::atomic<bool> cancelled{true};
    const RequestContext context{.clock = world.env().clock, .cancelled = &cancelled};
    CHECK_EQ(world.run(log->append_one(table(1), ShardId{0}, "x", true, &context)).error().code, Errc::cancelled);
    reopen();
    CHECK(replayed.empty());
  }

  TEST_CASE_FIXTURE(Fixture, "a clean stop is proof: any bit flipped in what was written is reported, never cut") {
    for (int i = 0; i < 20; ++i) REQUIRE(append("record " + std::to_string(i)));
    close();
    const std::string path = "commitlog/" + world.disk().list("commitlog").value().at(0);
    auto file = world.disk().open(path, OpenMode::write).value();
    Bytes bytes(file->size_now().value(), 0);
    REQUIRE(file->read_now(0, bytes));
    const size_t used = bytes.find_last_not_of('\0');
    for (size_t at = 64; at < used - 40; at += 13) {
      CAPTURE(at);
      const char bad = static_cast<char>(bytes[at] ^ 4);
      REQUIRE(file->write_now(at, {&bad, 1}));
      open();
      CHECK_EQ(report.holes.size(), 1);
      CHECK_GE(replayed.size(), 18);
      CHECK(world.run(local->close()));
      log.reset();
      local.reset();
      REQUIRE(file->write_now(at, {&bytes[at], 1}));
    }
  }

  TEST_CASE_FIXTURE(Fixture, "a torn tail that is cut is told with its file, offset and bytes") {
    log.reset();  // no clean stop: the log ends with what is written next
    REQUIRE(world.run(local->close()));
    const SegmentId segment{7};
    Bytes bytes;
    log_format::encode({segment, SegmentId{}, 0, 0}, bytes);
    const std::string whole(100, 'w'), torn(200, 't');
    const auto record = [&](const std::string& payload) {
      const log_format::RecordHeader header{static_cast<uint32_t>(payload.size()), 0, ShardId{0}, 1, table(1), {}};
      log_format::encode(header, payload, segment, bytes.size(), bytes);
    };
    record(whole);
    const size_t end = bytes.size();
    record(torn);
    const size_t begun = bytes.size() - end;
    bytes[end + 100] ^= 1;
    {
      auto file = world.disk().open(log_segment_path(segment), OpenMode::create).value();
      REQUIRE(file->write_now(0, bytes));
    }
    open();
    CHECK(replayed == std::vector<std::string>{whole});
    CHECK(report.torn_tail);
    CHECK(report.torn.starts_with(log_segment_path(segment)));
    CHECK_NE(report.torn.find("offset " + std::to_string(end) + ", " + std::to_string(begun) + " bytes"),
             std::string::npos);
  }

  TEST_CASE("threads that append at once all find their records again, each shard's in its own order") {
    Fixture fixture;
    constexpr int kWriters = 8, kRecords = 200;
    auto writer = [&](size_t shard, int number) -> Task<void> {
      for (int i = 0; i < kRecords; ++i) {
        const std::string record = std::to_string(number) + ":" + std::to_string(i);
        const auto end =
            co_await fixture.log->append_one(table(1), ShardId{static_cast<uint16_t>(shard)}, record, true);
        MUST(end);
      }
    };
    auto writers_of = [&](size_t shard) -> Task<void> {
      co_await fixture.world.shard(shard).hop();
      TaskGroup group;
      for (int i = 0; i < kWriters; ++i) group.spawn(writer(shard, static_cast<int>(shard) * kWriters + i));
      co_await group.join();
    };
    auto all = [&]() -> Task<void> {
      TaskGroup group;
      auto there_and_back = [&](size_t shard) -> Task<void> {
        co_await writers_of(shard);
        co_await fixture.world.shard(0).hop();
      };
      group.spawn(there_and_back(0));
      group.spawn(there_and_back(1));
      co_await group.join();
    };
    run_and_wait(fixture.world.shard(), all());
    CHECK_LT(fixture.log->counts().syncs, 2 * kWriters * kRecords);
    fixture.reopen();
    CHECK_EQ(fixture.replayed.size(), 2 * kWriters * kRecords);
    std::map<std::string, int> next;
    for (const std::string& record : fixture.replayed) {
      const size_t colon = record.find(':');
      CHECK_EQ(next[record.substr(0, colon)]++, std::stoi(record.substr(colon + 1)));
    }
  }
}

}  // namespace
}  // namespace ringlet
