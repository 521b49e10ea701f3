#include "core/storage/read_turns.h"

#include <algorithm>

#include "core/base/limits.h"
#include "core/base/must.h"

namespace ringlet {

bool ReadTurns::try_begin(size_t bytes) {
  if (!waiting_.empty() || !has_room_for(bytes) || bytes > kReadAloneTimes * bytes_) return false;
  held_ += bytes;
  ++reads_;
  return true;
}

Task<Status> ReadTurns::begin(size_t bytes, size_t files, const RequestContext& context) {
  if (bytes > kReadAloneTimes * bytes_) {
    ++refused_;
    co_return fail(Errc::overloaded, "the read would have to look into " + std::to_string(files) +
                                         " files at once, more than there is memory for: let the table be compacted, "
                                         "or give the node more --memory");
  }
  if (try_begin(bytes)) co_return Status{};
  CO_TRY_STATUS(co_await wait_for(bytes, context));
  held_ += bytes;
  ++reads_;
  co_return Status{};
}

Task<Status> ReadTurns::wait_for(size_t bytes, const RequestContext& context) {
  const Instant patience = std::min(context.deadline, context.clock.now() + seconds(kReadTurnSecondsMax));
  const uint64_t number = next_++;
  waiting_.insert(number);
  Status status;
  while (status && (*waiting_.begin() != number || !has_room_for(bytes)))
    if (!co_await ended_.wait_until(patience))
      status = fail(Errc::overloaded, "reads under way hold the memory that there is for them: try again later");
  waiting_.erase(number);
  ended_.notify_all();  // the next one may have room, too
  refused_ += status ? 0 : 1;
  co_return status;
}

void ReadTurns::end(size_t bytes) {
  MUST(reads_ > 0 && held_ >= bytes);
  held_ -= bytes;
  --reads_;
  ended_.notify_all();
}

}  // namespace ringlet
