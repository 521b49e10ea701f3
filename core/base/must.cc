#include "core/base/must.h"

#include <cstdio>
#include <cstdlib>

namespace ringlet {

void must_failed(const char* condition, const char* file, int line) {
  // Straight to stderr: the log may be what is broken.
  std::fprintf(stderr, "ringlet: internal error: %s does not hold (%s:%d)\n", condition, file, line);
  std::abort();
}

}  // namespace ringlet
