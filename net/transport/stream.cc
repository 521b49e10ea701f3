#include "net/transport/stream.h"

namespace ringlet {

Task<Result<size_t>> Stream::read_some(std::span<char> out) {
  while (true) {
    CO_TRY(const std::optional<size_t> got, try_read(out));
    if (got) co_return *got;
    CO_TRY_STATUS(co_await wait_readable());
  }
}

Task<Status> Stream::write_all(BytesView bytes) {
  while (true) {
    CO_TRY(const size_t taken, try_write(bytes));
    bytes.remove_prefix(taken);
    if (bytes.empty()) co_return Status{};
    CO_TRY_STATUS(co_await wait_writable());
  }
}

}  // namespace ringlet
