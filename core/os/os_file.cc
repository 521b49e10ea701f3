#include "core/os/os_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "core/os/io_ring.h"
#include "core/os/os_error.h"

namespace ringlet {
namespace {

// co_await: hands the request to the thread's ring, or to the I/O threads, and goes on where it was when it is done.
struct Submission {
  IoRequest& request;
  IoThreads& threads;
  bool await_ready() const { return false; }
  void await_suspend(std::coroutine_handle<> waiter) const {
    request.waiter = waiter;
    request.executor = Executor::current();
    MUST(request.executor != nullptr);
    IoRing* ring = IoRing::of_this_thread();
    if (ring == nullptr || !ring->submit(request)) threads.submit(request);
  }
  void await_resume() const {}
};

using Kind = IoRequest::Kind;

IoRequest read_request(int fd, uint64_t offset, std::span<char> out) {
  return {.kind = Kind::read, .fd = fd, .offset = offset, .data = out.data(), .size = out.size()};
}

IoRequest write_request(Kind kind, int fd, uint64_t offset, BytesView bytes) {
  return {.kind = kind, .fd = fd, .offset = offset, .data = const_cast<char*>(bytes.data()), .size = bytes.size()};
}

// preadv2() of the C library makes each call one that its thread can be cancelled in, which takes longer than all else it does.
ssize_t read_without_waiting(int fd, uint64_t offset, std::span<char> out) {
  const iovec into{out.data(), out.size()};
  const auto low = static_cast<unsigned long>(offset), high = static_cast<unsigned long>(offset >> 32);
  return syscall(SYS_preadv2, fd, &into, 1, low, high,
                 RWF_NOWAIT);  // the kernel leaves `high` out where `low` has 64 bits
}

template <class Call>
int until_not_interrupted(Call call) {
  int result;
  do {
    result = call();
  } while (result != 0 && errno == EINTR);
  return result;
}

}  // namespace

OsFile::~OsFile() { close(fd_); }

Status OsFile::outcome(const IoRequest& request) const {
  if (request.error_number == 0) return {};
  if (request.syncs()) failed_syncs_.fetch_add(1, std::memory_order_relaxed);
  if (request.kind == Kind::sync) return system_failure(request.error_number, "sync", path_);
  const char* doing = !request.writes() ? "read " : request.syncs() ? "write and sync " : "write ";
  return system_failure(request.error_number,
                        doing + std::to_string(request.size) + " bytes at " + std::to_string(request.offset) + " of",
                        path_);
}

Result<size_t> OsFile::read_now(uint64_t offset, std::span<char> out) {
  IoRequest request = read_request(fd_, offset, out);
  perform(request);
  TRY_STATUS(outcome(request));
  return request.done;
}

Status OsFile::write_now(uint64_t offset, BytesView bytes) {
  IoRequest request = write_request(Kind::write, fd_, offset, bytes);
  perform(request);
  return outcome(request);
}

Status OsFile::sync_now() {
  IoRequest request{.kind = Kind::sync, .fd = fd_};
  perform(request);
  return outcome(request);
}

Result<uint64_t> OsFile::size_now() {
  struct stat about{};
  if (fstat(fd_, &about) != 0) return system_failure(errno, "look at", path_);
  return static_cast<uint64_t>(about.st_size);
}

Status OsFile::truncate_now(uint64_t size) {
  if (until_not_interrupted([&] { return ftruncate(fd_, static_cast<off_t>(size)); }) != 0)
    return system_failure(errno, "resize", path_);
  return {};
}

Status OsFile::reserve_now(uint64_t size) {
  if (size == 0) return {};
  if (until_not_interrupted([&] { return fallocate(fd_, 0, 0, static_cast<off_t>(size)); }) == 0) return {};
  if (errno == EOPNOTSUPP || errno == ENOSYS) return fill_with_zeros(size);
  return system_failure(errno, "reserve " + std::to_string(size) + " bytes for", path_);
}

// The slow way to the same end, for file systems that cannot allocate ahead.
Status OsFile::fill_with_zeros(uint64_t size) {
  const std::string zeros(64 << 10, '\0');
  TRY(uint64_t at, size_now());
  for (; at < size; at += zeros.size()) {
    TRY_STATUS(
        write_now(at, BytesView(zeros).substr(0, static_cast<size_t>(std::min<uint64_t>(zeros.size(), size - at)))));
  }
  return {};
}

Result<std::optional<size_t>> OsFile::read_cached(uint64_t offset, std::span<char> out) {
  if (!cached_reads_work_.load(std::memory_order_relaxed)) return std::nullopt;
  size_t done = 0;
  while (done < out.size()) {  // a short answer is the file's end or the cache's: the next call tells
    const ssize_t got = read_without_waiting(fd_, offset + done, out.subspan(done));
    if (got == 0) break;
    if (got > 0) {
      done += static_cast<size_t>(got);
    } else if (errno == EAGAIN || errno == EINTR) {
      return std::nullopt;
    } else if (errno == EOPNOTSUPP || errno == ENOSYS || errno == EINVAL) {
      cached_reads_work_.store(false, std::memory_order_relaxed);
      return std::nullopt;
    } else {
      IoRequest failed = read_request(fd_, offset, out);
      failed.error_number = errno;
      return fail(outcome(failed).error());
    }
  }
  return done;
}

Task<Status> OsFile::carry_out(IoRequest request) {
  Submission submission{request, threads_};
  co_await submission;
  co_return outcome(request);
}

Task<Result<size_t>> OsFile::read(uint64_t offset, std::span<char> out) {
  IoRequest request = read_request(fd_, offset, out);
  Submission submission{request, threads_};
  co_await submission;
  CO_TRY_STATUS(outcome(request));
  co_return request.done;
}

Task<Status> OsFile::write_and_sync(uint64_t offset, BytesView bytes) {
  return carry_out(write_request(Kind::write_and_sync, fd_, offset, bytes));
}

Task<Status> OsFile::write(uint64_t offset, BytesView bytes) {
  return carry_out(write_request(Kind::write, fd_, offset, bytes));
}

Task<Status> OsFile::sync() { return carry_out(IoRequest{.kind = Kind::sync, .fd = fd_}); }

}  // namespace ringlet
