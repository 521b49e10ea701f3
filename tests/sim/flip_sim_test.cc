// Single bits that flip on the medium, one in each kind of file: the node says so, by its start, by the answer to a read, by verify or
// by the restore, or did not need the bit, or puts it right (SQLite's log); it never shows a wrong row, and none is missing without a
// report.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <set>

#include "tests/sim/row_help.h"

namespace ringlet::sim {
namespace {

enum class Kind : uint8_t { log, sstable, metadata, metadata_log, schema_log, snapshot_manifest, snapshot_file };
constexpr Kind kKinds[] = {Kind::log,        Kind::sstable,           Kind::metadata,     Kind::metadata_log,
                           Kind::schema_log, Kind::snapshot_manifest, Kind::snapshot_file};
const char* const kNames[] = {"log segment", "sstable",           "metadata.db",    "metadata.db-wal",
                              "schema.log",  "snapshot manifest", "snapshot's file"};
constexpr size_t kSamples[] = {300, 300, 150, 100, 50, 50, 150};  // of each kind, in CI
constexpr int kLogRows = 12;

// 0: everything in files; 1: the same, not compressed; 2: rows that only the log has; 3: dropped, and kept in a snapshot.
std::vector<Table> four_tables() {
  std::vector<Table> tables;
  for (uint8_t number = 1; number <= 4; ++number) {
    tables.push_back(model_table(number, "ks", number != 2));
    tables.back().options.compaction = {{"class", "SizeTieredCompactionStrategy"}, {"enabled", "false"}};
  }
  for (const size_t compressed : {0, 3}) tables[compressed].options.compression = {{"class", "LZ4Compressor"}};
  return tables;
}

Task<Result<Seen>> all_of(NodeDriver& driver, std::string table) {
  const TableRef there = driver.node().catalog().schema()->table("ks", table);
  if (!there) co_return Seen{"no table"};
  const ReadRange everything;
  co_return co_await driver.read(*there, everything, Seconds{1767225600});
}

struct Medium {
  DiskState image;
  std::vector<Table> tables = four_tables();
  std::vector<Seen> expected;
  std::map<Kind, std::vector<std::string>> files;
};

void list_files(SimWorld& world, const std::string& folder, std::vector<std::string>& paths) {
  for (const std::string& name : world.disk.list(folder).value()) {
    if (name.ends_with('/'))
      list_files(world, folder + name, paths);
    else
      paths.push_back(folder + name);
  }
}

Kind kind_of(const std::string& path) {
  if (path.starts_with("commitlog/")) return Kind::log;
  if (path.starts_with("sstables/")) return Kind::sstable;
  if (path == "metadata.db") return Kind::metadata;
  if (path == "metadata.db-wal") return Kind::metadata_log;
  if (path == "schema.log") return Kind::schema_log;
  return path.ends_with(".sst") ? Kind::snapshot_file : Kind::snapshot_manifest;
}

Task<void> fill(SimWorld& world, Medium& medium) {
  NodeDriver driver(world);
  require_ok(co_await driver.start(1));
  require_ok(co_await driver.make(medium.tables));
  Dice random(world.seed);
  WriteDice dice{random, 1000, driver.now(), 12, 20};
  for (const size_t t : {0, 1, 3, 0, 1}) {
    for (int n = 0; n < 60; ++n) require_ok(co_await driver.write(dice.mutation(medium.tables[t])));
    require_ok(co_await driver.flush(medium.tables[t]));
    if (t != 3) continue;
    require_ok(co_await driver.stop());  // what metadata.db knows so far is in it, and what comes now in its log
    require_ok(co_await driver.start(1));
  }
  for (const Table& table : medium.tables) {
    auto seen = co_await all_of(driver, table.name);
    require_ok(seen ? Status{} : fail(seen.error()));
    medium.expected.push_back(*std::move(seen));
  }
  const TableScope dropped{"ks", medium.tables[3].name};
  const auto taken = co_await driver.node().snapshots().take("s", dropped);
  require_ok(taken ? Status{} : fail(taken.error()));
  require_ok(co_await driver.drop(medium.tables[3]));
  for (int n = 0; n < kLogRows; ++n)
    require_ok(co_await driver.write(
        row_of(medium.tables[2], "log" + std::to_string(n), n, 1, 50 + static_cast<size_t>(n) * 900)));
  auto seen = co_await all_of(driver, medium.tables[2].name);
  medium.expected[2] = *std::move(seen);
  co_await cut_power(world, driver, 1);
  medium.image = world.disk.state();
  std::vector<std::string> paths;
  list_files(world, "", paths);
  for (const std::string& path : paths)
    if (path != "LOCK" && path != "reserve") medium.files[kind_of(path)].push_back(path);
}

// Three of four below the last byte that was written: much of a log segment is still empty.
struct Flip {
  std::string path;
  uint64_t byte = 0;
  unsigned bit = 0;
};
Flip draw(SimWorld& world, const Medium& medium, Kind kind, Dice& random) {
  const std::vector<std::string>& paths = medium.files.at(kind);
  Flip flip{.path = paths[roll(random, paths.size())], .bit = static_cast<unsigned>(roll(random, 8))};
  auto file = world.disk.open(flip.path, OpenMode::read).value();
  std::string bytes(file->size_now().value(), '\0');
  MUST(file->read_now(0, bytes).value() == bytes.size() && !bytes.empty());
  const size_t used = bytes.find_last_not_of('\0') + 1;
  flip.byte = roll(random, used == 0 || roll(random, 4) == 0 ? bytes.size() : used);
  return flip;
}

struct Outcome {
  bool caught = false;
  size_t missing = 0;  // rows of the log that are gone
};

class Sample {
 public:
  Sample(SimWorld& world, const Medium& medium, Kind kind, const Flip& flip)
      : world_(world), medium_(medium), kind_(kind), flip_(flip), driver_(world) {}

  Task<Outcome> run() {
    const Status started = co_await driver_.start(1);
    if (!started) {
      tell(started.error());
      co_return outcome_;
    }
    const LogReplayReport& log = driver_.node().replay_report();
    for (const std::string& hole : log.holes) tell(hole);
    if (log.torn_tail && kind_ == Kind::log) tell(log.torn);
    const RebuildReport& rebuilt = driver_.node().rebuild_report();
    if (!rebuilt.why.empty()) tell(rebuilt.why);
    co_await look();
    if (kind_ == Kind::sstable) co_await verify();
    if (kind_ == Kind::snapshot_file || kind_ == Kind::snapshot_manifest) co_await restore();
    if (kind_ == Kind::schema_log) co_await rebuild();
    if (driver_.running()) require_ok(co_await driver_.stop());
    co_return outcome_;
  }

 private:
  void tell(const Error& error) {
    CHECK_MESSAGE(error.code == Errc::corrupt, "not said to be corrupt: ", error.detail);
    tell(error.detail);
  }
  void tell(const std::string& report) {
    const std::string name = flip_.path.substr(flip_.path.rfind('/') + 1);
    const bool names_it = report.find(name) != std::string::npos || report.find("metadata.db") != std::string::npos;
    CHECK_MESSAGE(names_it, "a report that does not name the file: ", report);
    outcome_.caught = true;
  }

  Task<void> look() {
    for (size_t t = 0; t < 3; ++t) {
      const auto seen = co_await all_of(driver_, medium_.tables[t].name);
      if (!seen) {
        tell(seen.error());
        continue;
      }
      if (t == 2 && kind_ == Kind::log)
        compare_log(*seen);
      else
        CHECK_MESSAGE(*seen == medium_.expected[t], "wrong rows in ", medium_.tables[t].name);
    }
    const bool dropped = driver_.node().catalog().schema()->table("ks", medium_.tables[3].name) == nullptr;
    CHECK_MESSAGE(dropped, "a dropped table is back");
  }

  void compare_log(const Seen& seen) {
    const std::set<std::string> wrote(medium_.expected[2].begin(), medium_.expected[2].end());
    for (const std::string& line : seen) CHECK_MESSAGE(wrote.contains(line), "a row that nobody wrote");
    outcome_.missing = (wrote.size() - seen.size()) / 2;  // a partition's line, and its row's
    CHECK_MESSAGE((outcome_.missing == 0 || outcome_.caught), "rows are missing, and nothing is said");
    if (driver_.node().replay_report().holes.empty())
      CHECK_LE(outcome_.missing, 1);  // only the last may be a torn tail
  }

  Task<void> verify() {
    for (size_t t = 0; t < 2; ++t) {
      const auto report = co_await driver_.work_on_files(medium_.tables[t], FileWork::verify);
      require_ok(report ? Status{} : fail(report.error()));
      for (const std::string& line : report->damage) tell(line);
    }
    CHECK_MESSAGE(outcome_.caught, "no part of an sstable is without a checksum");
  }

  Task<void> restore() {
    const auto listed = co_await driver_.node().snapshots().list();
    require_ok(listed ? Status{} : fail(listed.error()));
    for (const SnapshotSummary& snapshot : *listed)
      if (!snapshot.damage.empty()) tell(snapshot.damage);
    const RestoreRequest request{.snapshot = "s"};
    const auto restored = co_await driver_.node().snapshots().restore(request);
    if (!restored) tell(restored.error());
    const auto seen = co_await all_of(driver_, medium_.tables[3].name);
    require_ok(seen ? Status{} : fail(seen.error()));
    CHECK_EQ(restored.has_value(), *seen == medium_.expected[3]);
    CHECK_MESSAGE(outcome_.caught, "no part of a snapshot is without a checksum");
  }

  // The start has found the damage and written the file anew: the next one can do without metadata.db.
  Task<void> rebuild() {
    co_await cut_power(world_, driver_, 0);
    for (const char* name : {"metadata.db", "metadata.db-wal"}) (void)world_.disk.remove(name);
    require_ok(world_.disk.sync_directory(""));
    require_ok(co_await driver_.start(1));
    co_await look();
  }

  SimWorld& world_;
  const Medium& medium_;
  const Kind kind_;
  const Flip& flip_;
  NodeDriver driver_;
  Outcome outcome_;
};

TEST_SUITE("flip_sim") {
  TEST_CASE(
      "sim: a bit that flips in any file is told of, or was not needed; no wrong row is shown, none is silently "
      "missing") {
    std::map<Kind, size_t> samples, caught, missing;
    const size_t times = long_run() ? 2 : 1;
    for (const uint64_t seed : seeds(4)) {
      run_sim(seed, [&](SimWorld& world) -> Task<void> {
        Medium medium;
        co_await fill(world, medium);
        Dice random(seed * 7919);
        for (const Kind kind : kKinds) {
          const auto at = static_cast<size_t>(kind);
          for (size_t n = 0; n < kSamples[at] * times / 4; ++n) {
            world.disk.restart(medium.image);
            const Flip flip = draw(world, medium, kind, random);
            CAPTURE(flip.path);
            CAPTURE(flip.byte);
            CAPTURE(flip.bit);
            world.disk.flip_bit(flip.path, flip.byte, flip.bit);
            Sample sample(world, medium, kind, flip);
            const Outcome outcome = co_await sample.run();
            ++samples[kind];
            caught[kind] += outcome.caught ? 1 : 0;
            missing[kind] += outcome.missing;
          }
        }
      });
    }
    size_t all = 0;
    for (const auto& [kind, count] : samples) {
      all += count;
      const std::string name = kNames[static_cast<size_t>(kind)];
      MESSAGE(name, ": ", count, " bits, ", caught[kind], " told of, ", missing[kind], " rows of the log lost");
    }
    if (std::getenv("RINGLET_SIM_SEEDS") == nullptr) CHECK_GE(all, 1000);
  }
}

}  // namespace
}  // namespace ringlet::sim
