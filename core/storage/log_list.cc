#include "core/storage/log_list.h"

namespace ringlet {
namespace {

// u8 version 1, vint n, n x (vint segment, vint bytes). In a row of metadata.db, whose pages carry checksums.
constexpr uint8_t kVersion = 1;
constexpr const char* kSetting = "log segments";

}  // namespace

Task<Status> store_log_list(LocalStore& local, LogList list) {
  Bytes bytes;
  ByteWriter out(bytes);
  out.u8(kVersion);
  out.unsigned_vint(list.size());
  for (const auto& [id, size] : list) {
    out.unsigned_vint(id.raw);
    out.unsigned_vint(size);
  }
  co_return co_await local.set_setting(kSetting, std::move(bytes));
}

Task<Result<std::optional<LogList>>> stored_log_list(LocalStore& local) {
  CO_TRY(const auto bytes, co_await local.setting(kSetting));
  if (!bytes) co_return std::nullopt;
  ByteReader in(*bytes);
  LogList list;
  const bool known = in.u8() == kVersion;
  for (uint64_t n = in.unsigned_vint(); n > 0 && !in.bad(); --n) {
    const SegmentId id{in.unsigned_vint()};
    list[id] = in.unsigned_vint();
  }
  if (!known || in.bad() || !in.done())
    co_return fail(Errc::corrupt, "metadata.db: the list of commit log segments is damaged: rebuild metadata.db");
  co_return list;
}

}  // namespace ringlet
