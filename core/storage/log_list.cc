#include "core/storage/log_list.h"

namespace ringlet {
namespace {

// u8 version 2, vint n, n x (vint segment, vint bytes, vint synced_through). In a row of metadata.db, whose pages carry checksums.
constexpr uint8_t kVersion = 2;
constexpr const char* kSetting = "log segments";

}  // namespace

Task<Status> store_log_list(LocalStore& local, LogList list) {
  Bytes bytes;
  ByteWriter out(bytes);
  out.u8(kVersion);
  out.unsigned_vint(list.size());
  for (const auto& [id, listed] : list) {
    out.unsigned_vint(id.raw);
    out.unsigned_vint(listed.bytes);
    out.unsigned_vint(listed.synced_through);
  }
  co_return co_await local.set_setting(kSetting, std::move(bytes));
}

Task<Result<std::optional<LogList>>> stored_log_list(LocalStore& local) {
  CO_TRY(const auto bytes, co_await local.setting(kSetting));
  if (!bytes) co_return std::nullopt;
  ByteReader in(*bytes);
  LogList list;
  if (const uint8_t version = in.u8(); version != kVersion)
    co_return fail(Errc::invalid, "metadata.db: the list of commit log segments has format " + std::to_string(version) +
                                      ", this ringlet reads format " + std::to_string(kVersion) +
                                      ": start the version that wrote it");
  for (uint64_t n = in.unsigned_vint(); n > 0 && !in.bad(); --n) {
    const SegmentId id{in.unsigned_vint()};
    ListedSegment& listed = list[id];
    listed.bytes = in.unsigned_vint();
    listed.synced_through = in.unsigned_vint();
  }
  if (in.bad() || !in.done())
    co_return fail(Errc::corrupt,
                   "metadata.db: the list of commit log segments is damaged: move metadata.db and metadata.db-wal "
                   "away, and a start makes them anew from the other files");
  co_return list;
}

}  // namespace ringlet
