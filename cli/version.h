// What was built: version, commit, target and compiler, as `ringlet --version` tells it. Below cli/ it is passed as plain text.
#pragma once

#include <string_view>

namespace ringlet {

struct BuildInfo {
  std::string_view version;
  std::string_view commit;
  std::string_view target;
  std::string_view compiler;
};

BuildInfo build_info();

}  // namespace ringlet
