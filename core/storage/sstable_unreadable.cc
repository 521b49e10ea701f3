#include "core/storage/sstable_unreadable.h"

#include "core/data/keys.h"

namespace ringlet {
namespace {

class FailingStream final : public FragmentStream {
 public:
  explicit FailingStream(Error why) : why_(std::move(why)) {}
  Result<Step> next(Fragment&) override { return fail(why_); }
  Task<Status> load(const RequestContext&) override { co_return fail(why_); }
  void skip_partition() override {}

 private:
  const Error why_;
};

class Unreadable final : public SstableReader {
 public:
  Unreadable(const ManifestFile& file, const Uuid& manifest, Error why)
      : file_(file), manifest_(manifest), why_(std::move(why)) {
    statistics_.file_bytes = file.bytes;
    statistics_.partitions = 1;  // at least
    statistics_.level = file.level;
    append_partition_prefix(file.first_token, {}, statistics_.first_prefix);
    const bool last_of_all = file.last_token.raw == INT64_MAX;
    append_partition_prefix(Token{file.last_token.raw + (last_of_all ? 0 : 1)}, {}, statistics_.last_prefix);
    if (last_of_all) statistics_.last_prefix += '\xFF';
    statistics_.min_timestamp = Timestamp{INT64_MIN};
    statistics_.max_timestamp = Timestamp{INT64_MAX};
    statistics_.max_expiry = Seconds{INT64_MAX};
  }
  FileId id() const override { return file_.id; }
  const SstableStatistics& statistics() const override { return statistics_; }
  const std::vector<FileId>& compacted_from() const override { return none_; }
  Uuid manifest() const override { return manifest_; }
  ShardId shard() const override { return ShardId{file_.shard}; }
  uint16_t shard_count() const override { return file_.shard_count; }
  Result<TableRef> dictionary() override { return fail(why_); }
  std::unique_ptr<FragmentStream> stream(const ReadRange&, size_t) override {
    return std::make_unique<FailingStream>(why_);
  }
  FilterLook look(const ReadRange&, uint64_t hash) override { return {.hash = hash}; }
  std::unique_ptr<FragmentStream> find(const ReadRange&, const FilterLook&, size_t) override {
    return std::make_unique<FailingStream>(why_);
  }
  Task<Status> fill_cache(const RequestContext&, const bool&) override { co_return Status{}; }
  Result<std::unique_ptr<SstableCheck>> check() override { return fail(why_); }
  Result<std::unique_ptr<FragmentStream>> salvage(SalvageReport&) override { return fail(why_); }

 private:
  const ManifestFile file_;
  const Uuid manifest_;
  const Error why_;
  SstableStatistics statistics_;
  const std::vector<FileId> none_;
};

}  // namespace

std::shared_ptr<SstableReader> unreadable_sstable(const ManifestFile& file, const Uuid& manifest, Error why) {
  return std::make_shared<Unreadable>(file, manifest, std::move(why));
}

}  // namespace ringlet
