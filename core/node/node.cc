#include "core/node/node.h"

#include <algorithm>

#include "core/data/logged_mutation.h"
#include "core/node/snapshot_folder.h"
#include "core/storage/flushed_positions.h"
#include "core/storage/stray_files.h"

namespace ringlet {
namespace {

// Evenly spaced ring positions. None is the ring's minimum, which cqlsh's COPY passes over.
std::vector<Token> even_tokens(size_t count) {
  std::vector<Token> tokens;
  const uint64_t step = UINT64_MAX / count;
  for (size_t i = 0; i < count; ++i)
    tokens.push_back(Token{static_cast<int64_t>((step * i + step / 2) ^ (uint64_t{1} << 63))});
  return tokens;
}
constexpr size_t kTokens = 16;

}  // namespace

Node::Node(Env& env, NodeOptions options) : env_(env), options_(std::move(options)), info_(options_.info) {
  compaction_budget_ = std::make_shared<CompactionBudget>(options_.compaction_bytes_per_second);
  listeners_.resize(env_.shards.size());
  for (size_t s = 0; s < env_.shards.size(); ++s) behind_.push_back(std::make_unique<TaskGroup>());
}

Node::~Node() = default;

Task<Result<std::unique_ptr<Node>>> Node::start(Env& env, NodeOptions options) {
  std::unique_ptr<Node> node(new Node(env, std::move(options)));
  const Status opened = co_await node->open();
  if (!opened) {
    (void)co_await node->stop(env.clock.now());
    co_return fail(opened.error());
  }
  co_return node;
}

Task<Status> Node::open() {
  const auto shard_count = static_cast<uint16_t>(env_.shards.size());
  CO_TRY(memory_, plan_memory(options_.memory_bytes, shard_count));
  CO_TRY(lock_, env_.disk.lock("LOCK"));
  for (const char* folder : {"commitlog", "sstables", "hints", "snapshots", "backups", "certs"})
    CO_TRY_STATUS(env_.disk.make_directory(folder));
  // A node killed after it made a table's folder may have left its name unsynced: nothing is built on it before this.
  CO_TRY_STATUS(env_.disk.sync_directory("sstables"));
  CO_TRY_STATUS(clear_half_snapshots(env_.disk));
  CO_TRY(local_, co_await open_or_rebuild(env_, rebuild_report_));
  CO_TRY_STATUS(co_await load_identity());
  CO_TRY(catalog_, co_await Catalog::open(*local_));

  std::vector<std::unique_ptr<Shard>> shards;
  EngineOptions engine;
  engine.memtable_bytes = memory_.memtable_bytes;
  engine.cache_bytes = memory_.cache_bytes;
  engine.read_bytes = memory_.read_bytes;
  engine.compaction = options_.compaction;
  engine.budget = compaction_budget_;
  backups_ = std::make_unique<Backups>(env_, *local_, options_.warn);
  engine.keeper = backups_.get();
  engine.warn = options_.warn;
  for (uint16_t s = 0; s < shard_count; ++s)
    shards.push_back(std::make_unique<Shard>(env_, ShardId{s}, shard_count, *local_, engine));
  shards_ = std::make_unique<Shards>(std::move(shards));

  CO_TRY(const ManifestState manifest, co_await settled_manifest());
  CO_TRY(strays_, clear_strays(env_.disk, manifest));
  if (strays_.left.empty() && !manifest.dead.empty()) CO_TRY_STATUS(co_await local_->forget_dead(manifest.dead));
  for (const std::string& left : strays_.left)
    if (options_.warn) options_.warn(left + ": the file is dead, and takes space until a start can unlink it");
  CO_TRY_STATUS(open_tables(manifest));
  CO_TRY_STATUS(co_await backups_->open(manifest, catalog_->schema(), shard_count, options_.incremental_backups));
  CO_TRY_STATUS(co_await open_log(manifest));
  clock_mark_ = std::make_unique<ClockMark>(env_, *local_, *shards_);
  CO_TRY_STATUS(co_await clock_mark_->begin());
  CO_TRY_STATUS(co_await run_shards(manifest));
  spawn_here(clock_mark_->keep());
  foreign_files_ = std::make_unique<ForeignFiles>(env_, *local_, *shards_, manifest.id);
  spawn_here(foreign_files_->split_all(manifest.live));
  make_snapshots(manifest.id);
  auto_snapshots_ = std::make_unique<AutoSnapshots>(env_, *local_, *shards_, *snapshots_, options_.auto_snapshot_hours);
  CO_TRY_STATUS(co_await auto_snapshots_->begin());
  spawn_here(auto_snapshots_->keep());
  spawn_here(backups_->keep_on());
  CO_TRY_STATUS(co_await measure_flash());
  // Before the first client: from now on what a batch brings is in the log like any write.
  left_batches_ = std::make_unique<LeftBatches>(env_, *shards_);
  co_await left_batches_->apply_once();
  spawn_here(left_batches_->keep());
  prepared_ = std::make_unique<PreparedTexts>(*local_);
  CO_TRY_STATUS(co_await prepared_->load());
  info_.started = env_.clock.wall();
  info_.shards = shard_count;
  info_.memory_bytes = options_.memory_bytes;
  for (uint16_t s = 0; s < shard_count; ++s) {
    coordinators_.push_back(std::make_unique<Coordinator>(*shards_, ShardId{s}));
    processors_.push_back(make_query_processor({env_, *coordinators_.back(), *catalog_, *prepared_, info_,
                                                [this](const SchemaChange& change) { announce(change); },
                                                [this](ShardId shard) { return clients_of(shard); },
                                                [this](Task<void> task) { spawn_here(std::move(task)); },
                                                [this](bool drop, std::string keyspace, std::string table) {
                                                  return before_loss(drop, {std::move(keyspace), std::move(table)});
                                                }}));
  }
  catalog_->on_change(
      [this](SchemaRef before, SchemaRef after) { return carry_out(std::move(before), std::move(after)); });
  co_return Status{};
}

// A crash between the command that dropped a table and the end of its files left them live: they die now.
Task<Result<ManifestState>> Node::settled_manifest() {
  CO_TRY(ManifestState manifest, co_await local_->manifest());
  const SchemaRef schema = with_system_keyspaces(catalog_->schema());
  std::set<TableId> gone;
  for (const ManifestFile& file : manifest.live)
    if (!schema->table(file.table)) gone.insert(file.table);
  if (gone.empty()) co_return manifest;
  ManifestEdit edit;
  edit.dropped_tables.assign(gone.begin(), gone.end());
  CO_TRY_STATUS(co_await local_->edit_manifest(std::move(edit)));
  co_return co_await local_->manifest();
}

Task<Status> Node::load_identity() {
  CO_TRY(const auto stored, co_await local_->setting("host-id"));
  if (stored && stored->size() == 16) {
    info_.host_id = uuid_from_bytes(*stored);
  } else {
    const auto dice = env_.rng.stream("host-id");
    const uint64_t high = dice->next(), low = dice->next();
    info_.host_id = random_uuid(high, low);
    CO_TRY_STATUS(co_await local_->set_setting("host-id", Bytes(info_.host_id.bytes())));
  }
  info_.tokens = even_tokens(kTokens);
  co_return co_await begin_counter_epoch();
}

// After an unclean end nobody knows which increments were counted last: this run counts into shards of its own.
Task<Status> Node::begin_counter_epoch() {
  CO_TRY(const auto ended, co_await local_->setting("clean-end"));
  CO_TRY(const auto stored, co_await local_->setting("counter-epoch"));
  if (ended && *ended == "yes" && stored && stored->size() == 16) {
    info_.counter_epoch = uuid_from_bytes(*stored);
  } else {
    const auto dice = env_.rng.stream("counter-epoch");
    const uint64_t high = dice->next(), low = dice->next();
    info_.counter_epoch = random_uuid(high, low);
    CO_TRY_STATUS(co_await local_->set_setting("counter-epoch", Bytes(info_.counter_epoch.bytes())));
  }
  co_return co_await local_->set_setting("clean-end", "no");
}

std::vector<ConnectedClient> Node::clients_of(ShardId shard) {
  return list_clients_ ? list_clients_(shard) : std::vector<ConnectedClient>{};
}

Status Node::open_tables(const ManifestState& manifest) {
  const SchemaRef schema = catalog_->schema();
  for (uint16_t s = 0; s < shards_->count(); ++s) {
    Shard& shard = (*shards_)[ShardId{s}];
    shard.schema = schema;
    for (const auto& [name, keyspace] : schema->keyspaces)
      for (const auto& [table_name, table] : keyspace->tables) TRY_STATUS(shard.engine.open_table(table, manifest));
    for (const TableRef& table : stored_system_tables()) TRY_STATUS(shard.engine.open_table(table, manifest));
  }
  return {};
}

Task<Status> Node::open_log(const ManifestState& manifest) {
  const FlushedPositions flushed(manifest);
  const SchemaRef schema = catalog_->schema();
  CommitLog::Replay replay = [&](const LogRecord& record) -> Result<std::optional<ShardId>> {
    if (flushed.covers(record)) return std::nullopt;
    if (record.table == kBatchTable) return replay_batch(record);
    if (!schema->table(record.table)) return std::nullopt;  // dropped
    TRY(Mutation mutation, decode_mutation_body(record.table, record.payload));
    if (flushed.covers(record.table, mutation.token, record.end)) return std::nullopt;
    const ShardId owner = shards_->owner_of(mutation.token);
    TRY_STATUS((*shards_)[owner].engine.replay(std::move(mutation), record.end, record.payload.size()));
    return owner;
  };
  LogOptions log = options_.log;
  log.bytes_max = memory_.log_bytes;
  LogReplayRoom room;
  room.wanted = [this] {
    for (uint16_t s = 0; s < shards_->count(); ++s)
      if ((*shards_)[ShardId{s}].engine.replay_full()) return true;
    return false;
  };
  room.make = [this, id = manifest.id](CommitLog& being_opened) { return flush_replayed(being_opened, id); };
  CO_TRY(log_, co_await CommitLog::open(env_, *local_, log, replay, replay_report_, room));
  settle_batches();
  log_->on_pressure([this](TableId table, ShardId shard) { flush_for_log(table, shard); });
  co_return Status{};
}

// A batch whose end is not in the log either: all of it is applied once the shards run.
Result<std::optional<ShardId>> Node::replay_batch(const LogRecord& record) {
  TRY(auto batch, decode_batch(record.payload));
  if (const auto* done = std::get_if<BatchDone>(&batch)) {
    const auto at = open_batches_.find(done->id);
    if (at == open_batches_.end()) return std::nullopt;
    const auto& [holder, begun] = at->second;
    ended_batch_bytes_[{holder, begun.begun.segment}] += begun.record.size();
    batch_ends_.insert({record.end.segment, begun.begun.segment});
    open_batches_.erase(at);
    return std::nullopt;
  }
  const Uuid id = std::get<BatchBegun>(batch).id;
  const ShardId holder{static_cast<uint16_t>(record.shard.raw % shards_->count())};
  open_batches_[id] = {holder, {id, record.end, Bytes(record.payload)}};
  return holder;
}

void Node::settle_batches() {
  for (const auto& [end, begun] : batch_ends_) log_->release(kBatchTable, {}, {{end, 0}}, begun);
  for (const auto& [where, bytes] : ended_batch_bytes_)
    log_->release(kBatchTable, where.first, {{where.second, bytes}});
  for (auto& [id, batch] : open_batches_) (*shards_)[batch.first].engine.leave_batch(std::move(batch.second));
  batch_ends_.clear();
  ended_batch_bytes_.clear();
  open_batches_.clear();
}

// On the local executor's thread: nothing runs on the shards yet.
Task<Status> Node::flush_replayed(CommitLog& log, Uuid manifest) {
  for (uint16_t s = 0; s < shards_->count(); ++s)
    CO_TRY_STATUS(co_await (*shards_)[ShardId{s}].engine.flush_replayed(log, manifest));
  co_return Status{};
}

Task<Status> Node::run_shards(const ManifestState& manifest) {
  auto run = [this, &manifest](Shard& shard) -> Task<Status> {
    shard.engine.run(*log_, manifest.id);
    co_return Status{};
  };
  co_return co_await shards_->run_on_all(run);
}

void Node::make_snapshots(Uuid manifest) {
  snapshots_ = std::make_unique<Snapshots>(Snapshots::Parts{
      .env = env_,
      .local = *local_,
      .catalog = *catalog_,
      .shards = *shards_,
      .budget = *compaction_budget_,
      .backups = *backups_,
      .manifest = manifest,
      .announce = [this](const SchemaChange& change) { announce(change); },
      .split = [this](std::vector<ManifestFile> files) { spawn_here(foreign_files_->split_all(std::move(files))); }});
}

Task<Status> Node::before_loss(bool drop, TableScope scope) {
  Executor& home = *Executor::current();
  co_await env_.shards.front()->hop();
  const Status kept = drop ? co_await auto_snapshots_->before_drop(std::move(scope))
                           : co_await auto_snapshots_->before_truncate(std::move(scope));
  co_await home.hop();
  co_return kept;
}

Task<Status> Node::measure_flash() {
  flash_ = std::make_unique<FlashMeter>(FlashMeter::Sources{env_, *local_, *log_, *shards_, *compaction_budget_,
                                                            [this] { return foreign_files_->written_bytes(); },
                                                            [this] { return snapshots_->written_bytes(); }},
                                        options_.flash_write_budget);
  CO_TRY_STATUS(co_await flash_->begin());
  spawn_here(flash_->keep());
  co_return Status{};
}

Task<Status> Node::carry_out(SchemaRef before, SchemaRef after) {
  const Status told = co_await backups_->schema_changes(after);
  auto change = [&](Shard& shard) -> Task<Status> {
    std::vector<TableId> gone;
    for (const auto& [name, keyspace] : after->keyspaces)
      for (const auto& [table_name, table] : keyspace->tables) {
        const TableRef old = before->table(table->id);
        if (!old)
          CO_TRY_STATUS(shard.engine.create_table(table));
        else if (old != table)
          shard.engine.alter_table(table);
      }
    shard.schema = after;
    for (const auto& [name, keyspace] : before->keyspaces)
      for (const auto& [table_name, table] : keyspace->tables)
        if (!after->table(table->id)) gone.push_back(table->id);
    for (const TableId& id : gone) CO_TRY_STATUS(co_await shard.engine.drop_table(id));
    co_return Status{};
  };
  const Status changed = co_await shards_->run_on_all(change);
  co_return changed ? told : changed;
}

void Node::spawn_here(Task<void> task) {
  const auto here = std::ranges::find(env_.shards, Executor::current());
  MUST(here != env_.shards.end());
  behind_[static_cast<size_t>(here - env_.shards.begin())]->spawn(std::move(task));
}

void Node::flush_for_log(TableId table, ShardId shard) {
  auto flush = [](Shards& shards, TableId t, ShardId s) -> Task<void> {
    auto ask = [t](Shard& owner) -> Task<Status> {
      owner.engine.on_log_pressure(t);
      co_return Status{};
    };
    (void)co_await shards.run_on(s, ask);  // a full mailbox: the log asks again
  };
  spawn_here(flush(*shards_, table, shard));
}

void Node::announce(const SchemaChange& change) {
  auto tell = [](Node& node, ShardId shard, SchemaChange what) -> Task<void> {
    auto say = [&](Shard&) -> Task<Status> {
      if (node.listeners_[shard.raw]) node.listeners_[shard.raw](what);
      co_return Status{};
    };
    (void)co_await node.shards_->run_on(shard, say);
  };
  for (uint16_t s = 0; s < shards_->count(); ++s) spawn_here(tell(*this, ShardId{s}, change));
}

Task<Status> Node::stop(Instant deadline) {
  Status status;
  const auto note = [&status](const Status& s) {
    if (!s && status) status = s;
  };
  if (auto_snapshots_) auto_snapshots_->stop();
  if (snapshots_) co_await snapshots_->stop();
  if (backups_) backups_->stop();
  if (clock_mark_) clock_mark_->stop();
  if (foreign_files_) foreign_files_->stop();
  if (left_batches_) left_batches_->stop();
  if (flash_) flash_->stop();
  auto settle = [this](Shard& shard) -> Task<Status> {
    co_await behind_[shard.id.raw]->join();
    co_return Status{};
  };
  if (shards_) note(co_await shards_->run_on_all(settle));
  const bool served = !processors_.empty();
  processors_.clear();
  if (prepared_) co_await prepared_->stop();
  if (shards_ && log_) {
    auto stop = [&](Shard& shard) { return shard.engine.stop(deadline); };
    note(co_await shards_->run_on_all(stop));
    if (clock_mark_) note(co_await clock_mark_->store_exact());
    if (flash_) note(co_await flash_->store_exact());
    note(co_await log_->stop());
    note(co_await shards_->run_on_all(settle));  // the log may have asked for flushes until now
    if (status && served) note(co_await local_->set_setting("clean-end", "yes"));
  }
  if (local_) note(co_await local_->close());
  co_return status;
}

}  // namespace ringlet
