# The libraries of design section 11, found in the sysroot. Header-only ones need no target: their headers are on the path.
set(CMAKE_FIND_LIBRARY_SUFFIXES .a)

# ringlet_thirdparty(name library...): thirdparty::name links those libraries.
function(ringlet_thirdparty name)
  add_library(thirdparty::${name} INTERFACE IMPORTED GLOBAL)
  foreach(library IN LISTS ARGN)
    find_library(LIBRARY_${library} NAMES ${library} REQUIRED)
    target_link_libraries(thirdparty::${name} INTERFACE ${LIBRARY_${library}})
  endforeach()
endfunction()

ringlet_thirdparty(lz4 lz4)
ringlet_thirdparty(sqlite sqlite3)
ringlet_thirdparty(mbedtls mbedtls mbedx509 mbedcrypto)

add_compile_definitions(
  # Debian ships no static fmt or spdlog: both header-only, and spdlog with the packaged fmt.
  FMT_HEADER_ONLY=1 SPDLOG_FMT_EXTERNAL=1
  # doctest's short asserts stay, its CHECK is the only CHECK (ours is MUST).
  DOCTEST_CONFIG_SUPER_FAST_ASSERTS)
