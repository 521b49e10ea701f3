#include "core/storage/compaction_run.h"

#include <algorithm>
#include <optional>

#include "core/base/must.h"
#include "core/data/keys.h"
#include "core/data/reconcile.h"
#include "core/local/disk_reserve.h"
#include "core/storage/compaction_input.h"
#include "core/storage/compaction_levels.h"
#include "core/storage/compaction_pause.h"
#include "core/storage/merge_stream.h"
#include "core/storage/sstable_salvage.h"

namespace ringlet {
namespace {

constexpr uint64_t kStepBytes = 64u << 10;  // between looks at the clock, the budget and the cancel flag

class Merge {
 public:
  Merge(Disk& disk, const Clock& clock, CompactionWork work)
      : disk_(disk),
        clock_(clock),
        work_(std::move(work)),
        pause_(clock, {work_.budget, work_.cancelled, work_.background, work_.small}) {
    if (work_.budget != nullptr) work_.budget->begin(work_.small);
  }
  Merge(const Merge&) = delete;

  // Unless kept, what was written goes.
  ~Merge() {
    if (work_.budget != nullptr) work_.budget->end(work_.small);
    if (kept_) return;
    writer_.reset();
    for (const CompactionOutput& output : result_.outputs) (void)disk_.remove(sstable_path(work_.table->id, output.id));
  }

  Task<Result<CompactionResult>> run() {
    CO_TRY_STATUS(open());
    for (bool more = true; more;) {
      CO_TRY_STATUS(pause_.going_on());
      if (work_.reserve != nullptr && work_.reserve->full()) co_return fail(work_.reserve->refusal());
      CO_TRY(more, step());
      co_await pause_.wait(pace());
    }
    CO_TRY_STATUS(finish_output());
    kept_ = true;
    co_return std::move(result_);
  }

 private:
  Status open() {
    if (work_.salvage != nullptr) return open_salvage();
    TRY(CompactionInputs inputs, open_inputs(disk_, work_.table->id, work_.inputs, everything_, work_.damaged));
    result_.bytes_read = inputs.file_bytes;
    data_bytes_ = inputs.data_bytes;
    if (work_.progress != nullptr) work_.progress->bytes_total = data_bytes_;
    // A lone run too has its deletions applied before any of them is dropped.
    if (inputs.runs.size() == 1)
      merged_ = apply_own_deletions(std::move(inputs.runs.front()), false);
    else
      merged_ = merge_streams(std::move(inputs.runs), false);
    return {};
  }

  Status open_salvage() {
    MUST(work_.inputs.size() == 1);
    const auto opened =
        SstableReader::open(disk_, work_.table->id, work_.inputs[0], SstableAccess::background, nullptr);
    if (!opened && opened.error().code == Errc::corrupt) {
      work_.salvage->first_damage = opened.error().detail;
      work_.salvage->all_lost = true;
      merged_ = merge_streams({}, false);
      return {};
    }
    TRY(const auto reader, opened);
    result_.bytes_read = reader->statistics().file_bytes;
    data_bytes_ = reader->statistics().data_bytes;
    if (work_.progress != nullptr) work_.progress->bytes_total = data_bytes_;
    TRY(auto salvaged, reader->salvage(*work_.salvage));
    merged_ = apply_own_deletions(std::move(salvaged), false);
    return {};
  }

  // A stretch of fragments. False: that was the last.
  Result<bool> step() {
    Fragment fragment;
    for (uint64_t bytes = 0; bytes < kStepBytes;) {
      TRY(const Step step, merged_->next(fragment));
      if (step == Step::end) return false;
      if (step == Step::blocked) break;  // not for the medium: background streams do not wait
      const uint64_t cost = fragment.position.size() + fragment.row.size() + 8;
      bytes += cost;
      data_done_ += cost;
      TRY_STATUS(take(fragment));
    }
    return true;
  }

  Status take(Fragment& fragment) {
    switch (fragment.kind) {
      case Fragment::Kind::partition:
        return begin_partition(fragment);
      case Fragment::Kind::marker:
        forget(fragment.before);
        forget(fragment.after);
        return fragment.before == fragment.after ? Status{} : write(fragment);
      default:
        kept_row_.clear();
        purge_row(fragment.row, *work_.table, rule_, kept_row_);
        fragment.row = kept_row_;
        return kept_row_.empty() ? Status{} : write(fragment);
    }
  }

  // Files are cut between partitions only, and only where parts of the ring meet.
  Status begin_partition(Fragment& fragment) {
    const Token token = token_of_prefix(fragment.prefix);
    if (!is_kept(token)) {
      merged_->skip_partition();
      return {};
    }
    const uint32_t part = part_at(token, work_.parts);
    if (std::exchange(part_, part) != part) TRY_STATUS(finish_output());
    rule_ = {work_.now, work_.gc_before, oldest_elsewhere(fragment.prefix)};
    forget(fragment.deletion);
    prefix_ = fragment.prefix;
    deletion_ = fragment.deletion;
    announced_ = false;
    return deletion_.none() ? Status{} : announce();
  }

  bool is_kept(Token token) const {
    const auto holds = [token](const TokenSpan& span) { return span.first <= token && token <= span.last; };
    return !work_.keep || std::ranges::any_of(*work_.keep, holds);
  }

  Timestamp oldest_elsewhere(BytesView prefix) const {
    Timestamp oldest = work_.purge_below;
    for (const Elsewhere& other : work_.elsewhere) {
      if (prefix >= other.first_prefix && prefix <= other.last_prefix) oldest = std::min(oldest, other.min_timestamp);
    }
    return oldest;
  }

  void forget(Deletion& deletion) const {
    if (!deletion.none() && purgeable(deletion, rule_)) deletion = {};
  }

  // The partition is told to the writer once something of it is left.
  Status announce() {
    announced_ = true;
    if (!writer_) TRY_STATUS(begin_output());
    return writer_->add({.kind = Fragment::Kind::partition, .prefix = prefix_, .deletion = deletion_});
  }

  Status write(const Fragment& fragment) {
    if (!announced_) TRY_STATUS(announce());
    return writer_->add(fragment);
  }

  Status begin_output() {
    MUST(next_id_ < work_.output_ids.size());
    work_.output.id = work_.output_ids[next_id_++];
    work_.output.compacted_from = work_.inputs;
    TRY(writer_, SstableWriter::create(disk_, work_.table, work_.output));
    return {};
  }

  Status finish_output() {
    if (!writer_) return {};
    TRY(SstableStatistics statistics, writer_->finish());
    result_.bytes_written += statistics.file_bytes;
    result_.outputs.push_back({work_.output.id, std::move(statistics)});
    writer_.reset();
    return {};
  }

  // What was read and written since the last step, charged to the budget.
  Instant pace() {
    const double compressed =
        data_bytes_ == 0 ? 1.0 : static_cast<double>(result_.bytes_read) / static_cast<double>(data_bytes_);
    const uint64_t written = result_.bytes_written + (writer_ ? writer_->bytes() : 0);
    const auto moved = static_cast<uint64_t>(static_cast<double>(data_done_) * compressed) + written;
    if (work_.progress != nullptr) {
      work_.progress->bytes_done = std::min(data_done_, data_bytes_);
      work_.progress->bytes_written = written;
    }
    const uint64_t charged = std::exchange(charged_, std::max(charged_, moved));
    return work_.budget == nullptr ? Instant{} : work_.budget->take(charged_ - charged, clock_.now());
  }

  Disk& disk_;
  const Clock& clock_;
  CompactionWork work_;
  CompactionPause pause_;
  const ReadRange everything_;
  std::unique_ptr<FragmentStream> merged_;
  std::unique_ptr<SstableWriter> writer_;
  size_t next_id_ = 0;
  uint32_t part_ = 0;  // of the ring, that the current output lies in
  PurgeRule rule_{};
  Bytes prefix_, kept_row_;
  Deletion deletion_;
  bool announced_ = false;
  uint64_t data_bytes_ = 0, data_done_ = 0, charged_ = 0;
  CompactionResult result_;
  bool kept_ = false;
};

struct FileCheckWork {
  Disk& disk;
  const Clock& clock;
  const VerifyWork& work;
  CompactionPause& pause;
};

Task<Status> check_file(FileCheckWork on, FileId id) {
  CO_TRY(const auto reader, SstableReader::open(on.disk, on.work.table, id, SstableAccess::background, nullptr));
  CO_TRY(const auto check, reader->check());
  uint64_t counted = 0;
  for (bool more = true; more;) {
    CO_TRY_STATUS(on.pause.going_on());
    while (more && check->bytes_done() - counted < kStepBytes) {
      CO_TRY(more, check->step());
    }
    const uint64_t moved = check->bytes_done() - std::exchange(counted, check->bytes_done());
    if (on.work.progress != nullptr) on.work.progress->bytes_done += moved;
    const Instant when = on.work.budget == nullptr ? Instant{} : on.work.budget->take(moved, on.clock.now());
    co_await on.pause.wait(when);
  }
  co_return Status{};
}

}  // namespace

Task<Result<std::vector<std::pair<FileId, std::string>>>> run_verify(Disk& disk, const Clock& clock, VerifyWork work) {
  std::vector<std::pair<FileId, std::string>> damage;
  CompactionPause pause(clock, {work.budget, work.cancelled, work.background, false});
  const FileCheckWork on{disk, clock, work, pause};
  for (const FileId id : work.files) {
    const Status checked = co_await check_file(on, id);
    if (checked) continue;
    if (checked.error().code == Errc::cancelled) co_return fail(checked.error());
    damage.emplace_back(id, checked.error().detail);
  }
  co_return damage;
}

Task<Result<CompactionResult>> run_compaction(Disk& disk, const Clock& clock, CompactionWork work) {
  Merge merge(disk, clock, std::move(work));
  co_return co_await merge.run();
}

}  // namespace ringlet
