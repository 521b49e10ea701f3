#include "core/node/telemetry.h"

#include <bit>

namespace ringlet {
namespace {

constexpr Duration kFirstPause = seconds(1), kPause = seconds(5);

constexpr std::string_view kKeyspace =
    "CREATE KEYSPACE IF NOT EXISTS telemetry WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1} "
    "AND durable_writes = false";
constexpr std::string_view kReadings =
    "CREATE TABLE IF NOT EXISTS telemetry.readings (host text, metric text, day date, at timestamp, value double, "
    "PRIMARY KEY ((host, metric, day), at)) WITH CLUSTERING ORDER BY (at DESC) "
    "AND comment = 'what this node''s host was doing, every few seconds' AND default_time_to_live = 604800 "
    "AND gc_grace_seconds = 3600 AND compaction = {'class': 'TimeWindowCompactionStrategy', "
    "'compaction_window_unit': 'DAYS', 'compaction_window_size': '1'}";
constexpr std::string_view kLatest =
    "CREATE TABLE IF NOT EXISTS telemetry.latest (host text, metric text, at timestamp, value double, unit text, "
    "PRIMARY KEY (host, metric)) WITH comment = 'the newest value of each metric' AND default_time_to_live = 604800 "
    "AND gc_grace_seconds = 3600";
constexpr std::string_view kInsertReading =
    "INSERT INTO telemetry.readings (host, metric, day, at, value) VALUES (?, ?, ?, ?, ?)";
constexpr std::string_view kInsertLatest =
    "INSERT INTO telemetry.latest (host, metric, at, value, unit) VALUES (?, ?, ?, ?, ?)";

template <class T>
Bytes big_bytes(T value) {
  Bytes out;
  ByteWriter(out).big(value);
  return out;
}

class Collector {
 public:
  Collector(const HostReading& now, const HostReading* before, Duration between)
      : now_(now), before_(before), seconds_(static_cast<double>(between.nanos) / 1e9) {}

  void add(std::string metric, std::string unit, double value) {
    values_.push_back({std::move(metric), std::move(unit), value});
  }
  void bytes(std::string metric, std::optional<uint64_t> value) {
    if (value) add(std::move(metric), "bytes", static_cast<double>(*value));
  }
  bool has_rates() const { return before_ != nullptr && seconds_ > 0; }
  const HostReading* before() const { return before_; }
  double seconds() const { return seconds_; }

  void cpu() {
    if (has_rates() && now_.cpu && before_->cpu && now_.cpu->total > before_->cpu->total &&
        now_.cpu->busy >= before_->cpu->busy) {
      const auto busy = static_cast<double>(now_.cpu->busy - before_->cpu->busy);
      add("cpu.busy", "percent", 100 * busy / static_cast<double>(now_.cpu->total - before_->cpu->total));
    }
    if (now_.load_1m) add("cpu.load_1m", "processes", *now_.load_1m);
    if (has_rates() && now_.process_cpu_seconds && before_->process_cpu_seconds)
      add("process.cpu", "percent", 100 * (*now_.process_cpu_seconds - *before_->process_cpu_seconds) / seconds_);
  }
  // `in` and `out` name the two directions: "disk.sda.read", "network.eth0.sent".
  void traffic(const std::string& kind, const std::vector<HostReading::Device>& devices,
               const std::vector<HostReading::Device>& earlier, const char* in, const char* out) {
    for (const HostReading::Device& device : devices)
      for (const HostReading::Device& old : earlier) {
        if (old.name != device.name || device.bytes_in < old.bytes_in || device.bytes_out < old.bytes_out) continue;
        const std::string prefix = kind + "." + device.name + ".";
        add(prefix + in, "bytes/s", static_cast<double>(device.bytes_in - old.bytes_in) / seconds_);
        add(prefix + out, "bytes/s", static_cast<double>(device.bytes_out - old.bytes_out) / seconds_);
      }
  }
  std::vector<TelemetryValue> take() { return std::move(values_); }

 private:
  const HostReading& now_;
  const HostReading* before_;
  const double seconds_;
  std::vector<TelemetryValue> values_;
};

}  // namespace

std::vector<TelemetryValue> telemetry_values(const HostReading& now, const HostReading* before, Duration between,
                                             const Result<DiskSpace>& disk) {
  Collector collect(now, before, between);
  collect.cpu();
  collect.bytes("memory.total", now.memory_total_bytes);
  collect.bytes("memory.available", now.memory_available_bytes);
  collect.bytes("process.resident", now.process_rss_bytes);
  if (disk) {
    collect.bytes("disk.total", disk->total_bytes);
    collect.bytes("disk.free", disk->free_bytes);
  }
  if (collect.has_rates()) {
    collect.traffic("disk", now.disks, before->disks, "read", "written");
    collect.traffic("network", now.interfaces, before->interfaces, "received", "sent");
  }
  for (const HostReading::Temperature& t : now.temperatures) collect.add("temperature." + t.name, "celsius", t.celsius);
  return collect.take();
}

Task<void> Telemetry::start() {
  host_ = probe_.host_name();
  co_await record();
  running_.spawn(keep_recording());
}

Task<void> Telemetry::stop() {
  stopping_ = true;
  stopped_.notify_all();
  co_await running_.join();
}

Task<void> Telemetry::keep_recording() {
  const Clock& clock = node_.env().clock;
  Instant next = clock.now() + kFirstPause;
  while (!stopping_) {
    const bool stopped = co_await stopped_.wait_until(next);
    if (stopped || stopping_) co_return;
    next = clock.now() + kPause;
    co_await record();
  }
}

Task<void> Telemetry::record() {
  if (!have_tables_) have_tables_ = (co_await make_tables()).has_value();
  if (!have_tables_) co_return;
  Executor& home = *Executor::current();  // files are read where waiting harms no request
  co_await node_.env().local.hop();
  HostReading now = probe_.read_now();
  const Result<DiskSpace> disk = node_.env().disk.space();
  co_await home.hop();
  const Instant read_at = node_.env().clock.now();
  const std::vector<TelemetryValue> values =
      telemetry_values(now, before_ ? &*before_ : nullptr, read_at - read_at_, disk);
  before_ = std::move(now);
  read_at_ = read_at;
  const Status stored = co_await store(values);
  if (!stored && stored.error().code == Errc::invalid)
    have_tables_ = false;  // dropped or changed by someone: look again
}

Task<Status> Telemetry::make_tables() {
  const std::vector<Bytes> none;
  for (const std::string_view statement : {kKeyspace, kReadings, kLatest})
    CO_TRY_STATUS(co_await run_statement(statement, none));
  co_return Status{};
}

Task<Status> Telemetry::store(const std::vector<TelemetryValue>& values) {
  const int64_t ms = node_.env().clock.wall().raw / 1000;
  const int64_t days = ms >= 0 ? ms / 86400000 : -((-ms + 86399999) / 86400000);
  const Bytes at = big_bytes(ms), day = big_bytes(static_cast<uint32_t>(days + (int64_t{1} << 31)));
  for (const TelemetryValue& v : values) {
    if (stopping_) co_return Status{};
    const Bytes value = big_bytes(std::bit_cast<uint64_t>(v.value));
    const std::vector<Bytes> reading = {host_, v.metric, day, at, value};
    CO_TRY_STATUS(co_await run_statement(kInsertReading, reading));
    const std::vector<Bytes> latest = {host_, v.metric, at, value, v.unit};
    CO_TRY_STATUS(co_await run_statement(kInsertLatest, latest));
  }
  co_return Status{};
}

Task<Status> Telemetry::run_statement(std::string_view text, const std::vector<Bytes>& values) {
  ClientState client;
  const RequestContext context{
      .clock = node_.env().clock, .deadline = node_.env().clock.now() + seconds(10), .priority = Priority::background};
  QueryOptions options;
  for (const Bytes& value : values) options.values.push_back({BoundValue::Kind::bytes, value});
  const auto done = co_await node_.processor(ShardId{0}).query(text, options, client, context);
  if (!done) co_return fail(done.error());
  co_return Status{};
}

}  // namespace ringlet
