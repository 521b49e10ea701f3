#include "core/storage/sstable_source.h"

#include <algorithm>

#include "core/base/must.h"

namespace ringlet {
namespace {

constexpr size_t kAheadBytesFirst = 32u << 10;
constexpr size_t kHeadBytesSpare = 64;  // that a block may have before its head

}  // namespace

void SstableSource::scanning(bool backwards) {
  if (backwards != backwards_) ahead_bytes_ = 0;
  backwards_ = backwards;
  ahead_bytes_ = std::min(std::max(ahead_bytes_ * 2, kAheadBytesFirst), ahead_bytes_most_);
}

BytesView SstableSource::in_window(const BlockPlace& place) const {
  if (place.offset < window_at_ || place.offset - window_at_ > window_.size()) return {};
  const BytesView rest = BytesView(window_).substr(place.offset - window_at_);
  return rest.size() < place.bytes ? BytesView{} : rest.substr(0, place.bytes);
}

// As the cache keeps it, and in memory of its own: unpacked to where it will lie, with room before it for the head, whose size shows
// only then. Blocks of one file are alike, so that what others of them took is nearly always enough.
Result<BlockCache::Handle> SstableSource::unseal(BlockKind kind, const BlockPlace& place, BytesView stored,
                                                 BlockLayout& layout) const {
  TRY(const SealedBlock sealed, open_seal(kind, stored, file_.footer.seed, place.offset, file_.path));
  const bool has_entries = kind == BlockKind::data || kind == BlockKind::index;
  size_t none = 0;
  size_t& room = has_entries ? file_.heads_bytes[kind == BlockKind::data ? 0 : 1] : none;
  BlockCache::Handle block = memory_for(room + sealed.bytes);
  char* const begin = block.room() + room;
  TRY_STATUS(unpack_block(sealed, begin, place.offset, file_.path));
  if (!has_entries) return block;
  if (!layout.take({begin, sealed.bytes})) return corrupt(place, "a block of entries makes no sense");
  const size_t head = layout.head_bytes(), spare = room - std::min(room, head);
  if (head <= room) {
    layout.write_head(begin - head);
    block.trim(spare, sealed.bytes - layout.entries().size());
  } else {
    BlockCache::Handle larger = memory_for(head + layout.entries().size());
    layout.write_head(larger.room());
    layout.entries().copy(larger.room() + head, layout.entries().size());
    block = std::move(larger);
    room = head + kHeadBytesSpare / 2;
  }
  if (spare > kHeadBytesSpare) room -= spare / 16;
  return block;
}

BlockCache::Handle SstableSource::memory_for(size_t bytes) const {
  return file_.cache != nullptr ? file_.cache->fresh(bytes) : BlockCache::unattached(bytes);
}

Result<bool> SstableSource::get(BlockKind kind, const BlockPlace& place, BlockCache::Handle& block) {
  if (place.offset > file_.blocks_end() || place.bytes > file_.blocks_end() - place.offset ||
      place.bytes <= kTrailerBytes) {
    return corrupt(place, "a block is said to be outside the file");
  }
  bytes_got_ += place.bytes;
  if (file_.access == SstableAccess::background) return get_background(kind, place, block);
  const CacheKey key{file_.footer.id, place.offset};
  block = file_.cache->find(key);
  if (block) return true;
  for (const auto& [offset, loaded] : loaded_) {
    if (offset == place.offset) {
      block = loaded;
      return true;
    }
  }
  BlockCache::Scratch& scratch = file_.cache->scratch();
  BytesView stored = in_window(place);
  const bool read_before = !stored.empty();
  if (!read_before) {
    if (scratch.stored.size() < place.bytes) scratch.stored.resize(place.bytes);
    const std::span<char> into(scratch.stored.data(), place.bytes);
    TRY(const auto read, file_.file->read_cached(place.offset, into));
    if (read != place.bytes) {
      wanted_ = {kind, place};
      return false;
    }
    stored = {into.data(), into.size()};
  }
  TRY(BlockCache::Handle fresh, unseal(kind, place, stored, scratch.layout));
  using From = BlockCache::From;
  block = file_.cache->insert(key, std::move(fresh), read_before ? From::medium : From::page_cache);
  return true;
}

Result<bool> SstableSource::get_background(BlockKind kind, const BlockPlace& place, BlockCache::Handle& block) {
  if (in_window(place).empty()) {
    ahead_bytes_ = file_.window_bytes;
    plan_window(place);
    auto read = file_.file->read_now(window_at_, window_);
    if (!read)
      read = file_.file->read_now(window_at_, window_);  // scrub gives up what cannot be read: not for one hiccup
    TRY_STATUS(accept_window(place, read));
  }
  BlockLayout layout;  // not kept: a merge has hundreds of sources
  TRY(block, unseal(kind, place, in_window(place), layout));
  return true;
}

// The block, and what is read ahead of it in the direction of the scan.
void SstableSource::plan_window(const BlockPlace& place) {
  const uint64_t block_end = place.offset + place.bytes;
  const uint64_t most = std::max<uint64_t>(place.bytes, ahead_bytes_);
  const uint64_t start = backwards_ ? block_end - std::min(block_end, most) : place.offset;
  const uint64_t end = backwards_ ? block_end : std::min(file_.blocks_end(), start + most);
  window_at_ = start;
  window_.resize(static_cast<size_t>(end - start));
}

Status SstableSource::accept_window(const BlockPlace& place, const Result<size_t>& read) {
  window_.resize(read ? *read : 0);
  TRY_STATUS(read);
  if (in_window(place).empty()) return corrupt(place, "the file ends early");
  return {};
}

Task<Status> SstableSource::load(const RequestContext& context) {
  CO_TRY_STATUS(context.check());
  const Wanted wanted = wanted_;
  MUST(wanted.place.bytes > 0);
  plan_window(wanted.place);
  const std::span<char> into(window_);
  const auto read = co_await file_.file->read(window_at_, into);
  CO_TRY_STATUS(accept_window(wanted.place, read));
  CO_TRY(BlockCache::Handle fresh,
         unseal(wanted.kind, wanted.place, in_window(wanted.place), file_.cache->scratch().layout));
  const CacheKey key{file_.footer.id, wanted.place.offset};
  loaded_.emplace_back(wanted.place.offset, file_.cache->insert(key, std::move(fresh)));
  co_return Status{};
}

}  // namespace ringlet
