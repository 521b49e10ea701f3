#include "tests/unit/storage/memory_disk.h"

#include <algorithm>

namespace ringlet::testing {
namespace {

class MemoryFile final : public File {
 public:
  MemoryFile(MemoryDisk& disk, std::shared_ptr<MemoryDisk::Content> content)
      : disk_(disk), content_(std::move(content)) {}

  Result<size_t> read_now(uint64_t offset, std::span<char> out) override {
    ++disk_.reads;
    const Bytes& bytes = content_->bytes;
    if (offset >= bytes.size()) return 0;
    const size_t n = std::min<size_t>(out.size(), bytes.size() - offset);
    std::copy_n(bytes.data() + offset, n, out.data());
    return n;
  }
  Status write_now(uint64_t offset, BytesView bytes) override {
    if (Status ok = disk_.change(); !ok) return ok;
    disk_.writes.emplace_back(offset, bytes.size());
    Bytes& to = content_->bytes;
    if (to.size() < offset + bytes.size()) to.resize(offset + bytes.size());
    std::copy(bytes.begin(), bytes.end(), to.begin() + static_cast<ptrdiff_t>(offset));
    return {};
  }
  Status sync_now() override {
    if (Status ok = disk_.change(); !ok) return ok;
    content_->synced_bytes = content_->bytes.size();
    return {};
  }
  Result<uint64_t> size_now() override { return content_->bytes.size(); }
  Status truncate_now(uint64_t size) override {
    content_->bytes.resize(size);
    return {};
  }
  Status reserve_now(uint64_t) override { return {}; }

  Result<std::optional<size_t>> read_cached(uint64_t offset, std::span<char> out) override {
    const bool miss = disk_.nothing_cached || (disk_.page_cache_dice != nullptr && (*disk_.page_cache_dice)() % 2 == 0);
    if (miss) return std::nullopt;
    return read_now(offset, out);
  }
  Task<Result<size_t>> read(uint64_t offset, std::span<char> out) override {
    ++disk_.waits;
    co_return read_now(offset, out);
  }
  Task<Status> write_and_sync(uint64_t offset, BytesView bytes) override {
    CO_TRY_STATUS(write_now(offset, bytes));
    co_return sync_now();
  }
  Task<Status> write(uint64_t offset, BytesView bytes) override { co_return write_now(offset, bytes); }
  Task<Status> sync() override { co_return sync_now(); }

 private:
  MemoryDisk& disk_;
  std::shared_ptr<MemoryDisk::Content> content_;
};

}  // namespace

Status MemoryDisk::change() {
  if (calls_until_failure > 0) --calls_until_failure;
  if (calls_until_failure == 0) return fail(failure);
  return {};
}

Result<std::unique_ptr<File>> MemoryDisk::open(const std::string& path, OpenMode mode) {
  const auto found = files.find(path);
  const bool there = found != files.end();
  if (mode != OpenMode::read) TRY_STATUS(change());
  if (there && mode == OpenMode::create) return fail(Errc::exists, path + ": is there already");
  if (!there && (mode == OpenMode::read || mode == OpenMode::write))
    return fail(Errc::not_found, path + ": no such file");
  auto& content = files[path];
  if (!content) content = std::make_shared<Content>();
  return std::make_unique<MemoryFile>(*this, content);
}

Result<bool> MemoryDisk::exists(const std::string& path) {
  return files.contains(path) || std::ranges::find(folders, path) != folders.end();
}

Status MemoryDisk::remove(const std::string& path) {
  if (files.erase(path) + std::erase(folders, path) == 0) return fail(Errc::not_found, path + ": no such file");
  return {};
}

Status MemoryDisk::rename(const std::string& from, const std::string& to) {
  TRY_STATUS(change());
  files[to] = files.at(from);
  files.erase(from);
  return {};
}

Status MemoryDisk::link(const std::string& from, const std::string& to) {
  files[to] = files.at(from);
  return {};
}

Status MemoryDisk::make_directory(const std::string& path) {
  TRY_STATUS(change());
  if (std::ranges::find(folders, path) == folders.end()) folders.push_back(path);
  return {};
}

Status MemoryDisk::sync_directory(const std::string& path) {
  TRY_STATUS(change());
  ++synced_folders[path];
  return {};
}

Result<std::vector<std::string>> MemoryDisk::list(const std::string& path) {
  std::vector<std::string> names;
  for (const auto& [name, content] : files) {
    if (name.starts_with(path + "/")) names.push_back(name.substr(path.size() + 1));
  }
  return names;
}

}  // namespace ringlet::testing
