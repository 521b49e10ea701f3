#include "cli/client/progress.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "cli/client/numbers.h"

namespace ringlet::cli {
namespace {

constexpr size_t kBarChars = 30;

}  // namespace

Progress::Progress(std::string what, bool quiet)
    : what_(std::move(what)), quiet_(quiet), is_terminal_(isatty(STDERR_FILENO) == 1) {}

double Progress::seconds() const { return std::chrono::duration<double>(Clock::now() - began_).count(); }

void Progress::update(uint64_t done, uint64_t total, uint64_t rows) {
  const auto now = Clock::now();
  if (quiet_ || now - shown_ < (is_terminal_ ? std::chrono::milliseconds(200) : std::chrono::seconds(5))) return;
  shown_ = now;
  const double share = total == 0 ? 0 : std::min(1.0, static_cast<double>(done) / static_cast<double>(total));
  const double rate = static_cast<double>(rows) / std::max(0.001, seconds());
  const std::string counts = grouped(rows) + " rows, " + grouped(static_cast<uint64_t>(rate)) + " rows/s";
  if (!is_terminal_) {
    if (total != 0)
      std::fprintf(stderr, "%s: %.0f%%, %s\n", what_.c_str(), 100 * share, counts.c_str());
    else
      std::fprintf(stderr, "%s: %s\n", what_.c_str(), counts.c_str());
    return;
  }
  const auto filled = static_cast<size_t>(share * kBarChars);
  const std::string bar =
      total == 0 ? "" : "[" + std::string(filled, '#') + std::string(kBarChars - filled, '-') + "] ";
  std::fprintf(stderr, "\r\033[K%s%3.0f%%  %s", bar.c_str(), 100 * share, counts.c_str());
  on_screen_ = true;
}

void Progress::clear() {
  if (on_screen_) std::fputs("\r\033[K", stderr);
  on_screen_ = false;
}

}  // namespace ringlet::cli
