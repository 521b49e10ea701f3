# Run at build time by version.cmake: asks git for the commit and writes HEADER when that changes it.
execute_process(COMMAND git -C ${SOURCE_DIR} describe --always --dirty --abbrev=12 --exclude=*
                OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(NOT commit)
  set(commit unknown)
endif()
file(CONFIGURE OUTPUT ${HEADER} @ONLY CONTENT [[
// What `ringlet --version` says. Written by the build.
#pragma once
#define RINGLET_VERSION "@VERSION@"
#define RINGLET_COMMIT "@commit@"
#define RINGLET_TARGET "@TARGET@"
#define RINGLET_COMPILER "@COMPILER@"
]])
