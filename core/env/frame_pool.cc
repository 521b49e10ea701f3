#include "core/env/frame_pool.h"

#include <array>
#include <new>

namespace ringlet {
namespace {

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define RINGLET_POOL_OFF 1
#endif
#endif

#ifndef RINGLET_POOL_OFF
constexpr size_t kClassBytes = 64, kClasses = 64;  // frames up to 4 KiB
constexpr size_t kKeptBytesMax = 4u << 20;  // a thread: what a few hundred requests in flight use again and again

struct FreeFrame {
  FreeFrame* next;
};
struct Pool {
  std::array<FreeFrame*, kClasses> head{};
  size_t kept_bytes = 0;
  ~Pool() {
    for (FreeFrame* frame : head)
      while (frame != nullptr) {
        FreeFrame* next = frame->next;
        ::operator delete(frame);
        frame = next;
      }
  }
};
thread_local Pool pool;
#endif

}  // namespace

void* frame_allocate(size_t bytes) {
#ifndef RINGLET_POOL_OFF
  const size_t size_class = (bytes + kClassBytes - 1) / kClassBytes - 1;
  if (size_class < kClasses) {
    if (FreeFrame* frame = pool.head[size_class]; frame != nullptr) {
      pool.head[size_class] = frame->next;
      pool.kept_bytes -= (size_class + 1) * kClassBytes;
      return frame;
    }
    return ::operator new((size_class + 1) * kClassBytes);
  }
#endif
  return ::operator new(bytes);
}

void frame_release(void* frame, size_t bytes) {
#ifndef RINGLET_POOL_OFF
  const size_t size_class = (bytes + kClassBytes - 1) / kClassBytes - 1;
  if (size_class < kClasses && pool.kept_bytes < kKeptBytesMax) {
    auto* free_frame = static_cast<FreeFrame*>(frame);
    free_frame->next = pool.head[size_class];
    pool.head[size_class] = free_frame;
    pool.kept_bytes += (size_class + 1) * kClassBytes;
    return;
  }
#else
  (void)bytes;
#endif
  ::operator delete(frame);
}

}  // namespace ringlet
