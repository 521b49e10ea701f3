// The ringlet command: finds the verb and runs it.
#include <cstdio>
#include <string_view>

#include "cli/version.h"

int main(int argc, char** argv) {
  if (argc == 2 && std::string_view(argv[1]) == "--version") {
    const ringlet::BuildInfo info = ringlet::build_info();
    std::printf("ringlet %s\ncommit %s\ntarget %s\ncompiler %s\n", info.version.data(), info.commit.data(),
                info.target.data(), info.compiler.data());
    return 0;
  }
  std::fprintf(stderr, "usage: ringlet --version\n");
  return 2;
}
