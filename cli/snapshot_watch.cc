#include "cli/snapshot_watch.h"

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <ctime>
#include <nlohmann/json.hpp>

#include "cli/client/numbers.h"

namespace ringlet::cli {

SnapshotWatch::SnapshotWatch(const AdminAddress& address, bool show) : address_(address) {
  if (!show) return;
  thread_ = std::thread([this] {
    for (int tick = 1; !ended_; ++tick) {
      if (tick % 10 == 0) print();
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  });
}

SnapshotWatch::~SnapshotWatch() {
  ended_ = true;
  if (!thread_.joinable()) return;
  thread_.join();
  std::fputs("\r\033[K", stderr);
}

void SnapshotWatch::print() const {
  const auto answer = ask_admin(address_, "GET", "/api/v1/restore");
  const auto json = answer ? nlohmann::json::parse(*answer, nullptr, false) : nlohmann::json();
  if (!json.is_object() || !json.contains("running") || !json["running"].is_object()) return;
  const auto& running = json["running"];
  const auto number = [&running](const char* name) { return running.value(name, uint64_t{0}); };
  std::string line = running.value("step", "") + ": " +
                     std::to_string(static_cast<int>(running.value("percent", 0.0))) + " %, " +
                     grouped(number("files_done")) + " of " + grouped(number("files")) + " files";
  if (number("bytes_total") > 0)
    line += ", " + byte_size(number("bytes_done")) + " of " + byte_size(number("bytes_total"));
  std::fprintf(stderr, "\r\033[K%s", line.c_str());
}

std::string utc_time(int64_t ms) {
  const std::time_t seconds = ms / 1000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S UTC", &parts)};
}

Result<std::string> ask_watched(const AdminOptions& admin, const char* path, const std::string& body) {
  const SnapshotWatch watch(admin.address, isatty(STDERR_FILENO) == 1 && !admin.json);
  return ask_admin(admin.address, "POST", path, body);
}

}  // namespace ringlet::cli
