// How far a snapshot or a restore is, on the terminal's last line, while the node answers the request that began it.
#pragma once

#include <atomic>
#include <thread>

#include "cli/admin_options.h"

namespace ringlet::cli {

class SnapshotWatch {
 public:
  SnapshotWatch(const AdminAddress& address, bool show);
  ~SnapshotWatch();
  SnapshotWatch(const SnapshotWatch&) = delete;

 private:
  void print() const;
  const AdminAddress address_;
  std::atomic<bool> ended_ = false;
  std::thread thread_;
};

std::string utc_time(int64_t ms);

// POSTs while it is watched; the answer as ask_admin gives it.
Result<std::string> ask_watched(const AdminOptions& admin, const char* path, const std::string& body);

}  // namespace ringlet::cli
