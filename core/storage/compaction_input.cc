#include "core/storage/compaction_input.h"

#include <algorithm>

namespace ringlet {
namespace {

constexpr size_t kWindowsTogether = 2u << 20, kWindowMost = 256u << 10, kWindowLeast = 8u << 10;

struct Input {
  FileId id;
  Bytes first_prefix, last_prefix;
};

void note_damage(const Error& error, FileId id, std::vector<FileId>* damaged) {
  if (error.code == Errc::corrupt && damaged != nullptr) damaged->push_back(id);
}

class Run final : public FragmentStream {
 public:
  Run(Disk& disk, const TableId& table, std::vector<FileId> ids, const ReadRange& range, size_t window_bytes,
      std::vector<FileId>* damaged)
      : disk_(disk),
        table_(table),
        ids_(std::move(ids)),
        range_(range),
        window_bytes_(window_bytes),
        damaged_(damaged) {}

  Result<Step> next(Fragment& out) override {
    auto step = next_of_files(out);
    if (!step) note_damage(step.error(), ids_[at_], damaged_);
    return step;
  }
  Task<Status> load(const RequestContext&) override { co_return Status{}; }  // background streams do not wait
  void skip_partition() override {
    if (stream_) stream_->skip_partition();
  }
  Timestamp newest_timestamp() const override {
    return stream_ ? stream_->newest_timestamp() : FragmentStream::newest_timestamp();
  }

 private:
  Result<Step> next_of_files(Fragment& out) {
    while (true) {
      if (!stream_) {
        if (at_ == ids_.size()) return Step::end;
        TRY(const auto reader,
            SstableReader::open(disk_, table_, ids_[at_], SstableAccess::background, nullptr, window_bytes_));
        stream_ = reader->stream(range_);
      }
      TRY(const Step step, stream_->next(out));
      if (step != Step::end) return step;
      stream_.reset();
      ++at_;
    }
  }

  Disk& disk_;
  const TableId table_;
  const std::vector<FileId> ids_;
  const ReadRange& range_;
  const size_t window_bytes_;
  std::vector<FileId>* const damaged_;
  size_t at_ = 0;
  std::unique_ptr<FragmentStream> stream_;  // keeps its file open
};

// As few runs as files lie over one token at most: each file goes behind the run that ended longest ago.
std::vector<std::vector<FileId>> arrange(std::vector<Input> inputs) {
  std::ranges::sort(inputs, {}, &Input::first_prefix);
  std::vector<std::vector<FileId>> runs;
  std::vector<Bytes> ends;
  for (const Input& input : inputs) {
    const auto at = std::ranges::min_element(ends);
    if (at == ends.end() || *at >= input.first_prefix) {
      runs.push_back({input.id});
      ends.push_back(input.last_prefix);
      continue;
    }
    runs[static_cast<size_t>(at - ends.begin())].push_back(input.id);
    *at = input.last_prefix;
  }
  return runs;
}

}  // namespace

Result<CompactionInputs> open_inputs(Disk& disk, const TableId& table, const std::vector<FileId>& ids,
                                     const ReadRange& range, std::vector<FileId>* damaged) {
  CompactionInputs opened;
  std::vector<Input> inputs;
  for (const FileId id : ids) {
    const auto reader = SstableReader::open(disk, table, id, SstableAccess::background, nullptr);
    if (!reader) {
      note_damage(reader.error(), id, damaged);
      return fail(reader.error());
    }
    const SstableStatistics& s = (*reader)->statistics();
    opened.file_bytes += s.file_bytes;
    opened.data_bytes += s.data_bytes;
    inputs.push_back({id, s.first_prefix, s.last_prefix});
  }
  std::vector<std::vector<FileId>> runs = arrange(std::move(inputs));
  const size_t window = std::clamp(kWindowsTogether / std::max<size_t>(runs.size(), 1), kWindowLeast, kWindowMost);
  for (std::vector<FileId>& run : runs)
    opened.runs.push_back(std::make_unique<Run>(disk, table, std::move(run), range, window, damaged));
  return opened;
}

}  // namespace ringlet
