#include "core/base/must.h"

#include <cxxabi.h>

#include <cstdio>
#include <cstdlib>
#include <typeinfo>

namespace ringlet {

void must_failed(const char* condition, const char* file, int line) {
  // Straight to stderr: the log may be what is broken.
  std::fprintf(stderr, "ringlet: internal error: %s does not hold (%s:%d)\n", condition, file, line);
  std::abort();
}

}  // namespace ringlet

// What libstdc++ calls for an exception that nobody caught. Its own version brings a demangler of 45 KB with it.
namespace __gnu_cxx {
void __verbose_terminate_handler();
void __verbose_terminate_handler() {
  const std::type_info* type = abi::__cxa_current_exception_type();
  std::fprintf(stderr, "ringlet: internal error: an exception that nobody caught, of type %s\n",
               type ? type->name() : "(none)");
  std::abort();
}
}  // namespace __gnu_cxx
