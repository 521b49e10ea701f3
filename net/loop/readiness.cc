#include "net/loop/readiness.h"

#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <utility>

#include "core/base/must.h"
#include "core/env/frame_pool.h"

namespace ringlet {
namespace {

// Asio's note of a wait is as short-lived as a coroutine frame, and comes from the same pool.
template <class T>
struct FrameAllocator {
  using value_type = T;
  FrameAllocator() = default;
  template <class U>
  FrameAllocator(const FrameAllocator<U>&) {}
  T* allocate(size_t count) { return static_cast<T*>(frame_allocate(count * sizeof(T))); }
  void deallocate(T* at, size_t count) { frame_release(at, count * sizeof(T)); }
  template <class U>
  bool operator==(const FrameAllocator<U>&) const {
    return true;
  }
};

struct WakeWaiter {
  using allocator_type = FrameAllocator<void>;
  allocator_type get_allocator() const { return {}; }
  LoopExecutor& loop;
  std::coroutine_handle<>& waiter;
  void operator()(const asio::error_code&) const { loop.post(std::exchange(waiter, {})); }  // ready, or stopped
};

}  // namespace

struct Readiness::Descriptor {
  asio::posix::stream_descriptor asio;
};

Readiness::Readiness(LoopExecutor& loop, int fd)
    : loop_(loop), descriptor_(new Descriptor{asio::posix::stream_descriptor(loop.io_context(), fd)}) {}

Readiness::~Readiness() {
  MUST(!waiters_[0] && !waiters_[1]);
  descriptor_->asio.release();
}

void Readiness::stop() {
  if (std::exchange(stopped_, true)) return;
  asio::error_code ignored;
  descriptor_->asio.cancel(ignored);
}

bool Readiness::Wait::await_ready() const { return readiness.stopped_; }
bool Readiness::Wait::await_resume() const { return !readiness.stopped_; }

void Readiness::Wait::await_suspend(std::coroutine_handle<> waiter) {
  using Descriptor = asio::posix::stream_descriptor;
  std::coroutine_handle<>& slot = readiness.waiters_[for_write];
  MUST(readiness.loop_.is_current() && !slot);
  slot = waiter;
  readiness.descriptor_->asio.async_wait(for_write ? Descriptor::wait_write : Descriptor::wait_read,
                                         WakeWaiter{readiness.loop_, slot});
}

}  // namespace ringlet
