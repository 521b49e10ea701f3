#include "core/storage/compaction_run.h"

#include <algorithm>
#include <optional>

#include "core/base/must.h"
#include "core/data/reconcile.h"
#include "core/env/executor.h"
#include "core/storage/merge_stream.h"

namespace ringlet {
namespace {

constexpr uint64_t kStepBytes = 64u << 10;  // between looks at the clock, the budget and the cancel flag

class Merge {
 public:
  Merge(Disk& disk, const Clock& clock, CompactionWork work) : disk_(disk), clock_(clock), work_(std::move(work)) {}
  Merge(const Merge&) = delete;

  // Unless kept, what was written goes.
  ~Merge() {
    if (kept_) return;
    writer_.reset();
    for (const CompactionOutput& output : result_.outputs) (void)disk_.remove(sstable_path(work_.table->id, output.id));
  }

  Task<Result<CompactionResult>> run() {
    CO_TRY_STATUS(open_inputs());
    for (bool more = true; more;) {
      CO_TRY_STATUS(check());
      CO_TRY(more, step());
      const Instant when = pace();
      if (Executor* const executor = Executor::current()) {
        if (when > clock_.now())
          co_await executor->sleep_until(when);
        else
          co_await executor->yield_if_due();
      }
    }
    CO_TRY_STATUS(finish_output());
    kept_ = true;
    co_return std::move(result_);
  }

 private:
  Status open_inputs() {
    std::vector<std::unique_ptr<FragmentStream>> streams;
    for (const FileId id : work_.inputs) {
      TRY(auto reader, SstableReader::open(disk_, work_.table->id, id, SstableAccess::background, nullptr));
      result_.bytes_read += reader->statistics().file_bytes;
      data_bytes_ += reader->statistics().data_bytes;
      streams.push_back(reader->stream(everything_));
    }
    if (work_.progress != nullptr) work_.progress->bytes_total = data_bytes_;
    // A lone file too has its deletions applied before any of them is dropped.
    if (streams.size() == 1)
      merged_ = apply_own_deletions(std::move(streams.front()), false);
    else
      merged_ = merge_streams(std::move(streams), false);
    return {};
  }

  Status check() const {
    if (work_.cancelled == nullptr || !work_.cancelled->load(std::memory_order_relaxed)) return {};
    return fail(Errc::cancelled, "compaction cancelled");
  }

  // A stretch of fragments. False: that was the last.
  Result<bool> step() {
    Fragment fragment;
    for (uint64_t bytes = 0; bytes < kStepBytes;) {
      TRY(const Step step, merged_->next(fragment));
      if (step == Step::end) return false;
      MUST(step == Step::fragment);  // background streams do not wait
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

  // Files are split between partitions only: where one partition is the whole file, that file is as large as it is.
  Status begin_partition(Fragment& fragment) {
    const bool full = work_.target_file_bytes > 0 && writer_ && writer_->bytes() >= work_.target_file_bytes;
    if (full && next_id_ < work_.output_ids.size()) TRY_STATUS(finish_output());
    rule_ = {work_.now, work_.gc_before, oldest_elsewhere(fragment.prefix)};
    forget(fragment.deletion);
    prefix_ = fragment.prefix;
    deletion_ = fragment.deletion;
    announced_ = false;
    return deletion_.none() ? Status{} : announce();
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
  const ReadRange everything_;
  std::unique_ptr<FragmentStream> merged_;
  std::unique_ptr<SstableWriter> writer_;
  size_t next_id_ = 0;
  PurgeRule rule_{};
  Bytes prefix_, kept_row_;
  Deletion deletion_;
  bool announced_ = false;
  uint64_t data_bytes_ = 0, data_done_ = 0, charged_ = 0;
  CompactionResult result_;
  bool kept_ = false;
};

}  // namespace

Instant CompactionBudget::take(uint64_t bytes, Instant now) {
  if (bytes_per_second_ == 0) return now;
  if (free_at_ < now) free_at_ = now;
  free_at_ = free_at_ +
             Duration{static_cast<int64_t>(static_cast<double>(bytes) * 1e9 / static_cast<double>(bytes_per_second_))};
  return free_at_;
}

size_t output_files_max(uint64_t input_bytes, uint64_t target_file_bytes) {
  return target_file_bytes == 0 ? 1 : static_cast<size_t>(input_bytes / target_file_bytes) + 2;
}

Task<Result<CompactionResult>> run_compaction(Disk& disk, const Clock& clock, CompactionWork work) {
  Merge merge(disk, clock, std::move(work));
  co_return co_await merge.run();
}

}  // namespace ringlet
