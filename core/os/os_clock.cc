#include "core/os/os_clock.h"

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include "core/base/checksum.h"
#include "core/os/os_rng.h"

namespace ringlet {

static uint64_t read_boot_number() {
  char text[64];
  const int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
  const ssize_t got = fd < 0 ? -1 : read(fd, text, sizeof text);
  if (fd >= 0) close(fd);
  return got > 0 ? hash64({text, static_cast<size_t>(got)}) : kernel_random();
}

static timespec read_clock(clockid_t which) {
  timespec at{};
  clock_gettime(which, &at);
  return at;
}

OsClock::OsClock() : boot_(read_boot_number()) {}

Instant OsClock::now() const {
  const timespec at = read_clock(CLOCK_MONOTONIC);
  return {static_cast<int64_t>(at.tv_sec) * 1000000000 + at.tv_nsec};
}

Timestamp OsClock::wall() const {
  const timespec at = read_clock(CLOCK_REALTIME);
  return Timestamp{static_cast<int64_t>(at.tv_sec) * 1000000 + at.tv_nsec / 1000};
}

}  // namespace ringlet
