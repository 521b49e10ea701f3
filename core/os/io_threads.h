// IoThreads: a few threads that do blocking file calls for coroutines. The way for executors without a ring, and for kernels
// without io_uring.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "core/os/io_request.h"

namespace ringlet {

class IoThreads {
 public:
  explicit IoThreads(size_t threads);
  ~IoThreads();  // every request has been answered by then
  IoThreads(const IoThreads&) = delete;

  void submit(IoRequest& request);  // from any thread; the waiter is posted to its executor when the request is done

 private:
  void run();

  std::mutex mutex_;
  std::condition_variable changed_;
  IoRequest* oldest_ = nullptr;  // first come, first served
  IoRequest* newest_ = nullptr;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace ringlet
