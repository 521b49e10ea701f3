#include "core/os/os_disk.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "core/os/os_error.h"
#include "core/os/os_file.h"

namespace ringlet {
namespace {

constexpr mode_t kDirectoryMode = 0700, kFileMode = 0600;  // what is stored here is the owner's business alone

template <class Call>
int until_not_interrupted(Call call) {
  int result;
  do {
    result = call();
  } while (result < 0 && errno == EINTR);
  return result;
}

// "a/b/c" -> "a", "a/b", "a/b/c"
std::vector<std::string> prefixes_of(const std::string& path) {
  std::vector<std::string> prefixes;
  for (size_t slash = path.find('/', 1); slash != std::string::npos; slash = path.find('/', slash + 1))
    prefixes.push_back(path.substr(0, slash));
  if (!path.empty() && path.back() != '/') prefixes.push_back(path);
  return prefixes;
}

Result<bool> is_directory(const dirent& entry, int directory_fd, const std::string& path) {
  if (entry.d_type != DT_UNKNOWN) return entry.d_type == DT_DIR;
  struct stat about{};
  if (fstatat(directory_fd, entry.d_name, &about, AT_SYMLINK_NOFOLLOW) != 0)
    return system_failure(errno, "look at", path);
  return S_ISDIR(about.st_mode);
}

class OsDirectoryLock final : public DirectoryLock {
 public:
  explicit OsDirectoryLock(int fd) : fd_(fd) {}
  ~OsDirectoryLock() override { close(fd_); }

 private:
  const int fd_;
};

std::string holder_of(int lock_fd) {
  char text[32];
  const ssize_t got = pread(lock_fd, text, sizeof text, 0);
  std::string digits(text, got > 0 ? static_cast<size_t>(got) : 0);
  digits.erase(std::find_if(digits.begin(), digits.end(), [](char c) { return c < '0' || c > '9'; }), digits.end());
  return digits.empty() ? "another process" : "process " + digits;
}

void write_holder(int lock_fd) {
  // Only a help for people: the lock is the kernel's, and holds whatever this file says.
  const std::string text = std::to_string(getpid()) + "\n";
  if (ftruncate(lock_fd, 0) != 0 || pwrite(lock_fd, text.data(), text.size(), 0) < 0) return;
}

}  // namespace

Result<std::unique_ptr<OsDisk>> OsDisk::open(const std::string& root, Options options) {
  for (const std::string& prefix : prefixes_of(root)) {
    if (mkdir(prefix.c_str(), kDirectoryMode) != 0 && errno != EEXIST) {
      const int error_number = errno;  // a parent on a read-only or foreign file system is fine as long as it is there
      struct stat about{};
      if (stat(prefix.c_str(), &about) != 0) return system_failure(error_number, "make the directory", prefix);
    }
  }
  const int fd = until_not_interrupted([&] { return ::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
  if (fd < 0) return system_failure(errno, "open the data directory", root);
  return std::unique_ptr<OsDisk>(new OsDisk(root, fd, options));
}

OsDisk::OsDisk(std::string root, int root_fd, Options options)
    : root_(std::move(root)), root_fd_(root_fd), threads_(options.io_threads) {}

OsDisk::~OsDisk() { close(root_fd_); }

Result<std::unique_ptr<File>> OsDisk::open(const std::string& path, OpenMode mode) {
  int flags = O_CLOEXEC | (mode == OpenMode::read ? O_RDONLY : O_RDWR);
  if (mode == OpenMode::create) flags |= O_CREAT | O_EXCL;
  if (mode == OpenMode::create_or_open) flags |= O_CREAT;
  const int fd = until_not_interrupted([&] { return openat(root_fd_, path.c_str(), flags, kFileMode); });
  if (fd < 0) return system_failure(errno, (flags & O_CREAT) != 0 ? "create" : "open", full_path(path));
  return std::make_unique<OsFile>(fd, full_path(path), threads_, cached_reads_work_, failed_syncs_);
}

Result<bool> OsDisk::exists(const std::string& path) {
  if (faccessat(root_fd_, path.empty() ? "." : path.c_str(), F_OK, 0) == 0) return true;
  if (errno == ENOENT || errno == ENOTDIR) return false;
  return system_failure(errno, "look for", full_path(path));
}

Status OsDisk::remove(const std::string& path) {
  if (unlinkat(root_fd_, path.c_str(), 0) == 0) return {};
  if ((errno == EISDIR || errno == EPERM) && unlinkat(root_fd_, path.c_str(), AT_REMOVEDIR) == 0) return {};
  return system_failure(errno, "remove", full_path(path));
}

Status OsDisk::rename(const std::string& from, const std::string& to) {
  if (renameat(root_fd_, from.c_str(), root_fd_, to.c_str()) == 0) return {};
  return system_failure(errno, "rename", full_path(from) + " to " + full_path(to));
}

Status OsDisk::link(const std::string& from, const std::string& to) {
  if (linkat(root_fd_, from.c_str(), root_fd_, to.c_str(), 0) == 0) return {};
  return system_failure(errno, "link", full_path(from) + " to " + full_path(to));
}

Status OsDisk::make_one_directory(const std::string& path) {
  if (mkdirat(root_fd_, path.c_str(), kDirectoryMode) == 0 || errno == EEXIST) return {};
  return system_failure(errno, "make the directory", full_path(path));
}

Status OsDisk::make_directory(const std::string& path) {
  for (const std::string& prefix : prefixes_of(path)) TRY_STATUS(make_one_directory(prefix));
  return {};
}

Result<int> OsDisk::open_directory(const std::string& path, const char* what) {
  const char* name = path.empty() ? "." : path.c_str();
  const int fd = until_not_interrupted([&] { return openat(root_fd_, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
  if (fd < 0) return system_failure(errno, what, full_path(path));
  return fd;
}

Status OsDisk::sync_directory(const std::string& path) {
  TRY(const int fd, open_directory(path, "open the directory"));
  const int result = until_not_interrupted([&] { return fsync(fd); });
  const int error_number = errno;
  close(fd);
  if (result == 0) return {};
  failed_syncs_.fetch_add(1, std::memory_order_relaxed);
  return system_failure(error_number, "sync the directory", full_path(path));
}

Result<std::vector<std::string>> OsDisk::list(const std::string& path) {
  TRY(const int fd, open_directory(path, "list"));
  DIR* directory = fdopendir(fd);
  if (directory == nullptr) {
    const int error_number = errno;
    close(fd);
    return system_failure(error_number, "list", full_path(path));
  }
  std::vector<std::string> names;
  Status status;
  errno = 0;
  while (const dirent* entry = readdir(directory)) {
    const std::string name = entry->d_name;
    if (name == "." || name == "..") continue;
    const Result<bool> folder = is_directory(*entry, fd, full_path(path) + "/" + name);
    if (!folder) {
      status = fail(folder.error());
      break;
    }
    names.push_back(*folder ? name + "/" : name);
    errno = 0;
  }
  if (status && errno != 0) status = system_failure(errno, "list", full_path(path));
  closedir(directory);
  TRY_STATUS(status);
  std::ranges::sort(names);
  return names;
}

Result<DiskSpace> OsDisk::space() {
  struct statvfs about{};
  if (until_not_interrupted([&] { return fstatvfs(root_fd_, &about); }) != 0)
    return system_failure(errno, "ask for the free space of", root_);
  const auto unit = static_cast<uint64_t>(about.f_frsize);
  return DiskSpace{.total_bytes = about.f_blocks * unit, .free_bytes = about.f_bavail * unit};
}

Result<std::unique_ptr<DirectoryLock>> OsDisk::lock(const std::string& path) {
  const int fd =
      until_not_interrupted([&] { return openat(root_fd_, path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kFileMode); });
  if (fd < 0) return system_failure(errno, "open the lock", full_path(path));
  if (until_not_interrupted([&] { return flock(fd, LOCK_EX | LOCK_NB); }) == 0) {
    write_holder(fd);
    return std::make_unique<OsDirectoryLock>(fd);
  }
  const int error_number = errno;
  const std::string holder = holder_of(fd);
  close(fd);
  if (error_number != EWOULDBLOCK) return system_failure(error_number, "lock", full_path(path));
  return fail(Errc::busy, root_ + " is in use: " + full_path(path) + " is held by " + holder +
                              " (stop it, or choose another --data directory)");
}

}  // namespace ringlet
