#include "core/os/os_error.h"

#include <cerrno>
#include <cstring>

namespace ringlet {

static Errc code_of(int error_number) {
  switch (error_number) {
    case ENOSPC:
    case EDQUOT:
      return Errc::no_space;
    case ENOENT:
      return Errc::not_found;
    case EEXIST:
      return Errc::exists;
    default:
      return Errc::io;
  }
}

static const char* advice(int error_number) {
  switch (error_number) {
    case ENOSPC:
    case EDQUOT:
      return " (free some space, or move the data directory to a larger disk)";
    case EACCES:
    case EPERM:
      return " (give the user that runs ringlet read and write access)";
    case EROFS:
      return " (mount it writable, or choose another --data directory)";
    case EMFILE:
    case ENFILE:
      return " (raise the limit of open files)";
    default:
      return "";
  }
}

std::unexpected<Error> system_failure(int error_number, const std::string& what, const std::string& path) {
  const char* words = strerrordesc_np(error_number);
  return fail(code_of(error_number), "cannot " + what + " " + path + ": " +
                                         (words != nullptr ? words : "unknown error") + advice(error_number));
}

}  // namespace ringlet
