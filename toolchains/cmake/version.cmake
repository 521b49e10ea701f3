# ringlet_version(target): <version_generated.h> for its files, with version, commit, target and compiler.
#
# Only one file (cli/version.cc) includes it, and it is rewritten only when its text changes, so a commit costs one compile.
function(ringlet_version target)
  set(header ${CMAKE_BINARY_DIR}/generated/version_generated.h)
  add_custom_target(version_header
    COMMAND ${CMAKE_COMMAND} -DSOURCE_DIR=${CMAKE_SOURCE_DIR} -DHEADER=${header} -DVERSION=${PROJECT_VERSION}
            -DTARGET=${RINGLET_TARGET} "-DCOMPILER=clang ${CMAKE_CXX_COMPILER_VERSION}"
            -P ${CMAKE_SOURCE_DIR}/toolchains/cmake/write_version.cmake
    BYPRODUCTS ${header} VERBATIM)
  if(TARGET ${target})
    target_include_directories(${target} PRIVATE ${CMAKE_BINARY_DIR}/generated)
    add_dependencies(${target} version_header)
  endif()
endfunction()
