// Memory of coroutine frames: per-thread free lists of a few size classes, because a request makes a dozen short-lived
// frames and general malloc would spend a third of a point read on them. Under a sanitizer every frame is malloc's, so that
// a frame used after its end is still found.
#pragma once

#include <cstddef>

namespace ringlet {

void* frame_allocate(size_t bytes);
void frame_release(void* frame, size_t bytes);  // any thread; the frame joins that thread's list

// For small objects that live as long as a request: a class that derives from it is allocated like a frame.
struct Pooled {
  static void* operator new(size_t bytes) { return frame_allocate(bytes); }
  static void operator delete(void* object, size_t bytes) { frame_release(object, bytes); }
};

}  // namespace ringlet
