#include "core/os/io_threads.h"

#include <pthread.h>

#include "core/base/must.h"

namespace ringlet {

IoThreads::IoThreads(size_t threads) {
  for (size_t n = 0; n < threads; ++n) threads_.emplace_back([this] { run(); });
}

IoThreads::~IoThreads() {
  {
    const std::lock_guard lock(mutex_);
    MUST(oldest_ == nullptr);
    stopping_ = true;
    changed_.notify_all();
  }
  for (std::thread& thread : threads_) thread.join();
}

void IoThreads::submit(IoRequest& request) {
  const std::lock_guard lock(mutex_);
  request.next = nullptr;
  (oldest_ == nullptr ? oldest_ : newest_->next) = &request;
  newest_ = &request;
  changed_.notify_one();
}

void IoThreads::run() {
  pthread_setname_np(pthread_self(), "ringlet-io");
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || oldest_ != nullptr; });
    if (oldest_ == nullptr) return;
    IoRequest& request = *oldest_;
    oldest_ = request.next;
    lock.unlock();
    perform(request);
    request.executor->post(request.waiter);  // the request may be gone from here on
    lock.lock();
  }
}

}  // namespace ringlet
