#include "core/storage/log_segments.h"

#include <charconv>

#include "core/base/limits.h"
#include "core/storage/commit_log_format.h"

namespace ringlet {
namespace {

constexpr size_t kIdDigits = 16;
constexpr uint64_t kSegmentIdMax = uint64_t{1} << 31;  // no node writes so many, and the log counts them in 32 bits
constexpr std::string_view kSuffix = ".log";

}  // namespace

std::string log_segment_path(SegmentId id) {
  const std::string digits = std::to_string(id.raw);
  std::string path(kLogFolder);
  path += '/';
  if (digits.size() < kIdDigits) path.append(kIdDigits - digits.size(), '0');
  return path.append(digits).append(kSuffix);
}

std::optional<SegmentId> log_segment_of(std::string_view file_name) {
  if (!file_name.ends_with(kSuffix) || file_name.size() < kIdDigits + kSuffix.size()) return {};
  const char* end = file_name.data() + file_name.size() - kSuffix.size();
  uint64_t id = 0;
  const auto [stop, error] = std::from_chars(file_name.data(), end, id);
  if (error != std::errc{} || stop != end || id == 0 || id > kSegmentIdMax) return {};
  return SegmentId{id};
}

void LogSegmentMaker::start(LogSegmentOrder order) {
  result_.reset();
  errand_.start(make(std::move(order)));  // its first step is the hop to the local executor
}

Task<void> LogSegmentMaker::make(LogSegmentOrder order) {
  co_await env_.local.yield();  // never inside the leader's own turn, not even when it leads there
  result_.emplace(co_await made(order));
}

Task<Result<LogSegmentFile>> LogSegmentMaker::made(LogSegmentOrder& order) {
  if (order.recycle || !order.unlink.empty()) CO_TRY_STATUS(co_await store_log_list(local_, order.needed));
  CO_TRY_STATUS(unlink(order.unlink));
  CO_TRY(const SegmentId id, co_await next_id());
  LogSegmentFile segment{id, order.bytes, nullptr};
  if (order.recycle) {
    CO_TRY(segment.file, recycle(*order.recycle, id));
  } else {
    CO_TRY(segment.file, create(id, order.bytes));
  }
  CO_TRY_STATUS(env_.disk.sync_directory(std::string(kLogFolder)));
  order.needed[id] = {order.bytes, 0};
  CO_TRY_STATUS(co_await store_log_list(local_, std::move(order.needed)));
  co_return segment;
}

Status LogSegmentMaker::unlink(const std::vector<SegmentId>& released) {
  for (const SegmentId id : released) {
    const Status removed = env_.disk.remove(log_segment_path(id));
    if (!removed && removed.error().code != Errc::not_found) return removed;
  }
  return {};
}

Task<Result<SegmentId>> LogSegmentMaker::next_id() {
  if (next_id_ == ids_end_) {
    CO_TRY(next_id_, co_await local_.take_ids("commit log segments", kLogSegmentIdsAtOnce));
    ids_end_ = next_id_ + kLogSegmentIdsAtOnce;
  }
  co_return SegmentId{next_id_++};
}

Result<std::unique_ptr<File>> LogSegmentMaker::recycle(SegmentId from, SegmentId to) {
  TRY_STATUS(env_.disk.rename(log_segment_path(from), log_segment_path(to)));
  auto file = env_.disk.open(log_segment_path(to), OpenMode::write);
  const Status begun = file ? begin(**file, to) : fail(file.error());
  if (begun) return file;
  file = fail(begun.error());
  (void)env_.disk.remove(log_segment_path(to));  // nobody knows it by this name
  return file;
}

// The list will say that this segment counts: from then on one without its header is one that lost something.
Status LogSegmentMaker::begin(File& file, SegmentId id) {
  TRY_STATUS(file.write_now(0, log_format::encode_made_segment(id)));
  return file.sync_now();
}

Result<std::unique_ptr<File>> LogSegmentMaker::create(SegmentId id, uint64_t bytes) {
  auto file = try_to_create(id, bytes);
  if (file || file.error().code != Errc::no_space || !local_.reserve().release()) return file;
  return try_to_create(id, bytes);
}

Result<std::unique_ptr<File>> LogSegmentMaker::try_to_create(SegmentId id, uint64_t bytes) {
  const std::string path = log_segment_path(id);
  TRY(auto file, env_.disk.open(path, OpenMode::create));
  Status reserved = file->reserve_now(bytes);
  if (reserved) reserved = begin(*file, id);  // and a file that is shorter than the list says has lost something
  if (!reserved) {
    file.reset();
    // Best effort: what stays behind is not on the list, and the next start unlinks it.
    (void)env_.disk.remove(path);
    return fail(reserved.error());
  }
  return file;
}

Task<Result<LogSegmentFile>> LogSegmentMaker::finish() {
  co_await errand_.finish();
  co_return std::move(*result_);
}

}  // namespace ringlet
