// OneFileDisk: one file, wherever it lies, as a Disk that can only be read: for tools that look at a file without its data directory.
#pragma once

#include <memory>
#include <string>

#include "core/os/os_disk.h"

namespace ringlet::cli {

class OneFileDisk final : public Disk {
 public:
  static Result<std::unique_ptr<OneFileDisk>> open(
      const std::string& path);  // MUST exist as a file, else Errc::not_found

  void answer_to(std::string path) { alias_ = std::move(path); }  // opening this path opens the file
  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override;

  Result<bool> exists(const std::string&) override { return true; }
  Status remove(const std::string&) override { return read_only(); }
  Status rename(const std::string&, const std::string&) override { return read_only(); }
  Status link(const std::string&, const std::string&) override { return read_only(); }
  Status make_directory(const std::string&) override { return read_only(); }
  Status sync_directory(const std::string&) override { return read_only(); }
  Result<std::vector<std::string>> list(const std::string&) override { return std::vector<std::string>{}; }
  Result<DiskSpace> space() override { return folder_->space(); }
  Result<std::unique_ptr<DirectoryLock>> lock(const std::string&) override { return read_only(); }

 private:
  static std::unexpected<Error> read_only() { return fail(Errc::invalid, "this file is only looked at"); }
  std::unique_ptr<OsDisk> folder_;
  std::string path_, name_, alias_;
};

}  // namespace ringlet::cli
