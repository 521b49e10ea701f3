#include "core/storage/log_leader.h"

#include <algorithm>
#include <set>

#include "core/base/limits.h"

namespace ringlet {
namespace {

log_format::RecordHeader closing_mark() {
  log_format::RecordHeader mark;
  mark.kind = log_format::RecordKind::closed;
  return mark;
}

constexpr Duration kFlushPatience = seconds(3);  // a stop waits behind it, and has eight
constexpr Duration kLookEvery = millis(5);

void count(std::atomic<uint64_t>& counter, uint64_t n) { counter.fetch_add(n, std::memory_order_relaxed); }

// Of the pages that lie under these bytes: whatever is synced of one, the medium writes all of it.
uint64_t page_bytes(uint64_t offset, uint64_t bytes) {
  constexpr uint64_t kPage = 4096;
  return (offset + bytes + kPage - 1) / kPage * kPage - offset / kPage * kPage;
}

}  // namespace

LogLeader::LogLeader(Env& env, LocalStore& local, const LogOptions& options)
    : env_(env), options_(options), files_(options.segment_bytes, options.bytes_max), maker_(env, local) {}

LogLeader::~LogLeader() { count_release(); }

void LogLeader::continue_after(LogPosition end) {
  tail_.continue_after(end.segment, end.offset);
  publish();
}

Task<void> LogLeader::serve(LogRequestList& waiting) {
  LogRequestList batch;
  while (!waiting.empty()) {
    count_release();
    if (tail_.landed())
      (void)co_await land();  // where it failed for good, no segment is open, and whoever needs one is told
    const uint64_t start = tail_.end();
    bool must_sync = false;
    const Stop stop = fill(waiting, batch, must_sync);
    Status status;
    if (must_sync || (stop == Stop::segment_full && tail_.open()) || (stop == Stop::batch_full && !periodic())) {
      status = co_await sync();
    } else if (stop == Stop::batch_full) {
      status = co_await start_sync();
    }
    if (!status) {
      tail_.cut(start);
      if (!waiting.empty() && waiting.front()->put != 0)
        batch.push_back(waiting.pop_front());  // its beginning is cut off
    }
    if (stopped_ && maker_.started()) (void)co_await finish_making();
    answer(batch, status);
    if (!waiting.empty()) count_uses(*waiting.front());
    if (stop != Stop::segment_full) continue;
    if (waiting.empty()) continue;
    const uint64_t next_bytes = log_format::record_bytes_max(waiting.front()->next_bytes());
    if (tail_.fits(next_bytes)) continue;
    status = co_await next_segment(next_bytes);
    if (!status) answer(waiting, status);
  }
}

LogLeader::Stop LogLeader::fill(LogRequestList& waiting, LogRequestList& batch, bool& must_sync) {
  const Stop stop = fill_group(waiting, batch, must_sync);
  write_group();
  return stop;
}

LogLeader::Stop LogLeader::fill_group(LogRequestList& waiting, LogRequestList& batch, bool& must_sync) {
  while (!waiting.empty()) {
    LogRequest& request = *waiting.front();
    if (request.put == 0) request.status = refusal(request);
    if (request.status) {
      if (const Stop stop = fill_with(request, must_sync); stop != Stop::nothing_left) return stop;
    }
    batch.push_back(waiting.pop_front());
  }
  return Stop::nothing_left;
}

Status LogLeader::refusal(const LogRequest& request) const {
  if (stopped_ && request.kind != LogRequest::Kind::stop)
    return fail(Errc::cancelled, "the commit log has been stopped: the node is shutting down");
  if (request.context != nullptr) return request.context->check();
  return {};
}

LogLeader::Stop LogLeader::fill_with(LogRequest& request, bool& must_sync) {
  if (request.kind == LogRequest::Kind::append) return put_all(request, must_sync);
  write_group();
  if (!tail_.open()) return tail_.unsynced_bytes() == 0 ? Stop::nothing_left : Stop::segment_full;
  if (request.kind == LogRequest::Kind::start_sync) {
    take_off();
    return Stop::nothing_left;
  }
  must_sync = true;
  if (request.kind == LogRequest::Kind::sync) return Stop::nothing_left;
  stopped_ = true;
  // Proves on the next start that everything before it was synced: then no damage can pass for a torn tail.
  if (tail_.fits(log_format::record_bytes_max(0))) tail_.append(closing_mark(), {});
  return Stop::nothing_left;
}

LogLeader::Stop LogLeader::put_all(LogRequest& request, bool& must_sync) {
  for (; request.put < request.records.size(); ++request.put) {
    LogAppend& append = request.records[request.put];
    if (const Stop stop = put(append, request.shard); stop != Stop::nothing_left) return stop;
    must_sync |= append.durable && options_.mode == LogMode::group;
  }
  return Stop::nothing_left;
}

LogLeader::Stop LogLeader::put(LogAppend& append, ShardId shard) {
  const uint64_t bytes = log_format::record_bytes_max(append.record.size());
  if (!group_.takes(append) || !tail_.fits(group_.bytes_max() + bytes)) write_group();
  if (!tail_.fits(group_.bytes_max() + bytes)) return Stop::segment_full;
  const uint64_t waiting = tail_.waiting_bytes() + group_.bytes_max();
  if (waiting != 0 && waiting + bytes > kLogBatchBytesMax) return Stop::batch_full;
  group_.add(append, shard);
  return Stop::nothing_left;
}

void LogLeader::write_group() {
  if (group_.write(tail_, static_cast<uint16_t>(env_.shards.size()))) count(counters.groups, 1);
}

// Mode periodic: the sync goes on beside whoever leads, and appends with it.
void LogLeader::take_off() {
  if (!tail_.open() || tail_.flying() || tail_.waiting_bytes() == 0) return;
  count(counters.syncs, 1);
  tail_.take_off();
}

Task<Status> LogLeader::start_sync() {
  CO_TRY_STATUS(co_await land());
  take_off();
  co_return Status{};
}

Task<Status> LogLeader::land() {
  if (!tail_.flying()) co_return Status{};
  const uint64_t before = tail_.synced();
  Status status = co_await tail_.land();
  if (status) {
    count(counters.bytes_written, tail_.synced() - before);
    count(counters.page_bytes_written, page_bytes(before, tail_.synced() - before));
    co_return status;
  }
  files_.abandon(tail_.segment());
  co_return co_await next_segment(0);
}

Task<Status> LogLeader::sync() {
  CO_TRY_STATUS(co_await land());
  const uint64_t bytes = tail_.unsynced_bytes();
  if (bytes == 0) co_return Status{};
  count(counters.syncs, 1);
  Status status = co_await tail_.sync();
  if (status) {
    count(counters.bytes_written, bytes);
    count(counters.page_bytes_written, page_bytes(tail_.end() - bytes, bytes));
    co_return status;
  }
  // Nothing is retried on that file. What memory holds goes to a new segment, once; then the writers are told.
  files_.abandon(tail_.segment());
  co_return co_await next_segment(0);
}

Task<Status> LogLeader::next_segment(uint64_t record_bytes) {
  files_.free_unused(tail_.segment());
  if (past_hard_bound()) CO_TRY_STATUS(co_await wait_for_flushes());
  const uint64_t needed = log_format::kSegmentHeaderBytes + tail_.unsynced_bytes() + record_bytes;
  Result<LogSegmentFile> segment = co_await obtain(std::max(options_.segment_bytes, needed));
  Status status;
  if (segment) {
    status = co_await go_on_in(*std::move(segment));
  } else {
    status = fail(segment.error());
  }
  press();
  co_return status;
}

// Writers wait here, all of them: the log is theirs together. Releases come from any thread without a word, so it looks.
Task<Status> LogLeader::wait_for_flushes() {
  press();
  const Instant deadline = env_.clock.now() + kFlushPatience;
  while (past_hard_bound()) {
    if (env_.clock.now() >= deadline)
      co_return fail(Errc::overloaded, "the commit log holds " + std::to_string(files_.live_bytes()) +
                                           " bytes that no flush has freed yet: try again later");
    co_await Executor::current()->sleep_until(env_.clock.now() + kLookEvery);
    count_release();
    files_.free_unused(tail_.segment());
  }
  co_return Status{};
}

Task<Result<LogSegmentFile>> LogLeader::obtain(uint64_t bytes) {
  const bool ordinary = bytes == options_.segment_bytes;
  if (maker_.started()) {
    Result<LogSegmentFile> ahead = co_await finish_making();  // an error may be old: what it met may be over
    if (ahead && ordinary) co_return ahead;
    if (ahead) files_.set_aside(ahead->id);  // ids rise: the larger one's comes after it
  }
  maker_.start(order(bytes));
  Result<LogSegmentFile> made = co_await finish_making();
  if (made || made.error().code != Errc::io) co_return made;
  maker_.start(order(bytes));  // another file, once
  co_return co_await finish_making();
}

LogSegmentOrder LogLeader::order(uint64_t bytes) {
  files_.note_synced(tail_.segment(), tail_.synced());
  return files_.order(bytes);
}

Task<Result<LogSegmentFile>> LogLeader::finish_making() {
  Result<LogSegmentFile> made = co_await maker_.finish();
  files_.order_ended(made.has_value());
  co_return made;
}

Task<Status> LogLeader::go_on_in(LogSegmentFile segment) {
  const SegmentId id = segment.id;
  files_.note_synced(tail_.segment(), tail_.synced());
  files_.add(id, segment.bytes, tail_.open() ? std::nullopt : std::optional(tail_.segment()));
  Status status = co_await tail_.go_on_in(std::move(segment));
  if (!status) files_.give_up(id);
  counters.segments.store(files_.count(), std::memory_order_relaxed);
  counters.live_bytes.store(files_.live_bytes(), std::memory_order_relaxed);
  co_return status;
}

void LogLeader::answer(LogRequestList& batch, const Status& status) {
  publish();
  while (!batch.empty()) {
    LogRequest& request = *batch.pop_front();
    if (request.status && !status) request.status = status;
    if (request.status)
      count_uses(request);
    else
      forget_uses(request);
    request.executor->post(request.waiter);
  }
  if (periodic() && tail_.waiting_bytes() > kLogBatchBytesMax / 4) take_off();
  if (tail_.open() && tail_.past_half() && !maker_.started() && !stopped_) {
    files_.free_unused(tail_.segment());
    maker_.start(order(options_.segment_bytes));
  }
}

void LogLeader::count_uses(LogRequest& request) {
  count(counters.records, request.put - request.counted);
  for (; request.counted < request.put; ++request.counted) {
    const LogAppend& append = request.records[request.counted];
    files_.uses.add(append.end.segment, append.table, request.shard, append.record.size());
  }
}

void LogLeader::forget_uses(LogRequest& request) {
  for (; request.counted > 0; --request.counted) {
    const LogAppend& append = request.records[request.counted - 1];
    files_.uses.take_away(append.end.segment, append.table, request.shard, append.record.size());
  }
}

void LogLeader::push_release(LogRelease* release) {
  release->next = releases_.load(std::memory_order_relaxed);
  while (
      !releases_.compare_exchange_weak(release->next, release, std::memory_order_release, std::memory_order_relaxed)) {
  }
}

void LogLeader::count_release() {
  LogRelease* release = releases_.exchange(nullptr, std::memory_order_acquire);
  while (release != nullptr) {
    for (const LogUse& use : release->uses) {
      if (release->outlive) files_.outlive(use.segment, *release->outlive);
      files_.uses.take_away(use.segment, release->table, release->shard, use.bytes);
    }
    LogRelease* next = release->next;
    delete release;
    release = next;
  }
}

void LogLeader::press() {
  if (!on_pressure || !files_.past_bound()) return;
  std::set<LogUses::Owner> asked;  // each flushes everything it has, once
  for (const SegmentId segment : files_.oldest_past_bound())
    for (const auto& owner : files_.uses.owners(segment))
      if (asked.insert(owner).second) on_pressure(owner.first, owner.second);
}

void LogLeader::publish() {
  MUST(tail_.segment().raw < uint64_t{1} << 32);
  end_.store(tail_.segment().raw << 32 | tail_.end(), std::memory_order_release);
  has_unsynced_.store(tail_.unsynced_bytes() != 0, std::memory_order_relaxed);
}

LogPosition LogLeader::end() const {
  const uint64_t packed = end_.load(std::memory_order_acquire);
  return {SegmentId{packed >> 32}, packed & UINT32_MAX};
}

}  // namespace ringlet
