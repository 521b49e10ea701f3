#include "core/storage/commit_log.h"

#include "core/base/limits.h"
#include "core/storage/log_leader.h"
#include "core/storage/log_replay.h"

namespace ringlet {
namespace {

class NodeCommitLog final : public CommitLog {
 public:
  NodeCommitLog(Env& env, LocalStore& local, const LogOptions& options);

  Task<Result<std::optional<SegmentId>>> replay(Replay replay, LogReplayReport& report, LogReplayRoom room);
  void start_periodic_sync();

  Task<Status> append(std::span<LogAppend> records, ShardId shard, const RequestContext* context) override;
  void release(TableId table, ShardId shard, std::vector<LogUse> uses, std::optional<SegmentId> outlive) override;
  void on_pressure(std::function<void(TableId, ShardId)> flush) override { leader_.on_pressure = std::move(flush); }
  LogPosition end() const override { return leader_.end(); }
  Task<Status> sync() override { return submit(LogRequest::Kind::sync); }
  Task<Status> stop() override;
  Counts counts() const override;

 private:
  // One place to lead from for every executor: a coroutine that sleeps until its executor's thread finds the log idle.
  struct Pump {
    Executor* executor = nullptr;
    Task<void> task;
    std::coroutine_handle<> asleep;
  };
  struct Sleep;
  struct Submit;
  struct Nap;

  Pump* pump_of(const Executor* executor);
  Task<void> lead(Pump& pump);
  Task<Status> submit(LogRequest::Kind kind);
  Task<Status> submit(LogRequest& request);
  Task<void> sync_periodically();
  void end_nap();

  Env& env_;
  LocalStore& local_;
  const LogOptions options_;
  LogQueue queue_;
  LogRequestList waiting_;  // the leader's: taken from the queue and not yet answered
  LogLeader leader_;
  std::vector<Pump> pumps_;

  // Mode periodic; all of it belongs to the first shard's thread.
  Task<void> periodic_;
  bool periodic_running_ = false, periodic_stopping_ = false;
  TimerId nap_timer_;
  std::coroutine_handle<> napping_;
};

NodeCommitLog::NodeCommitLog(Env& env, LocalStore& local, const LogOptions& options)
    : env_(env), local_(local), options_(options), leader_(env, local, options) {
  MUST(!env.shards.empty());
  std::vector<Executor*> executors = env.shards;
  executors.push_back(&env.local);
  executors.push_back(&env.background);
  pumps_.resize(executors.size());
  for (size_t i = 0; i < executors.size(); ++i) {
    pumps_[i].executor = executors[i];
    pumps_[i].task = lead(pumps_[i]);
    pumps_[i].asleep = pumps_[i].task.operator co_await().handle;
  }
}

// The oldest segment from which a position can come up again.
Task<Result<std::optional<SegmentId>>> NodeCommitLog::replay(Replay replay, LogReplayReport& report,
                                                             LogReplayRoom room) {
  CO_TRY(const std::optional<LogList> list, co_await stored_log_list(local_));
  LogReplayWork work{env_.disk, leader_.files(), list, std::move(replay), room.wanted, {}, report};
  work.make_room = [this, &room]() { return room.make(*this); };
  CO_TRY(const LogReplayed found, co_await replay_log(work));
  leader_.continue_after(found.end);
  leader_.files().note_synced(found.end.segment, found.end.offset);  // a start syncs what it shows
  const LogList now = leader_.files().needed();
  if (list != now) CO_TRY_STATUS(co_await store_log_list(local_, now));
  co_return found.oldest;
}

// --- leading --------------------------------------------------------------------------------------------------------

struct NodeCommitLog::Sleep {
  Pump& pump;
  bool await_ready() const { return false; }
  void await_suspend(std::coroutine_handle<> h) const { pump.asleep = h; }
  void await_resume() const {}
};

Task<void> NodeCommitLog::lead(Pump& pump) {
  for (;;) {
    do {
      if (options_.mode == LogMode::group && options_.window > Duration{})
        co_await pump.executor->sleep_until(env_.clock.now() + options_.window);
      queue_.take(waiting_);
      co_await leader_.serve(waiting_);
      // Who was just answered may write again at once: all of them ride on the next sync, and not half of them on each.
      if (options_.mode == LogMode::group) co_await pump.executor->yield();
    } while (!queue_.step_down());
    // Another thread may lead by now; only this pump's own fields are touched from here.
    co_await Sleep{pump};
  }
}

NodeCommitLog::Pump* NodeCommitLog::pump_of(const Executor* executor) {
  for (Pump& pump : pumps_) {
    if (pump.executor == executor) return &pump;
  }
  return nullptr;
}

// Pushes the request and suspends; whoever finds the log idle runs the pump of its own executor at once.
struct NodeCommitLog::Submit {
  LogQueue& queue;
  Pump& pump;
  LogRequest& request;
  bool await_ready() const { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> h) const {
    Pump& mine = pump;  // once pushed, the request may be answered and this frame gone
    request.executor = mine.executor;
    request.waiter = h;
    if (queue.push(&request)) return mine.asleep;
    return std::noop_coroutine();
  }
  void await_resume() const {}
};

// --- what callers see -----------------------------------------------------------------------------------------------

Task<Status> NodeCommitLog::append(std::span<LogAppend> records, ShardId shard, const RequestContext* context) {
  MUST(!records.empty());
  for (const LogAppend& each : records)
    if (each.record.size() > kLogRecordBytesMax)
      co_return fail(Errc::invalid, "a mutation of " + std::to_string(each.record.size()) +
                                        " bytes is more than the commit log takes (" +
                                        std::to_string(kLogRecordBytesMax) + ")");
  LogRequest request;
  request.shard = shard;
  request.records = records;
  request.context = context;
  co_return co_await submit(request);
}

Task<Status> NodeCommitLog::submit(LogRequest::Kind kind) {
  LogRequest request;
  request.kind = kind;
  co_return co_await submit(request);
}

Task<Status> NodeCommitLog::submit(LogRequest& request) {
  Executor* home = Executor::current();
  Pump* pump = pump_of(home);
  if (pump == nullptr) {
    pump = &pumps_.front();
    co_await pump->executor->hop();
  }
  co_await Submit{queue_, *pump, request};
  if (home != pump->executor) co_await home->hop();
  co_return std::move(request.status);
}

void NodeCommitLog::release(TableId table, ShardId shard, std::vector<LogUse> uses, std::optional<SegmentId> outlive) {
  leader_.push_release(new LogRelease{table, shard, std::move(uses), outlive});
}

Task<Status> NodeCommitLog::stop() {
  Executor* home = Executor::current();
  co_await env_.shards.front()->hop();
  end_nap();
  co_await home->hop();
  Status status = co_await submit(LogRequest::Kind::stop);
  co_await env_.shards.front()->hop();
  while (periodic_running_) co_await env_.shards.front()->yield();  // a sync of its own has been answered by now
  // Whoever led last has gone to sleep once its executor has had two more turns: in the first it looks for company.
  for (const Pump& pump : pumps_)
    for (int turn = 0; turn < 2; ++turn) co_await pump.executor->yield();
  co_await home->hop();
  co_return status;
}

CommitLog::Counts NodeCommitLog::counts() const {
  const LogCounters& c = leader_.counters;
  return {c.bytes_written.load(), c.syncs.load(),  c.records.load(),           c.segments.load(),
          c.live_bytes.load(),    c.groups.load(), c.page_bytes_written.load()};
}

// --- mode periodic --------------------------------------------------------------------------------------------------

struct NodeCommitLog::Nap {
  NodeCommitLog& log;
  bool await_ready() const { return log.periodic_stopping_; }
  void await_suspend(std::coroutine_handle<> h) const {
    log.napping_ = h;
    log.nap_timer_ = log.env_.shards.front()->start_timer(log.env_.clock.now() + log.options_.period, h);
  }
  void await_resume() const { log.napping_ = {}; }
};

void NodeCommitLog::start_periodic_sync() {
  if (options_.mode != LogMode::periodic) return;
  periodic_running_ = true;
  periodic_ = sync_periodically();
  periodic_.operator co_await().handle.resume();
}

Task<void> NodeCommitLog::sync_periodically() {
  co_await env_.shards.front()->yield();
  while (!periodic_stopping_) {
    co_await Nap{*this};
    // A failure is kept in the log: every later append fails until the disk takes a new segment.
    if (!periodic_stopping_ && leader_.has_unsynced()) (void)co_await submit(LogRequest::Kind::start_sync);
  }
  periodic_running_ = false;
}

void NodeCommitLog::end_nap() {
  periodic_stopping_ = true;
  Executor& first = *env_.shards.front();
  if (napping_ && first.cancel_timer(nap_timer_)) first.post(napping_);
}

}  // namespace

Task<Result<LogPosition>> CommitLog::append_one(TableId table, ShardId shard, BytesView record, bool durable,
                                                const RequestContext* context) {
  LogAppend one{table, record, durable, {}};
  CO_TRY_STATUS(co_await append({&one, 1}, shard, context));
  co_return one.end;
}

Task<Result<std::unique_ptr<CommitLog>>> CommitLog::open(Env& env, LocalStore& local, LogOptions options, Replay replay,
                                                         LogReplayReport& report, LogReplayRoom room) {
  Executor* home = Executor::current();
  co_await env.local.hop();
  auto log = std::make_unique<NodeCommitLog>(env, local, options);
  local.reserve().keep(options.reserve_segments * options.segment_bytes);
  const std::string folder(kLogFolder);
  Status status = env.disk.make_directory(folder);
  if (status) status = env.disk.sync_directory("");
  if (status) {
    const auto oldest = co_await log->replay(std::move(replay), report, std::move(room));
    if (!oldest)
      status = fail(oldest.error());
    else if (*oldest)
      status = co_await local.forget_flushed_before((*oldest)->raw);
  }
  if (status) log->start_periodic_sync();
  if (home != nullptr) co_await home->hop();
  if (!status) co_return fail(std::move(status).error());
  co_return std::unique_ptr<CommitLog>(std::move(log));
}

}  // namespace ringlet
