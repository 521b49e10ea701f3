#include "core/storage/split_run.h"

#include "core/base/must.h"
#include "core/data/keys.h"
#include "core/data/shard_of.h"
#include "core/env/executor.h"

namespace ringlet {
namespace {

class Split {
 public:
  Split(Disk& disk, SplitWork work) : disk_(disk), work_(std::move(work)), writers_(work_.output.shard_count) {
    MUST(work_.output_ids.size() == writers_.size());
  }
  Split(const Split&) = delete;
  ~Split() {
    for (size_t shard = 0; shard < writers_.size(); ++shard) {
      const bool finished = writers_[shard] && shard < finished_;
      writers_[shard].reset();  // removes what is not finished
      if (finished && !kept_) (void)disk_.remove(sstable_path(work_.table->id, work_.output_ids[shard]));
    }
  }

  Task<Result<std::vector<std::optional<FileId>>>> run() {
    CO_TRY(const auto reader,
           SstableReader::open(disk_, work_.table->id, work_.input, SstableAccess::background, nullptr));
    work_.output.level = reader->statistics().level;
    work_.output.compacted_from = {work_.input};
    const auto stream = reader->stream(everything_);
    for (Fragment fragment;;) {
      CO_TRY(const Step step, stream->next(fragment));
      if (step == Step::end) break;
      MUST(step == Step::fragment);  // background streams do not wait
      if (fragment.kind == Fragment::Kind::partition) {
        CO_TRY_STATUS(check());
        CO_TRY_STATUS(turn_to(fragment));
        if (Executor* const executor = Executor::current()) co_await executor->yield_if_due();
        // Suspending changed nothing of the stream: what `fragment` shows still holds.
      }
      CO_TRY_STATUS(writer_->add(fragment));
    }
    CO_TRY_STATUS(finish());
    kept_ = true;
    co_return outputs_;
  }

 private:
  Status check() const {
    if (work_.cancelled == nullptr || !work_.cancelled->load(std::memory_order_relaxed)) return {};
    return fail(Errc::cancelled, "splitting of sstables cancelled");
  }

  // Partitions ascend in the input, and so in each output.
  Status turn_to(const Fragment& partition) {
    TRY(const PartitionPrefix prefix, read_partition_prefix(partition.prefix));
    const ShardId owner = shard_of(prefix.token, work_.output.shard_count);
    auto& writer = writers_[owner.raw];
    if (!writer) {
      SstableOptions options = work_.output;
      options.id = work_.output_ids[owner.raw];
      options.shard = owner;
      TRY(writer, SstableWriter::create(disk_, work_.table, options));
    }
    writer_ = writer.get();
    return {};
  }

  Status finish() {
    for (; finished_ < writers_.size(); ++finished_) {
      outputs_.emplace_back();
      if (!writers_[finished_]) continue;
      TRY_STATUS(writers_[finished_]->finish());
      outputs_.back() = work_.output_ids[finished_];
    }
    return {};
  }

  Disk& disk_;
  SplitWork work_;
  const ReadRange everything_;
  std::vector<std::unique_ptr<SstableWriter>> writers_;  // by shard, once something is its
  SstableWriter* writer_ = nullptr;
  size_t finished_ = 0;
  std::vector<std::optional<FileId>> outputs_;
  bool kept_ = false;
};

}  // namespace

Task<Result<std::vector<std::optional<FileId>>>> run_split(Disk& disk, SplitWork work) {
  Split split(disk, std::move(work));
  co_return co_await split.run();
}

}  // namespace ringlet
