// Progress of long work on stderr: a bar that moves on a terminal, a plain line every few seconds elsewhere.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace ringlet::cli {

class Progress {
 public:
  Progress(std::string what, bool quiet);
  // `done` and `total` in bytes (total 0: unknown); `rows` counts this run's.
  void update(uint64_t done, uint64_t total, uint64_t rows);
  void clear();  // before other output
  double seconds() const;

 private:
  using Clock = std::chrono::steady_clock;
  const std::string what_;
  const bool quiet_, is_terminal_;
  const Clock::time_point began_ = Clock::now();
  Clock::time_point shown_ = began_;
  bool on_screen_ = false;
};

}  // namespace ringlet::cli
