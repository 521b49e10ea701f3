#include "cli/one_file_disk.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>

namespace ringlet::cli {

Result<std::unique_ptr<OneFileDisk>> OneFileDisk::open(const std::string& path) {
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0)
    return fail(Errc::not_found, "cannot read " + path + ": " + std::strerror(errno));
  if (!S_ISREG(info.st_mode)) return fail(Errc::invalid, path + " is not a file");
  auto disk = std::make_unique<OneFileDisk>();
  const size_t slash = path.rfind('/');
  disk->path_ = path;
  disk->name_ = slash == std::string::npos ? path : path.substr(slash + 1);
  TRY(disk->folder_, OsDisk::open(slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash)));
  return disk;
}

Result<std::unique_ptr<File>> OneFileDisk::open(const std::string& path, OpenMode mode) {
  if (mode != OpenMode::read) return read_only();
  if (path != path_ && path != alias_) return fail(Errc::not_found, path + " is not looked at");
  return folder_->open(name_, mode);
}

}  // namespace ringlet::cli
