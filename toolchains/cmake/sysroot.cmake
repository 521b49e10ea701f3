# The toolchain file of every preset: Clang 19 against the private sysroot of RINGLET_ARCH (amd64, arm64, armhf).
#
# The sysroot is made here when it is missing or out of date, so that `cmake --preset X` works in a fresh checkout.
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES RINGLET_ARCH)

if(RINGLET_ARCH STREQUAL "amd64")
  set(CMAKE_SYSTEM_PROCESSOR x86_64)
  set(RINGLET_TARGET x86_64-linux-gnu)
elseif(RINGLET_ARCH STREQUAL "arm64")
  set(CMAKE_SYSTEM_PROCESSOR aarch64)
  set(RINGLET_TARGET aarch64-linux-gnu)
elseif(RINGLET_ARCH STREQUAL "armhf")
  set(CMAKE_SYSTEM_PROCESSOR arm)
  set(RINGLET_TARGET arm-linux-gnueabihf)
else()
  message(FATAL_ERROR "RINGLET_ARCH is '${RINGLET_ARCH}', not amd64, arm64 or armhf: use a preset (cmake --list-presets)")
endif()

cmake_path(GET CMAKE_CURRENT_LIST_DIR PARENT_PATH repository)
cmake_path(GET repository PARENT_PATH repository)
get_property(in_try_compile GLOBAL PROPERTY IN_TRY_COMPILE)
if(NOT in_try_compile)
  execute_process(COMMAND ${repository}/toolchains/sysroot.sh ${RINGLET_ARCH} COMMAND_ERROR_IS_FATAL ANY)
endif()

set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSROOT ${repository}/build/sysroot/${RINGLET_ARCH})
set(CMAKE_CXX_COMPILER clang++-19)
set(CMAKE_CXX_COMPILER_TARGET ${RINGLET_TARGET})
set(CMAKE_AR llvm-ar-19)
set(CMAKE_RANLIB llvm-ranlib-19)
set(CMAKE_EXE_LINKER_FLAGS_INIT -fuse-ld=lld)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(CMAKE_LIBRARY_ARCHITECTURE ${RINGLET_TARGET})

if(RINGLET_ARCH STREQUAL "armhf")
  # 32-bit ARM: files past 2 GiB and times past 2038.
  set(CMAKE_CXX_FLAGS_INIT "-D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64")
endif()
