# Flags that every file of ours is compiled and linked with.
set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_SCAN_FOR_MODULES OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  message(FATAL_ERROR "Ringlet needs Clang: GCC 12 miscompiles coroutines (README.md). Use a preset: cmake --preset release")
endif()

# Paths are taken relative to the repository, so that checkouts share what the cache holds.
find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${CCACHE})
endif()

set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
set(CMAKE_CXX_FLAGS_DEBUG "-O0 -g1")        # g1: lines and functions in backtraces, at a third of the link time of -g

# A designated initializer may leave out members that have defaults, so missing-field-initializers is off.
add_compile_options(-Wall -Wextra -Werror -Wnon-virtual-dtor -Woverloaded-virtual -Wimplicit-fallthrough -Wextra-semi
                    -Wno-missing-field-initializers)
add_compile_options(-ffunction-sections -fdata-sections)
# Paths in the binary are relative to the repository: the same bytes, and ccache hits, in every checkout.
add_compile_options(-ffile-prefix-map=${CMAKE_SOURCE_DIR}/=)
add_link_options(-fuse-ld=lld -Wl,--gc-sections)

set(RINGLET_SANITIZE "" CACHE STRING "Sanitizers, as -fsanitize= takes them; their binaries link libc dynamically")
option(RINGLET_FUZZ "Build tests/fuzz with libFuzzer instead of as replayers of their corpora" OFF)
if(RINGLET_SANITIZE)
  add_compile_options(-fsanitize=${RINGLET_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer -O1 -g1)
  add_link_options(-fsanitize=${RINGLET_SANITIZE})
else()
  add_link_options(-static)
  if(CMAKE_BUILD_TYPE STREQUAL "Release")
    add_link_options(-Wl,--strip-all -Wl,--icf=safe)
  endif()
endif()
if(RINGLET_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
