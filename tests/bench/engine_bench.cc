// The engine of one shard through its own interface, the one that the coordinator calls: Engine::enter and Engine::read, with
// log, memtables, flush, compaction and merge rules behind, and no network. The operations are db_bench's (engine_bench.py
// runs both): 16-byte keys of a number below --entries, a partition of one row of one cell each, values half of which
// compresses away.
//
//   engine_bench DIRECTORY [--entries N] [--value BYTES] [--memtables MIB] [--cache MIB] [--log group|periodic]
//                [--in-flight N] [--readers N] [--operations N] [--seconds S] [--compaction KEY=VALUE]... OPERATION...
//
//   fill        writes of random keys, --in-flight of them under way at a time (overwrite: call it on what fill left)
//   read, miss  point reads, one after the other, of keys below --entries, and of keys that nobody wrote
//   scan        from a random token on, 11 rows
//   mixed       --readers readers, each waiting its turn on the shard, beside writers that never pause
//   settle      flushes everything and waits until no compaction is due or runs, and the medium has nothing to write
//
// One line of JSON for each. Memory is reserved as for a node: --memtables holds active and frozen ones.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <sys/resource.h>
#include <unistd.h>

#include "core/base/murmur3.h"
#include "core/data/keys.h"
#include "core/data/logged_mutation.h"
#include "core/env/task_group.h"
#include "core/local/local_store.h"
#include "core/os/io_ring.h"
#include "core/os/os_clock.h"
#include "core/os/os_disk.h"
#include "core/os/os_rng.h"
#include "core/os/run_and_wait.h"
#include "core/os/worker_executor.h"
#include "core/storage/bloom.h"
#include "core/storage/commit_log.h"
#include "core/storage/engine.h"
#include "core/storage/flushed_positions.h"
#include "net/loop/loop_executor.h"
#include "tests/bench/histogram.h"

using namespace ringlet;

namespace {

struct Options {
  std::string directory;
  uint64_t entries = 5000000, operations = 0;  // 0: as many as entries
  size_t value_bytes = 100, memtable_mib = 128, cache_mib = 64, in_flight = 32, readers = 16;
  LogMode log = LogMode::periodic;
  int seconds = 0;  // 0: count operations
  std::map<std::string, std::string> compaction;
  std::vector<std::string> run;
};

struct NoNet final : Net {
  Task<Result<Bytes>> call(NodeId, Bytes, Instant) override { co_return fail(Errc::unavailable, "a ring of one"); }
};

template <class T>
T need(Result<T> result) {
  if (result) return *std::move(result);
  std::fprintf(stderr, "engine_bench: %s\n", result.error().detail.c_str());
  std::exit(1);
}
void need(const Status& status) {
  if (status) return;
  std::fprintf(stderr, "engine_bench: %s\n", status.error().detail.c_str());
  std::exit(1);
}

class Dice {
 public:
  explicit Dice(uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15u | 1) {}
  uint64_t next() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return state_ * 0x2545F4914F6CDD1Du;
  }
  uint64_t below(uint64_t n) {
    return (next() >> 32) * n >> 32;
  }  // n < 2^32; machines of 32 bits have no wider numbers

 private:
  uint64_t state_;
};

// A mebibyte in pieces of 100 bytes, the second half of each as the first: what db_bench writes.
class Values {
 public:
  explicit Values(size_t bytes) : bytes_(bytes) {
    Dice dice(301);
    while (pool_.size() < (1u << 20)) {
      std::string half;
      for (int i = 0; i < 50; ++i) half += static_cast<char>(' ' + dice.below(95));
      pool_ += half + half;
    }
  }
  BytesView next() {
    if (at_ + bytes_ > pool_.size()) at_ = 0;
    const BytesView value = BytesView(pool_).substr(at_, bytes_);
    at_ += bytes_;
    return value;
  }

 private:
  const size_t bytes_;
  std::string pool_;
  size_t at_ = 0;
};

TableRef bench_table(const Options& options) {
  auto table = std::make_shared<Table>();
  table->id = uuid_from_bytes(BytesView("engine-bench-tbl", 16));
  table->keyspace = "bench";
  table->name = "t";
  double fp_chance = 1;
  for (int probes = 4; probes <= 8; ++probes) fp_chance = std::min(fp_chance, bloom_fp_chance({10.0, probes}));
  table->options.bloom_filter_fp_chance = fp_chance;
  if (!options.compaction.empty()) table->options.compaction = options.compaction;
  return table;
}

double cpu_seconds(int who) {
  rusage used{};
  getrusage(who, &used);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

// Since it was last asked to begin again.
double peak_rss_mib(bool begin_again) {
  double mib = 0;
  if (std::FILE* status = std::fopen("/proc/self/status", "r")) {
    char line[256];
    unsigned long kib = 0;
    while (std::fgets(line, sizeof line, status) != nullptr)
      if (std::sscanf(line, "VmHWM: %lu", &kib) == 1) mib = static_cast<double>(kib) / 1024;
    std::fclose(status);
  }
  if (!begin_again) return mib;
  if (std::FILE* clear = std::fopen("/proc/self/clear_refs", "w")) {
    std::fputs("5", clear);
    std::fclose(clear);
  }
  return mib;
}

class Bench {
 public:
  explicit Bench(Options options)
      : options_(std::move(options)), values_(options_.value_bytes), disk_(need(OsDisk::open(options_.directory))) {
    env_.reset(new Env{clock_, *disk_, net_, rng_, {&shard_}, background_, merges_, local_});
    run_and_wait(shard_, open());
  }
  ~Bench() {
    run_and_wait(shard_, close());
    shard_.stop();
    shard_thread_.join();
    background_.stop();
    merges_.stop();
    local_.stop();
  }

  void run(const std::string& operation) {
    (void)peak_rss_mib(true);
    reads_.reset(new bench::Histogram);
    writes_.reset(new bench::Histogram);
    found_ = 0;
    const Counted before = counted();
    const double cpu = cpu_seconds(RUSAGE_SELF);
    const Instant start = clock_.now();
    end_ = options_.seconds > 0 ? start + seconds(options_.seconds) : kNever;
    left_ = options_.operations > 0 ? options_.operations : options_.entries;
    run_and_wait(shard_, one(operation));
    const double elapsed = static_cast<double>((clock_.now() - start).nanos) / 1e9;
    print(operation, elapsed, cpu_seconds(RUSAGE_SELF) - cpu, before, counted());
  }

 private:
  struct Counted {
    EngineCounts engine;
    uint64_t log_bytes = 0, files = 0, file_bytes = 0;
  };
  Counted counted() {
    Counted counted;
    run_and_wait(shard_, count(counted));
    return counted;
  }
  // On the shard's thread: flushes and merges go on there while nobody asks for anything.
  Task<void> count(Counted& out) {
    out.engine = engine_->counts();
    out.log_bytes = log_->counts().bytes_written;
    for (const auto& [id, counts] : engine_->table_counts()) {
      out.file_bytes += counts.sstable_bytes;
      out.files += counts.sstables;
    }
    co_return;
  }

  // A shard's thread as a node has it.
  void run_shard() {
    const std::unique_ptr<IoRing> ring = disk_->open_ring();
    if (ring) {
      ring->attach();
      shard_.add_poller(*ring);
    }
    shard_.run();
  }

  // One write of a row; it is in a Slot until it is answered.
  struct Slot final : WriteWaiter {
    Bench* bench = nullptr;
    Instant begun;
    void written(const Status& status) override {
      need(status);
      bench->writes_->add((bench->clock_.now() - begun).nanos);
      bench->free_slots_.push_back(this);
      if (bench->slot_free_.has_waiters()) bench->slot_free_.notify_all();
    }
  };

  // --- start and end, as core/node does it --------------------------------------------------------------------------
  Task<void> open() {
    for (const char* folder : {"commitlog", "sstables"}) need(disk_->make_directory(folder));
    local_store_ = need(co_await LocalStore::open(*env_));
    EngineOptions engine;
    engine.memtable_bytes = options_.memtable_mib << 20;
    engine.cache_bytes = options_.cache_mib << 20;
    engine_ = std::make_unique<Engine>(*env_, ShardId{}, uint16_t{1}, *local_store_, engine);
    const ManifestState manifest = need(co_await local_store_->manifest());
    need(engine_->open_table(table_, manifest));
    LogOptions log;
    log.mode = options_.log;
    log.bytes_max = std::clamp<uint64_t>(engine.memtable_bytes, 16u << 20, 256u << 20);
    const FlushedPositions flushed(manifest);
    CommitLog::Replay replay = [&](const LogRecord& record) -> Result<std::optional<ShardId>> {
      if (flushed.covers(record)) return std::nullopt;
      TRY(Mutation mutation, decode_mutation_body(record.table, record.payload));
      if (flushed.covers(record.table, mutation.token, record.end)) return std::nullopt;
      TRY_STATUS(engine_->replay(std::move(mutation), record.end, record.payload.size()));
      return ShardId{};
    };
    log_ = need(co_await CommitLog::open(*env_, *local_store_, log, replay, report_));
    log_->on_pressure([this](TableId table, ShardId) { engine_->on_log_pressure(table); });
    engine_->run(*log_, manifest.id);
  }
  Task<void> close() {
    need(co_await engine_->stop(clock_.now() + seconds(60)));
    need(co_await log_->stop());
    engine_.reset();
    log_.reset();
    need(co_await local_store_->close());
  }

  // --- writing ------------------------------------------------------------------------------------------------------
  // db_bench's keys: a big-endian number, filled up with digits.
  BytesView key_of(uint64_t number, char fill) {
    store_big(key_, number);
    std::memset(key_ + 8, fill, 8);
    return {key_, sizeof key_};
  }

  void make_mutation(uint64_t number) {
    const BytesView key = key_of(number, '0');
    mutation_.table = table_->id;
    mutation_.partition_key.assign(key);
    mutation_.token = token_of(key);
    mutation_.rows.resize(1);
    Bytes& row = mutation_.rows[0].row;
    row.clear();
    RowBuilder builder(row);
    const Timestamp now{++stamp_};
    builder.liveness({.at = now});
    builder.cell({.column = ColumnId{1}, .at = now, .value = values_.next()});
    builder.finish();
  }

  bool more() {
    if (options_.seconds > 0) return clock_.now() < end_;
    if (left_ == 0) return false;
    --left_;
    return true;
  }

  Task<void> write_all(bool until_readers_end) {
    std::vector<Slot> slots(options_.in_flight);
    free_slots_.clear();
    for (Slot& slot : slots) {
      slot.bench = this;
      free_slots_.push_back(&slot);
    }
    while (until_readers_end ? readers_left_ > 0 : more()) {
      while (free_slots_.empty()) co_await slot_free_.wait();
      Slot& slot = *free_slots_.back();
      free_slots_.pop_back();
      make_mutation(dice_.below(options_.entries));
      slot.begun = clock_.now();
      if (engine_->has_room() && engine_->enter(mutation_, slot)) continue;
      Mutation copy = mutation_;  // it waits: for memory, or for merges
      const Status applied = co_await engine_->apply(std::move(copy), context_);
      slot.written(applied);
    }
    while (free_slots_.size() < slots.size()) co_await slot_free_.wait();
  }

  // --- reading ------------------------------------------------------------------------------------------------------
  Task<Result<Step>> next_of(FragmentStream& stream, Fragment& fragment) {
    for (;;) {
      CO_TRY(const Step step, stream.next(fragment));
      if (step != Step::blocked) co_return step;
      CO_TRY_STATUS(co_await stream.load(context_));
    }
  }

  // The bytes of the row's cell, copied as an answer would be.
  bool take_value(const Fragment& fragment) {
    if (fragment.kind != Fragment::Kind::row) return false;
    RowReader row(fragment.row);
    CellView cell;
    if (!row.next(cell)) return false;
    value_.assign(cell.value);
    return true;
  }

  Task<void> read_one(uint64_t number, char fill, ReadRange& range) {
    const BytesView key = key_of(number, fill);
    range.first_prefix.clear();
    append_partition_prefix(token_of(key), key, range.first_prefix);
    const auto read = need(engine_->read(table_->id, range));
    FragmentStream& stream = read->stream();
    for (Fragment fragment;;) {
      auto step = stream.next(fragment);
      if (step && *step == Step::blocked) step = co_await next_of(stream, fragment);
      if (need(std::move(step)) == Step::end) break;
      if (take_value(fragment)) ++found_;
    }
  }

  Task<void> scan_one(ReadRange& range) {
    range.first_prefix.clear();
    append_token_prefix(Token{static_cast<int64_t>(dice_.next())}, range.first_prefix);
    const auto read = need(engine_->read(table_->id, range));
    FragmentStream& stream = read->stream();
    int rows = 0;
    for (Fragment fragment; rows < 11;) {
      auto step = stream.next(fragment);
      if (step && *step == Step::blocked) step = co_await next_of(stream, fragment);
      if (need(std::move(step)) == Step::end) break;
      if (take_value(fragment)) ++rows;
    }
    found_ += rows == 11 ? 1 : 0;
  }

  Task<void> read_all(bool scan, char fill, bool in_turn) {
    ReadRange range;
    range.one_partition = !scan;
    range.static_row = false;
    Instant begun = clock_.now();
    for (uint64_t n = 0; more(); ++n) {
      if (in_turn)
        co_await shard_.yield();
      else if (n % 16 == 0)
        co_await shard_.yield_if_due();
      if (scan)
        co_await scan_one(range);
      else
        co_await read_one(dice_.below(options_.entries), fill, range);
      const Instant end = clock_.now();
      reads_->add((end - begun).nanos);
      begun = end;  // as db_bench does: one look at the clock a read
    }
    --readers_left_;
  }

  Task<void> settle() {
    need(co_await engine_->flush(table_->id));
    for (int quiet = 0; quiet < 20;) {
      co_await shard_.sleep_until(clock_.now() + millis(10));
      const EngineCounts counts = engine_->counts();
      const uint64_t busy = counts.pending_compactions + counts.pending_flushes + engine_->tasks().size();
      quiet = busy == 0 ? quiet + 1 : 0;
    }
    sync();  // what files that are gone left behind too
  }

  Task<void> one(std::string operation) {
    readers_left_ = 1;
    if (operation == "fill") {
      co_await write_all(false);
    } else if (operation == "read" || operation == "miss") {
      co_await read_all(false, operation == "read" ? '0' : '.', false);
    } else if (operation == "scan") {
      co_await read_all(true, '0', false);
    } else if (operation == "mixed") {
      readers_left_ = options_.readers;
      TaskGroup group;
      group.spawn(write_all(true));
      for (size_t i = 0; i < options_.readers; ++i) group.spawn(read_all(false, '0', true));
      co_await group.join();
    } else if (operation == "settle") {
      co_await settle();
    } else {
      std::fprintf(stderr, "engine_bench: no operation is called %s\n", operation.c_str());
      std::exit(2);
    }
  }

  void print(const std::string& operation, double elapsed, double cpu, const Counted& before, const Counted& after) {
    std::printf("{\"operation\": \"%s\", \"seconds\": %.3f, \"cpu_seconds\": %.3f, \"rss_mib\": %.1f",
                operation.c_str(), elapsed, cpu, peak_rss_mib(false));
    for (const auto& [name, times] : {std::pair{"reads", reads_.get()}, std::pair{"writes", writes_.get()}})
      std::printf(", \"%s\": %llu, \"%s_p50\": %.1f, \"%s_p99\": %.1f, \"%s_p999\": %.1f", name,
                  static_cast<unsigned long long>(times->total()), name, times->micros(0.5), name, times->micros(0.99),
                  name, times->micros(0.999));
    const auto number = [](const char* name, uint64_t value) {
      std::printf(", \"%s\": %llu", name, static_cast<unsigned long long>(value));
    };
    number("found", found_);
    number("log_bytes", after.log_bytes - before.log_bytes);
    const EngineCounts &now = after.engine, &then = before.engine;
    number("flush_bytes", now.flush_bytes - then.flush_bytes);
    number("compaction_bytes", now.compaction_written_bytes - then.compaction_written_bytes);
    number("merged_for_reads_bytes", now.merged_for_reads_bytes - then.merged_for_reads_bytes);
    number("cache_hits", now.cache.hits - then.cache.hits);
    number("cache_misses", now.cache.misses - then.cache.misses);
    number("files", after.files);
    number("file_bytes", after.file_bytes);
    std::printf("}\n");
    std::fflush(stdout);
  }

  const Options options_;
  Values values_;
  OsClock clock_;
  OsRng rng_;
  NoNet net_;
  std::unique_ptr<OsDisk> disk_;
  LoopExecutor shard_{clock_};
  WorkerExecutor background_{clock_, "background", ThreadPriority::low},
      merges_{clock_, "merges", ThreadPriority::idle}, local_{clock_, "local"};
  std::thread shard_thread_{[this] { run_shard(); }};
  std::unique_ptr<Env> env_;
  const TableRef table_ = bench_table(options_);
  LogReplayReport report_;
  std::unique_ptr<LocalStore> local_store_;
  std::unique_ptr<CommitLog> log_;
  std::unique_ptr<Engine> engine_;

  RequestContext context_{clock_};
  Dice dice_{static_cast<uint64_t>(clock_.now().nanos)};
  Instant end_;
  uint64_t left_ = 0;
  char key_[16];
  Mutation mutation_;
  int64_t stamp_ = clock_.wall().raw;
  Bytes value_;
  std::vector<Slot*> free_slots_;
  Event slot_free_;
  size_t readers_left_ = 0;
  uint64_t found_ = 0;
  std::unique_ptr<bench::Histogram> reads_, writes_;
};

int usage() {
  std::fprintf(stderr,
               "usage: engine_bench DIRECTORY [--entries N] [--value BYTES] [--memtables MIB] [--cache MIB]\n"
               "         [--log group|periodic] [--in-flight N] [--readers N] [--operations N] [--seconds S]\n"
               "         [--compaction KEY=VALUE]... OPERATION...\n");
  return 2;
}

bool take_option(Options& options, const std::string& name, const std::string& text) {
  const uint64_t number = std::strtoull(text.c_str(), nullptr, 10);
  if (name == "--entries") return (options.entries = number) > 0;
  if (name == "--operations") return (options.operations = number) > 0;
  if (name == "--value") return (options.value_bytes = number) > 0;
  if (name == "--memtables") return (options.memtable_mib = number) > 0;
  if (name == "--cache") return (options.cache_mib = number) > 0;
  if (name == "--in-flight") return (options.in_flight = number) > 0;
  if (name == "--readers") return (options.readers = number) > 0;
  if (name == "--seconds") return (options.seconds = static_cast<int>(number)) > 0;
  if (name == "--log") {
    options.log = text == "group" ? LogMode::group : LogMode::periodic;
    return text == "group" || text == "periodic";
  }
  const size_t equals = text.find('=');
  if (name != "--compaction" || equals == std::string::npos) return false;
  options.compaction[text.substr(0, equals)] = text.substr(equals + 1);
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return usage();
  Options options;
  options.directory = argv[1];
  for (int i = 2; i < argc; ++i) {
    const std::string word = argv[i];
    if (!word.starts_with("--"))
      options.run.push_back(word);
    else if (i + 1 == argc || !take_option(options, word, argv[++i]))
      return usage();
  }
  const std::vector<std::string> run = options.run;
  Bench bench(std::move(options));
  for (const std::string& operation : run) bench.run(operation);
  return 0;
}
