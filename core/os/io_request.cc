#include "core/os/io_request.h"

#include <unistd.h>

#include <cerrno>

namespace ringlet {
namespace {

void transfer(IoRequest& request) {
  while (request.done < request.size) {
    char* data = request.data + request.done;
    const size_t left = request.size - request.done;
    const auto offset = static_cast<off_t>(request.offset + request.done);
    const ssize_t moved =
        request.writes() ? pwrite(request.fd, data, left, offset) : pread(request.fd, data, left, offset);
    if (moved < 0 && errno == EINTR) continue;
    if (moved < 0) {
      request.error_number = errno;
      return;
    }
    if (moved == 0) {
      if (request.writes()) request.error_number = EIO;  // a file that takes nothing and says no reason
      return;
    }
    request.done += static_cast<size_t>(moved);
  }
}

void sync(IoRequest& request) {
  int result;
  do {
    result = fdatasync(request.fd);
  } while (result != 0 && errno == EINTR);
  if (result != 0) request.error_number = errno;
}

}  // namespace

void perform(IoRequest& request) {
  transfer(request);
  if (request.error_number == 0 && request.syncs()) sync(request);
}

}  // namespace ringlet
