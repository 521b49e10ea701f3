#include "cli/version.h"

#include "version_generated.h"

namespace ringlet {

BuildInfo build_info() {
  return {.version = RINGLET_VERSION, .commit = RINGLET_COMMIT, .target = RINGLET_TARGET, .compiler = RINGLET_COMPILER};
}

}  // namespace ringlet
