#include "core/os/os_rng.h"

#include <sys/random.h>

#include <cerrno>

#include "core/base/must.h"

namespace ringlet {

uint64_t kernel_random() {
  uint64_t number = 0;
  ssize_t got;
  do {
    got = getrandom(&number, sizeof number, 0);
  } while (got < 0 && errno == EINTR);
  MUST(got == sizeof number);  // up to 256 bytes are never cut short once the kernel's pool is ready
  return number;
}

}  // namespace ringlet
